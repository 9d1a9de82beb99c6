"""Which picture is looked at: back, forward, the class, and the place in it."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QToolButton, QWidget

from core.common.messages import fill
from gui.base import theme
from gui.base import words as base_words
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import ElidedLabel

_CLASS_LETTERS, _FEWEST_LETTERS = 14, 2  # that the list has room for


class PictureChooser(QWidget):
    """A row of controls; shows what it is told.

    Signals: ``stepped`` (-1 or 1), ``class_chosen`` (label) and ``pin_asked`` (whether the
    picture is to be pinned), when a person asks.
    """

    stepped = Signal(int)
    class_chosen = Signal(int)
    pin_asked = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.back = self._button(Qt.ArrowType.LeftArrow, self.tr("Previous picture (Left)"), -1)
        self.forward = self._button(Qt.ArrowType.RightArrow, self.tr("Next picture (Right)"), 1)
        self.classes = QuietComboBox(self)
        self.classes.setAccessibleName(self.tr("Class of the picture"))
        self.classes.setMinimumContentsLength(_CLASS_LETTERS)
        self.classes.setMinimumWidth(
            self.classes.sizeHint().width()
            - (_CLASS_LETTERS - _FEWEST_LETTERS) * self.fontMetrics().averageCharWidth()
        )
        self.classes.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.classes.activated.connect(self._chosen)
        self._path = ""
        self._place = ElidedLabel(parent=self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.pin = _StepButton(self)
        self.pin.setCheckable(True)
        self.pin.setIcon(theme.icon("pin"))
        self.pin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.pin.clicked.connect(self.pin_asked)
        for widget in (self.back, self.forward, self.pin, self.classes):
            layout.addWidget(widget)
        layout.addWidget(self._place, 1)
        self.pin.hide()  # until it is known whether the picture is pinned

    @property
    def place(self) -> str:
        """The words behind the class: "picture 3 of 48"."""
        return self._place.text

    @property
    def path(self) -> str:
        """The picture's path within the dataset folder."""
        return self._path

    def set_classes(self, classes: Iterable[tuple[int, str]]) -> None:
        """Offer these (label, name)."""
        self.classes.clear()
        for label, name in classes:
            self.classes.addItem(name, label)

    def show_place(self, label: int, number: int, count: int, path: str) -> None:
        """Show that the picture at ``path`` is the ``number``-th (from 1) of its class."""
        self.classes.setCurrentIndex(self.classes.findData(label))
        values = {"number": base_words.count(number), "count": base_words.count(count)}
        self._place.set_text(fill(self.tr("· picture {number} of {count}"), values))
        self._place.setMinimumWidth(self._place.sizeHint().width())
        self.setToolTip(path)
        self._path = path
        for button in (self.back, self.forward):
            button.setEnabled(count > 1)

    def show_pinned(self, is_pinned: bool, may_pin: bool = True) -> None:
        """Show whether the picture is pinned, and whether there is room to pin it."""
        self.pin.show()
        self.pin.setChecked(is_pinned)
        self.pin.setEnabled(is_pinned or may_pin)
        words = self.tr("Pin this picture, to come back to it")
        if is_pinned:
            words = self.tr("Unpin this picture")
        elif not may_pin:
            words = self.tr("No more pictures can be pinned: unpin one first")
        self.pin.setToolTip(words)
        self.pin.setAccessibleName(words)

    def _chosen(self, index: int) -> None:
        self.class_chosen.emit(self.classes.itemData(index))

    def _button(self, arrow: Qt.ArrowType, name: str, step: int) -> QToolButton:
        button = _StepButton(self)
        button.setArrowType(arrow)
        button.setToolTip(name)
        button.setAccessibleName(name)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.stepped.emit(step))
        return button


class _StepButton(QToolButton):
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            event.ignore()  # the page steps; a button would only move the focus
        else:
            super().keyPressEvent(event)
