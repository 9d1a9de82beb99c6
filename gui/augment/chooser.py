"""The controls that choose the image to augment: a row to step and pick a class, and the pins."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from core.common.messages import fill
from core.dataset.folder import printable
from core.dataset.summary import Sample
from gui.base import theme
from gui.base import words as base_words
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import ElidedLabel
from gui.controls.thumbnails import Load, Thumbnails, load_thumbnail

_SIDE = 36
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PinRow(QWidget):
    """A button for each pinned picture; not there while there are none.

    Signals: ``chosen`` with the ``Sample`` that was clicked; ``unpinned`` with the one that is
    to go, by Delete or from its menu.
    """

    chosen = Signal(object)
    unpinned = Signal(object)

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._samples: tuple[Sample, ...] = ()
        self._folder = Path()
        self.buttons: list[PinButton] = []
        self._thumbnails = Thumbnails(lambda row: row < len(self.buttons), load, self)
        self._thumbnails.changed.connect(self._show_thumbnail)
        self._thumbnails.reset(round(_SIDE * self.devicePixelRatioF()))
        self._icon = QLabel(self)
        self._icon.setToolTip(self.tr("Pinned pictures"))
        self._color()
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addWidget(self._icon)
        self._row.addStretch(1)
        self.setAccessibleName(self.tr("Pinned pictures"))
        self.hide()

    def show_pins(
        self, folder: Path, samples: Sequence[Sample], names: Callable[[int], str] = str
    ) -> None:
        """Show these, whose paths lie in ``folder``; ``names(label)`` is a class's name."""
        if (folder, tuple(samples)) == (self._folder, self._samples):
            return
        self._folder, self._samples = folder, tuple(samples)
        focused = any(button.hasFocus() for button in self.buttons)
        while len(self.buttons) > len(samples):
            button = self.buttons.pop()
            self._row.removeWidget(button)
            button.deleteLater()
        while len(self.buttons) < len(samples):
            self._add_button()
        for row, (button, sample) in enumerate(zip(self.buttons, samples, strict=True)):
            words = f"{names(sample.label)} · {printable(sample.path)}"
            hint = self.tr("Click to look at it. To unpin it: right click, or Delete")
            button.setToolTip(f"{words}\n{hint}")
            button.setAccessibleName(words)
            button.setAccessibleDescription(hint)
            button.show_pixmap(None)
            self._show_thumbnail(row)
        if focused and self.buttons:
            self.buttons[-1].setFocus()
        self.setVisible(bool(samples))

    def show_current(self, sample: Sample | None) -> None:
        """Mark the picture that is looked at, if it is pinned."""
        for button, one in zip(self.buttons, self._samples, strict=True):
            button.setChecked(sample is not None and one.path == sample.path)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_icon"):
            self._color()

    def _color(self) -> None:
        self._icon.setPixmap(theme.icon("pin").pixmap(QSize(16, 16)))

    def _add_button(self) -> None:
        number = len(self.buttons)
        button = PinButton(self)
        button.clicked.connect(lambda: self._choose(number))
        button.unpin_asked.connect(lambda: self.unpinned.emit(self._samples[number]))
        self.buttons.append(button)
        self._row.insertWidget(number + 1, button)

    def _choose(self, number: int) -> None:
        self.buttons[number].setChecked(True)  # a click on the one that is down changes nothing
        self.chosen.emit(self._samples[number])

    def _show_thumbnail(self, row: int) -> None:
        if row < len(self._samples):
            path = self._folder / self._samples[row].path
            self.buttons[row].show_pixmap(self._thumbnails.get(path, row))


class PinButton(QToolButton):
    """A pinned picture. Signal: ``unpin_asked``."""

    unpin_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setIconSize(QSize(_SIDE, _SIDE))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.context_menu = QMenu(self)  # an action of a tool button's own would draw an arrow
        self.context_menu.addAction(self.tr("Unpin")).triggered.connect(self.unpin_asked)

    def show_pixmap(self, pixmap: QPixmap | None) -> None:
        """Show the picture, or that it is still to come."""
        self.setIcon(QIcon(pixmap) if pixmap is not None else theme.icon("image"))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.context_menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete:
            self.unpin_asked.emit()
        elif event.key() in _KEYS:
            self.click()
        else:
            super().keyPressEvent(event)


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
