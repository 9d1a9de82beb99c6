"""Where a class is typed or clicked for the selected pictures, and what classes there are."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCompleter,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import ElidedLabel
from gui.data.labels import words as labels_words
from gui.data.labels.class_button import ClassButton
from gui.session import labelling

MOST_BUTTONS = 60
_WIDTH = 270


class LabelClasses(QWidget):
    """Signals: ``given`` with a class's name for the selected pictures ("": none),
    ``rename_asked``, ``shown`` and ``removed`` with a class's name, ``undo_asked``,
    ``redo_asked``."""

    given = Signal(str)
    rename_asked = Signal(str)
    shown = Signal(str)
    removed = Signal(str)
    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: Mapping[str, str] = {}
        self.setFixedWidth(_WIDTH)
        self.selected = QLabel(self)
        self.selected.setFont(theme.font(bold=True))
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("Their class, then Enter"))
        self.field.setAccessibleName(self.tr("Class of the selected pictures"))
        self._names = QStringListModel(self)
        self._listed: Sequence[str] = []
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.field.setCompleter(completer)
        self.give = QPushButton(self.tr("&Give"), self)
        self.take = QPushButton(self.tr("Take the class away (Delete)"), self)
        self.take.setToolTip(self.tr("The selected pictures are to have no class"))
        self.take.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves it with the pictures
        self.hint = ElidedLabel(parent=self)
        self.hint.setFont(theme.small_font())
        self.hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.heading = QLabel(self)
        self.heading.setFont(theme.font(bold=True))
        self.undo = _tool("undo", self.tr("Undo (Ctrl+Z)"), self)
        self.redo = _tool("redo", self.tr("Redo (Ctrl+Shift+Z)"), self)
        self.more = ElidedLabel(parent=self)
        self.more.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.buttons: list[ClassButton] = []
        self._lay_out()
        self._connect()
        self.show_selected(0)
        self.show_classes({}, can_undo=False, can_redo=False)

    def show_selected(self, count: int) -> None:
        """Say how many pictures get the next class."""
        self.selected.setText(labels_words.selected(count))
        self._enable(bool(count))

    def show_classes(self, counts: Mapping[str, int], *, can_undo: bool, can_redo: bool) -> None:
        """Show these classes with their pictures, in this order."""
        self._keys = labelling.keys(counts)
        names = list(counts)
        if self._listed != names:
            self._listed = names
            self._names.setStringList(names)
        shown = names[:MOST_BUTTONS]
        self._have_buttons(len(shown))
        for button, name in zip(self.buttons, shown, strict=False):
            button.show_class(name, counts[name], self._keys.get(name, ""))
            button.show()
        more = {"count": base_words.count(len(names) - len(shown))}
        self.more.set_text(fill(self.tr("and {count} more: type their names"), more))
        self.more.setVisible(len(names) > len(shown))
        none = self.tr("No classes yet")
        self.heading.setText(labels_words.classes(len(names)) if names else none)
        self.undo.setEnabled(can_undo)
        self.redo.setEnabled(can_redo)

    def class_at(self, key: str) -> str | None:
        """The class that the digit ``key`` gives."""
        return next((name for name, own in self._keys.items() if own == key), None)

    def begin_typing(self, letters: str) -> None:
        """Go on in the field with what was typed elsewhere."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.clear()
        self.field.insert(letters)

    def say(self, sentence: str) -> None:
        """Tell what just happened, or what to do."""
        self.hint.set_text(sentence)

    def _lay_out(self) -> None:
        entry = QHBoxLayout()
        entry.setSpacing(6)
        entry.addWidget(self.field, 1)
        entry.addWidget(self.give)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.undo)
        top.addWidget(self.redo)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.selected)
        column.addLayout(entry)
        column.addWidget(self.hint)
        column.addSpacing(4)
        column.addLayout(top)
        column.addWidget(self._list(), 1)
        column.addWidget(self.take)

    def _list(self) -> QScrollArea:
        rows = QWidget()
        self._column = QVBoxLayout(rows)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(3)
        self._column.addWidget(self.more)
        self._column.addStretch(1)
        area = QScrollArea(self, widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(rows)
        return area

    def _connect(self) -> None:
        self.field.returnPressed.connect(self._typed)
        self.field.textChanged.connect(lambda: self._enable(self.take.isEnabled()))
        self.give.clicked.connect(self._typed)
        self.take.clicked.connect(lambda: self.given.emit(""))
        self.undo.clicked.connect(self.undo_asked)
        self.redo.clicked.connect(self.redo_asked)

    def _have_buttons(self, count: int) -> None:
        while len(self.buttons) < count:
            button = ClassButton(self)
            button.given.connect(self.given)
            button.shown.connect(self.shown)
            button.rename_asked.connect(self.rename_asked)
            button.removed.connect(self.removed)
            self._column.insertWidget(len(self.buttons), button)
            self.buttons.append(button)
        for button in self.buttons[count:]:
            button.hide()

    def _enable(self, has_selection: bool) -> None:
        self.take.setEnabled(has_selection)
        self.give.setEnabled(has_selection and bool(labelling.tidy(self.field.text())))

    def _typed(self) -> None:
        name = labelling.tidy(self.field.text())
        if name:
            self.given.emit(name)


def _tool(icon: str, words: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent, autoRaise=True)
    button.setIcon(theme.icon(icon))
    button.setToolTip(words)
    button.setAccessibleName(words)
    return button
