"""Text to read: a line that shortens itself, advice, a list of facts, and a path to copy."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFocusEvent, QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QWidget,
)

from core.dataset.folder import printable
from gui.base import theme
from gui.base.words import plain_tip


class ElidedLabel(QWidget):
    """One line, cut with an ellipsis where it doesn't fit; then the tool tip holds the whole.

    Takes whatever width its layout gives it.
    """

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._text = ""
        self._names: tuple[str, ...] = ()
        self._tip = ""
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    @property
    def text(self) -> str:
        """The whole text, however much of it is seen."""
        return self._text

    def set_text(self, text: str, names: Sequence[str] = (), tip: str = "") -> None:
        """Show ``text``; its line breaks become spaces. ``names`` are what it holds, in this
        order, that is to be shortened where it doesn't fit, so that something of each is seen.
        ``tip`` is more than ``text`` says, for the tool tip."""
        text, names = _line(text), tuple(map(_line, names))
        if (text, names, tip) != (self._text, self._names, self._tip):
            self._text, self._names, self._tip = text, names, tip
            self.setAccessibleName(text)
            self._tell_whole()
            self.updateGeometry()
            self.update()

    @property
    def shown_text(self) -> str:
        """What fits."""
        metrics = self.fontMetrics()
        text = self._text
        if self._names and metrics.horizontalAdvance(text) > self.width():
            text = with_short_names(text, self._names, metrics, self.width())
        return metrics.elidedText(text, self._mode, self.width())

    @property
    def is_elided(self) -> bool:
        """Whether a part of the text is not seen."""
        return self.shown_text != self._text

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_whole()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        alignment = QStyle.visualAlignment(
            self.layoutDirection(), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        self.style().drawItemText(
            painter,
            self.rect(),
            alignment,
            self.palette(),
            enabled,
            self.shown_text,
            self.foregroundRole(),
        )

    def _tell_whole(self) -> None:
        self.setToolTip(plain_tip(self._tip or (self._text if self.is_elided else "")))


def _line(text: str) -> str:
    return " ".join(text.splitlines())


def with_short_names(text: str, names: Sequence[str], metrics: QFontMetrics, width: int) -> str:
    """``text`` in ``width`` pixels: the longest of ``names`` lose their middles, because names
    that are mixed up often differ at one end alone."""
    pieces, rest = [], text
    for name in names:
        before, _, rest = rest.partition(name)
        pieces.append(before)
    room = width - sum(metrics.horizontalAdvance(piece) for piece in [*pieces, rest])
    widths = _shares([metrics.horizontalAdvance(name) for name in names], room)
    middle = Qt.TextElideMode.ElideMiddle
    shortened = [
        piece + metrics.elidedText(name, middle, share)
        for piece, name, share in zip(pieces, names, widths, strict=True)
    ]
    return "".join([*shortened, rest])


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """What each gets of ``room``: all it wants, or as much as any other."""
    shares = [0] * len(wanted)
    left = max(0, room)
    for number, index in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        shares[index] = min(wanted[index], left // (len(wanted) - number))
        left -= shares[index]
    return shares


Kind = Literal["plain", "warning", "wrong"]
_ICON = 16


class AdviceLine(QWidget):
    """Wraps its sentence; hidden while there is none. A warning has an icon and its colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind: Kind = "plain"
        self._icon = QLabel(self)
        self._label = QLabel(self, wordWrap=True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._label, 1)
        self.show_words("")

    @property
    def text(self) -> str:
        """The sentence."""
        return self._label.text()

    @property
    def kind(self) -> Kind:
        """Whether it is a warning."""
        return self._kind

    def show_words(self, sentence: str, kind: Kind = "plain") -> None:
        """Say ``sentence``; with "" the line is hidden."""
        self._kind = kind
        self._label.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
        self._color()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        palette = QPalette()
        self._icon.setVisible(self._kind != "plain")
        if self._kind != "plain":
            color = theme.data_color(self._kind)
            palette.setColor(QPalette.ColorRole.WindowText, color)
            self._icon.setPixmap(theme.icon("warning", color).pixmap(_ICON, _ICON))
        self._label.setPalette(palette)


_GAP = 10


class FactList(QWidget):
    """Two columns of text; the values can be marked and copied."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._facts: Sequence[tuple[str, str]] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(_GAP)
        self._grid.setColumnStretch(1, 1)

    @property
    def facts(self) -> dict[str, str]:
        """What is shown."""
        return dict(self._facts)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """Show these (name, value) in place of what was shown."""
        self._facts = facts
        while len(self._rows) < len(facts):
            self._rows.append(self._new_row(len(self._rows)))
        for number, row in enumerate(self._rows):
            for label in row:
                label.setVisible(number < len(facts))
        for (name, value), (first, second) in zip(facts, self._rows, strict=False):
            first.setText(name)
            second.setText(value)
            second.setAccessibleName(name)

    def _new_row(self, number: int) -> tuple[QLabel, QLabel]:
        name, value = QLabel(self), QLabel(self, wordWrap=True)
        name.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for column, label in enumerate((name, value)):
            label.setTextFormat(Qt.TextFormat.PlainText)
            self._grid.addWidget(label, number, column, Qt.AlignmentFlag.AlignTop)
        return name, value


_MARGIN = 8


class PathField(QLineEdit):
    """Shows a path in one line, cut in the middle where it doesn't fit; whole while it has the
    focus. It can't be edited."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path = ""
        self.setReadOnly(True)
        self.setFrame(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)

    @property
    def path(self) -> str:
        """The whole path, however much of it is seen."""
        return self._path

    def set_path(self, path: Path) -> None:
        """Show ``path``."""
        self._path = printable(str(path))
        self.setToolTip(self._path)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.setText(self._path)
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:  # its own menu, to copy with
            self.deselect()
            self._fit()

    def _fit(self) -> None:
        if not self.hasFocus():
            middle = Qt.TextElideMode.ElideMiddle
            room = self.width() - _MARGIN
            self.setText(self.fontMetrics().elidedText(self._path, middle, room))
            self.setCursorPosition(0)
