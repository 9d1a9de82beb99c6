"""Asks for a class: type one, or choose one that is there."""

from collections.abc import Mapping

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QSortFilterProxyModel,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from gui.base.ask import drop_icons
from gui.data import data_text
from gui.data import words as data_words
from gui.session.labelling import tidy

_WIDTH, _HEIGHT = 380, 380


class ClassDialog(QDialog):
    """Signal: ``chosen`` with the class's name, once, when it was accepted.

    The list below the field holds the classes whose names have what is typed in them. A name
    that differs from a class's in capitals only is that class.
    """

    chosen = Signal(str)

    def __init__(
        self,
        question: str,
        button: str,
        classes: Mapping[str, int],
        parent: QWidget | None = None,
        *,
        may_be_new: bool = True,
    ) -> None:
        """``classes`` are those that are there, with their numbers of pictures; ``question``
        stands above the field, ``button`` is what accepting it does."""
        super().__init__(parent)
        self._classes = classes
        self._may_be_new = may_be_new
        self._folded = {name.casefold(): name for name in reversed(list(classes))}
        self.setWindowTitle(button)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(
            self.tr("A class, old or new") if may_be_new else self.tr("A class")
        )
        self.field.textChanged.connect(self._typed)
        self.field.installEventFilter(self)
        self._filter = QSortFilterProxyModel(self)
        self._filter.setSourceModel(QStringListModel(list(classes), self))
        self._filter.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.list = QListView(self)
        self.list.setModel(self._filter)
        self.list.setUniformItemSizes(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setAccessibleName(self.tr("Classes"))
        self.list.clicked.connect(self._take)
        self.list.doubleClicked.connect(lambda: self.accept())
        self.note = QLabel(self)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.buttons.button(standard.Ok).setText(button)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        label = QLabel(question, self, wordWrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setBuddy(self.field)
        column = QVBoxLayout(self)
        for widget in (label, self.field, self.list, self.note, self.buttons):
            column.addWidget(widget)
        drop_icons(self)
        self.resize(_WIDTH, _HEIGHT)
        self._typed()

    @property
    def name(self) -> str:
        """The class that is asked for, "" for none yet."""
        typed = tidy(self.field.text())
        if typed in self._classes:
            return typed
        known = self._folded.get(typed.casefold(), "")
        return known or (typed if self._may_be_new else "")

    def accept(self) -> None:
        if self.name:
            super().accept()
            self.chosen.emit(self.name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up and Down in the field go through the list."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        if event.key() not in steps or not self._filter.rowCount():
            return False
        row = self.list.currentIndex().row() + steps[Qt.Key(event.key())]
        last = self._filter.rowCount() - 1
        self._take(self._filter.index(min(max(row, 0), last), 0))
        return True

    def _take(self, index: QModelIndex) -> None:
        """Put a class of the list into the field; the list stays as it is."""
        self.list.setCurrentIndex(index)
        self.field.textChanged.disconnect(self._typed)
        self.field.setText(str(index.data()))
        self.field.textChanged.connect(self._typed)
        self._tell()

    def _typed(self) -> None:
        self._filter.setFilterFixedString(tidy(self.field.text()))
        self.list.clearSelection()
        self.list.setCurrentIndex(QModelIndex())
        self._tell()

    def _tell(self) -> None:
        name, typed = self.name, tidy(self.field.text())
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(name))
        if not typed:
            self.note.setText("")
        elif not name:
            self.note.setText(self.tr("There is no such class"))
        elif name in self._classes:
            values = {
                "name": data_words.one_line(name),
                "pictures": data_text.pictures(self._classes[name]),
            }
            self.note.setText(fill(self.tr("{name} has {pictures}"), values))
        else:
            words = self.tr("{name} is a new class")
            self.note.setText(fill(words, {"name": data_words.one_line(name)}))
