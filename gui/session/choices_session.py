"""What is chosen: the recipe and what was decided about pictures, with undo."""

import logging
from abc import abstractmethod
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core.common.messages import InputError
from core.recipe.config import AugmentationConfig, RunConfig
from gui.session.choices import Choices, UndoHistory
from gui.session.open_dataset_ import Made
from gui.session.settings import Settings

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
