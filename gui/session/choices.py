"""What a person has set, as one immutable value; a list of them is the undo history."""

from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

from core.dataset.edits import Edits
from core.recipe import files as recipes
from core.recipe.config import AugmentationConfig, RunConfig

LIGHT = AugmentationConfig(rotation=(-10.0, 10.0), scale=(0.9, 1.1), translation=(0.05, 0.05))
_MERGE_SECONDS = 1.0  # a slider's drag is one step of the undo history
_LONGEST = 200


@dataclass(frozen=True)
class Choices:
    """The recipe, and what the augmentation sliders show while augmentation is off.

    ``augmenting`` says whether ``tried`` is used in training; the recipe's own augmentation
    follows from the two. ``edits`` are what was decided about the dataset's pictures; they are
    undone like all else, but belong to the dataset and are kept with it.
    """

    recipe: RunConfig = RunConfig()
    tried: AugmentationConfig = LIGHT
    augmenting: bool = False
    edits: Edits = Edits()  # noqa: RUF009 (immutable)

    def with_value(self, key: str, value: Any) -> "Choices":
        """These choices with the recipe's field at a dotted ``key`` set.

        ``augmentation.*`` changes what is tried. Raises ``RecipeError``.
        """
        if key.startswith("augmentation."):
            whole = self.recipe.model_copy(update={"augmentation": self.tried})
            tried = recipes.changed(whole, key, value).augmentation
            return replace(self, tried=tried)._consistent()
        return replace(self, recipe=recipes.changed(self.recipe, key, value))._consistent()

    def with_augmentation(self, on: bool) -> "Choices":
        """These choices with what is tried used in training, or not."""
        return replace(self, augmenting=on)._consistent()

    def with_tried(self, augmentation: AugmentationConfig) -> "Choices":
        """These choices with a whole augmentation tried, used in training or not as before."""
        return replace(self, tried=augmentation)._consistent()

    def with_views(self, views: int | None) -> "Choices":
        """These choices with what is tried used in training: so many views of each picture kept,
        or with 0 new ones in every epoch; None: not used."""
        if views is None:
            return self.with_augmentation(False)
        tried = self.tried.model_copy(update={"cached_views": views})
        return replace(self, tried=tried, augmenting=True)._consistent()

    def with_recipe(self, recipe: RunConfig) -> "Choices":
        """A whole recipe, from a file: its augmentation is also what the sliders show."""
        on = not recipe.augmentation.is_identity
        tried = recipe.augmentation if on else self.tried
        return replace(self, recipe=recipe, tried=tried, augmenting=on)

    def with_edits(self, edits: Edits) -> "Choices":
        """These choices with other decisions about the pictures."""
        return replace(self, edits=edits)

    def to_data(self) -> dict[str, Any]:
        """Plain JSON values, without the edits."""
        return {
            "recipe": self.recipe.to_data(),
            "tried": self.tried.model_dump(mode="json"),
            "augmenting": self.augmenting,
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Choices":
        """Choices from ``to_data``. Raises ``RecipeError``, ``KeyError``, ``TypeError``."""
        tried = recipes.make({"augmentation": data["tried"]}).augmentation
        return cls(recipes.make(data["recipe"]), tried, bool(data["augmenting"]))._consistent()

    def _consistent(self) -> "Choices":
        used = self.tried if self.augmenting else AugmentationConfig()
        return replace(self, recipe=self.recipe.model_copy(update={"augmentation": used}))


class UndoHistory:
    """Choices before and after the present ones."""

    def __init__(self, present: Choices) -> None:
        self.present = present
        self._behind: Choices | None = None
        self._past: list[Choices] = []
        self._future: list[Choices] = []
        self._last: tuple[str, float] = ("", 0.0)

    def begin_with(self, choices: Choices) -> None:
        """Make ``choices`` the earliest that undo goes back to."""
        self._behind, self.present = self.present, choices
        self._past.clear()
        self._future.clear()

    def push(self, choices: Choices, key: str = "") -> None:
        """Make ``choices`` the present; changes of one ``key`` in quick succession, as a
        slider or the digits of a number make them, are one step."""
        now = monotonic()
        continues = bool(key) and self._last[0] == key and now - self._last[1] < _MERGE_SECONDS
        if continues and self._past and choices == self._past[-1]:
            self.take_back()  # digits that turned out to be no number any more
            return
        if not (continues and self._past):
            self._past = [*self._past, self.present][-_LONGEST:]
        self._last = (key, now)
        self._future.clear()
        self.present = choices

    @property
    def can_undo(self) -> bool:
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        return bool(self._future)

    def take_back(self) -> bool:
        """Forget the present as if it had never been, even what ``begin_with`` made it; False at
        the beginning."""
        if self.undo():
            self._future.pop()
            return True
        if self._behind is None:
            return False
        self.present, self._behind = self._behind, None
        return True

    def undo(self) -> bool:
        """Go one step back; False at the beginning."""
        return self._move(self._past, self._future)

    def redo(self) -> bool:
        """Go one step forward again; False at the end."""
        return self._move(self._future, self._past)

    def _move(self, source: list[Choices], target: list[Choices]) -> bool:
        if not source:
            return False
        target.append(self.present)
        self.present = source.pop()
        self._last = ("", 0.0)
        return True
