"""What a person has chosen, as one immutable value, and the undo history of such values.

The choices are the recipe, the augmentation that is tried, and what was decided about images.
``ChoicesSession`` holds them, tells of each change and keeps them on disk.
"""

import logging
from abc import abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core.common.messages import InputError
from core.dataset.edits import Edits
from core.recipe import files as recipes
from core.recipe.config import AugmentationConfig, RunConfig
from gui.session.open_dataset import Made
from gui.session.settings import Settings

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


_log = logging.getLogger(__name__)
_SAVE_MILLISECONDS = 400
_TYPED = ("model.head.hidden", "model.head.channels", "model.normalization")  # several numbers


class ChoicesSession(QObject):
    """The choices, each change of which can be undone and is kept a little later.

    Signal: ``choices_changed``, of the recipe, the tried augmentation, the edits or what can be
    undone; see ``choices``.
    """

    choices_changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self._undo = UndoHistory(Choices())
        self._save = QTimer(self, singleShot=True, interval=_SAVE_MILLISECONDS)
        self._save.timeout.connect(self.save_choices)

    @property
    def choices(self) -> Choices:
        return self._undo.present

    @property
    def recipe(self) -> RunConfig:
        """What Train would train now."""
        return self._undo.present.recipe

    @property
    def tried_augmentation(self) -> AugmentationConfig:
        """What the augmentation sliders show, used in training or not."""
        return self._undo.present.tried

    @property
    def can_undo(self) -> bool:
        return self._undo.can_undo

    @property
    def can_redo(self) -> bool:
        return self._undo.can_redo

    def change(self, key: str, value: Any, *, flows: bool = False) -> None:
        """Set one field of the recipe by its dotted key, for example ``stages.1.thawed``.

        Numbers and augmentation flow: digits that are typed, or a slider's moves, are one step of
        the undo history. So is what ``flows`` because a number is behind it.

        Raises ``RecipeError``, and then nothing has changed.
        """
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        flows = flows or is_number or key in _TYPED or key.startswith("augmentation.")
        self._push(self.choices.with_value(key, value), key if flows else "")

    def set_augmenting(self, on: bool) -> None:
        """Use the tried augmentation in training, or don't."""
        self._push(self.choices.with_augmentation(on))

    def set_views(self, views: int | None) -> None:
        """Train on so many kept views of each picture, with 0 on new ones in every epoch, or
        with None without augmentation."""
        self._push(self.choices.with_views(views), "views" if views else "")

    def set_augmentation(self, augmentation: AugmentationConfig) -> None:
        """Try a whole augmentation, for example a preset: one step of the undo history."""
        self._push(self.choices.with_tried(augmentation))

    def set_recipe(self, recipe: RunConfig) -> None:
        """Take a whole recipe, for example from a file."""
        self._push(self.choices.with_recipe(recipe))

    def begin_with(self, recipe: RunConfig) -> None:
        """Take a whole recipe as the one that there was from the start: no undo goes behind it."""
        before = self.choices
        self._undo.begin_with(before.with_recipe(recipe))
        self._choices_moved(before)

    def undo(self) -> None:
        before = self.choices
        if self._undo.undo():
            self._choices_moved(before)

    def redo(self) -> None:
        before = self.choices
        if self._undo.redo():
            self._choices_moved(before)

    def _push(self, choices: Choices, key: str = "", made: Made | None = None) -> None:
        before = self.choices
        if choices == before:
            return
        self._undo.push(choices, key)
        self._choices_moved(before, made)

    @abstractmethod
    def _choices_moved(self, before: Choices, made: Made | None = None) -> None:
        """Follow the choices, which were ``before``; ``made`` is the dataset that they make,
        where somebody has made it already."""

    @abstractmethod
    def save_choices(self) -> None:
        """Keep what is chosen for this folder, so that the next start finds it."""

    def _restored(self, folder: Path) -> Choices:
        data = self.settings.load_choices(folder)
        if data is None:
            return Choices()
        try:
            return Choices.from_data(data)
        except (InputError, KeyError, TypeError) as error:
            _log.warning("kept choices could not be read: %s", error)
            return Choices()
