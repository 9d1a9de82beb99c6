"""A line of text that shortens itself where there is no room."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyleOption, QWidget


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
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_text(text)

    @property
    def text(self) -> str:
        """The whole text, however much of it is seen."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show ``text``; its line breaks become spaces."""
        text = " ".join(text.splitlines())
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self._tell_whole()
            self.updateGeometry()
            self.update()

    @property
    def shown_text(self) -> str:
        """What fits."""
        return self.fontMetrics().elidedText(self._text, self._mode, self.width())

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
        self.setToolTip(self._text if self.is_elided else "")
