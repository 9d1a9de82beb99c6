"""The pinned pictures, small, to come back to."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from core.dataset.folder import printable
from core.dataset.summary import Sample
from gui.base import theme
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
