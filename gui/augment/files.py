"""An augmentation as a file or as code: what the Augment page's menu does, and what is dropped."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from core.common.messages import ThawError, fill
from core.recipe.config import AugmentationConfig
from gui.augment import effects, presets
from gui.base import words as base_words
from gui.session.session import Session

SUFFIXES = (".json", ".toml")  # of presets, and of recipes that hold one


class AugmentActions(QObject):
    """Asks with the system's own dialogs.

    Signals: ``done`` with a short sentence about what was done; ``failed`` with one about what
    went wrong.
    """

    done = Signal(str)
    failed = Signal(str)

    def __init__(self, session: Session, page: QWidget) -> None:
        super().__init__(page)
        self._session, self._page = session, page

    def ask_save(self) -> None:
        """Ask for a file and write what is tried to it."""
        config = self._session.tried_augmentation
        name = presets.file_name(config)
        start = str(self._session.settings.browse_folder / f"{name}.json")
        title, kinds = self.tr("Save the augmentation"), self.tr("Augmentations (*.json)")
        chosen, _ = QFileDialog.getSaveFileName(self._page, title, start, kinds)
        if chosen:
            self._save(Path(chosen), config)

    def ask_load(self) -> None:
        """Ask for a file and try the augmentation in it."""
        start = str(self._session.settings.browse_folder)
        title = self.tr("Load an augmentation")
        kinds = self.tr("Augmentations and recipes (*.json *.toml)")
        chosen, _ = QFileDialog.getOpenFileName(self._page, title, start, kinds)
        if chosen:
            self.load(Path(chosen))

    def load(self, path: Path) -> None:
        """Try the augmentation in a file; used in training or not as before."""
        from core.recipe import files as recipes

        try:
            config = recipes.load_augmentation(path)
        except recipes.RecipeError as error:
            self.failed.emit(effects.refusal(str(path), error.problems))
            return
        except ThawError as error:
            self.failed.emit(base_words.error_text(error))
            return
        self._session.set_augmentation(config)
        self.done.emit(fill(self.tr("Loaded {name}"), {"name": path.name}))

    def copy_code(self, library: str) -> None:
        """Copy what is tried as Python for "torchvision" or "albumentations"."""
        from core.augmentation import code_export

        names = {
            "torchvision": (code_export.torchvision_code, "torchvision"),
            "albumentations": (code_export.albumentations_code, "Albumentations"),
        }
        write, name = names[library]
        size = self._session.recipe.dataset.image_size
        QGuiApplication.clipboard().setText(write(self._session.tried_augmentation, size))
        self.done.emit(fill(self.tr("Copied as {library} code"), {"library": name}))

    def _save(self, path: Path, config: AugmentationConfig) -> None:
        from core.recipe import files as recipes

        try:
            written = recipes.save_augmentation(path, config)
        except ThawError as error:
            self.failed.emit(base_words.error_text(error))
        else:
            self.done.emit(fill(self.tr("Saved as {name}"), {"name": written.name}))


def dropped_file(mime: QMimeData) -> Path | None:
    """The one file dragged that may hold an augmentation, or None."""
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    if len(paths) != 1 or paths[0].suffix.lower() not in SUFFIXES or paths[0].is_dir():
        return None
    return paths[0]
