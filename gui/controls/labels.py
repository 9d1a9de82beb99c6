"""A line of text that shortens itself where there is no room."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyleOption, QWidget

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
