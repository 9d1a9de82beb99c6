"""Another name for a class; the name of another class makes one of both."""

from collections.abc import Collection

from PySide6.QtWidgets import QInputDialog, QWidget

from core.common.messages import fill
from gui.base.ask import drop_icons
from gui.data.labels import words as labels_words
from gui.session.labelling import tidy


class RenameDialog(QInputDialog):
    """Says while a person types whether that renames or merges."""

    def __init__(self, old: str, classes: Collection[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._old, self._classes = old, classes
        self.setWindowTitle(self.tr("Rename or merge"))
        self.setTextValue(old)
        self._explain(old)
        drop_icons(self)
        self.textValueChanged.connect(self._explain)

    def _explain(self, typed: str) -> None:
        new = tidy(typed)
        merges = new != self._old and new in self._classes
        words = self.tr("New name of {old}. The name of another class merges both.")
        if merges:
            words = self.tr("{old} and {new} become one class.")
        names = {"old": labels_words.one_line(self._old), "new": labels_words.one_line(new)}
        self.setLabelText(fill(words, names))
        self.setOkButtonText(self.tr("Merge") if merges else self.tr("Rename"))
