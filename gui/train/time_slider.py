"""A slider over a run's time, on which stages are marked."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QStyle, QStyleOptionSlider, QWidget

from core.common.messages import fill
from core.runs.replay import StageMark
from gui.base import theme
from gui.controls.inputs import QuietSlider

_STEPS = 1000
_MARK = 5  # pixels that a mark stands out of the groove
_LEAST_GAP = 8  # pixels between the words of two marks


class TimeSlider(QuietSlider):
    """Positions from 0 to an end; a click goes there at once.

    Signal: ``sought`` with the position, only when a person moved the handle.
    """

    sought = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._end = 0.0
        self._marks: tuple[StageMark, ...] = ()
        self._is_shown = False
        self.setRange(0, _STEPS)
        self.setSingleStep(_STEPS // 100)
        self.setPageStep(_STEPS // 10)
        self.valueChanged.connect(self._change)

    def set_time(self, end: float, marks: Sequence[StageMark]) -> None:
        """Be a slider from 0 to ``end``."""
        self._end, self._marks = end, tuple(marks)
        self.setEnabled(end > 0)
        self.updateGeometry()
        self.update()

    def show_position(self, position: float) -> None:
        """Stand at ``position``, without a signal."""
        self._is_shown = True
        self.setValue(round(_STEPS * position / self._end) if self._end else 0)
        self._is_shown = False

    @property
    def marks(self) -> tuple[StageMark, ...]:
        """The stages that are marked."""
        return self._marks

    def _change(self, value: int) -> None:
        if not self._is_shown:
            self.sought.emit(self._end * value / _STEPS)

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        words = self._words_height() if len(self._marks) > 1 else 0
        return QSize(hint.width(), hint.height() + words)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.sizeHint().height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self._part(option, QStyle.SubControl.SC_SliderHandle)
        at = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(at):
            self.setValue(self._value_at(at.x(), handle.width()))
        super().mousePressEvent(event)  # which takes hold of the handle that is there now

    def _value_at(self, x: int, handle: int) -> int:
        room = self.width() - handle
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        x -= handle // 2
        return QStyle.sliderValueFromPosition(0, _STEPS, x, room, is_mirrored)

    def paintEvent(self, event: QPaintEvent) -> None:
        if len(self._marks) > 1:
            self._paint_marks()
        super().paintEvent(event)

    def _paint_marks(self) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self._part(option, QStyle.SubControl.SC_SliderHandle)
        painter = QPainter(self)
        font = theme.small_font()
        painter.setFont(font)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        metrics = painter.fontMetrics()
        free = 0
        for mark in self._marks:
            x = self._x_of(mark.position, handle.width())
            painter.drawLine(x, handle.top() - _MARK, x, handle.bottom() + _MARK)
            words = fill(self.tr("stage {number}"), {"number": mark.stage})
            wide = metrics.horizontalAdvance(words)
            left = min(max(x - wide // 2, 0), self.width() - wide)
            if left >= free:
                place = QRect(left, self.height() - metrics.height(), wide, metrics.height())
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)
                free = left + wide + _LEAST_GAP
        painter.end()

    def _x_of(self, position: float, handle: int) -> int:
        share = position / self._end if self._end else 0.0
        is_mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        room = self.width() - handle
        at = QStyle.sliderPositionFromValue(0, _STEPS, round(_STEPS * share), room, is_mirrored)
        return at + handle // 2

    def _part(self, option: QStyleOptionSlider, part: QStyle.SubControl) -> QRect:
        control = QStyle.ComplexControl.CC_Slider
        return self.style().subControlRect(control, option, part, self)

    def initStyleOption(self, option: QStyleOptionSlider) -> None:
        super().initStyleOption(option)
        if len(self._marks) > 1:  # the words stand below it
            option.rect = option.rect.adjusted(0, 0, 0, -self._words_height())

    def _words_height(self) -> int:
        return self.fontMetrics().height()
