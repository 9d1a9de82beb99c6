"""A replay's controls, shared by runs and experiments: play, time, speed, and what is played."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.folder import printable
from core.runs.history import History
from core.runs.replay import SPEEDS, Recording, Speed, StageMark
from gui.base import theme
from gui.base import words as base_words
from gui.base.words import say
from gui.controls.inputs import QuietComboBox, QuietSlider
from gui.controls.labels import ElidedLabel
from gui.recipe import words as recipe_words
from gui.session.replay import Player

translate = QCoreApplication.translate


def replay_title(one: Recording) -> str:
    """Which run is played."""
    if one.is_lesson:
        return translate("replay", "Replay of a recorded run: first the head, then block 5 with it")
    return say("replay", "Replay of {run}", run=printable(one.name))


def replay_detail(one: Recording) -> str:
    """That it is no training, and where its figures come from."""
    if one.is_lesson:
        template = translate(
            "replay",
            "Nothing is trained now. This run comes with Thaw: it was trained on the sample "
            "pictures, at {size} px.",
        )
        return fill(template, {"size": one.recipe.dataset.image_size})
    day = replay_date(one.created)
    if not day:
        return translate("replay", "Nothing is trained now.")
    template = translate("replay", "Nothing is trained now: this run was made on {date}.")
    return fill(template, {"date": day})


def replay_date(created: str) -> str:
    """The day of a time in ISO 8601, "" where it is none."""
    seconds = base_words.since_1970(created)
    return base_words.day(seconds) if seconds else ""


def replay_place(history: History, seconds: float, whole: float) -> str:
    """Where the replay is: the epoch, and the run's own time."""
    parts = []
    if history.started is not None:
        values = {
            "epoch": base_words.count(_epoch(history)),
            "epochs": base_words.count(sum(history.planned)),
        }
        parts.append(say("replay", "epoch {epoch} of {epochs}", **values))
    parts.append(replay_time(seconds, whole))
    return recipe_words.SEPARATOR.join(parts)


def replay_time(seconds: float, whole: float) -> str:
    """How much of the time that the training took is behind."""
    return say("replay", "{time} of {whole}", time=replay_clock(seconds), whole=replay_clock(whole))


def replay_clock(seconds: float) -> str:
    """ "2:09", "1:02:09"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def speed(one: Speed) -> str:
    """One of the speeds."""
    if one.whole:
        template = translate("replay", "All of it in {time}")
        return fill(template, {"time": replay_clock(one.whole)})
    if one.factor == 1:
        return translate("replay", "As fast as it was")
    template = translate("replay", "{factor} times as fast")
    return fill(template, {"factor": base_words.count(round(one.factor))})


def speeds() -> tuple[str, ...]:
    """All of them."""
    return tuple(map(speed, SPEEDS))


def _epoch(history: History) -> int:
    """The epoch that goes on, counted over the whole run."""
    done = history.epochs[-1] if history.epochs else None
    begun = history.batches[-1] if history.batches else None
    places = [history.position(one.stage, one.epoch) for one in (done, begun) if one is not None]
    return max(places, default=0)


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


_ICON = QSize(22, 22)


_WIDEST_PLACE = "epoch 000 of 000 · 00:00:00 of 00:00:00"


class ReplayBar(QFrame):
    """Renders a ``Player``, whose position a person moves here.

    Signal: ``close_asked``.
    """

    close_asked = Signal()

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self._fill = QColor()
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAutoFillBackground(True)
        self.title = ElidedLabel()
        self.title.setFont(theme.font(bold=True))
        self.detail = ElidedLabel()
        self.play_button = QToolButton(autoRaise=True)
        self.play_button.setIconSize(_ICON)
        self.play_button.clicked.connect(player.toggle)
        self.slider = TimeSlider()
        self.slider.setAccessibleName(self.tr("Time of the run"))
        self.slider.sought.connect(player.seek)
        self.place = QLabel()
        self.place.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = QuietComboBox()
        self.speed.addItems(list(speeds()))
        self.speed.setAccessibleName(self.tr("Speed"))
        self.speed.setToolTip(
            self.tr(
                "All of it in some seconds: every epoch takes equally long. Otherwise each takes "
                "as long as it did, or so many times less."
            )
        )
        self.speed.activated.connect(self._choose_speed)
        self.close_button = QToolButton(autoRaise=True)
        self.close_button.setText(self.tr("&Close"))
        self.close_button.setIcon(theme.icon("close"))
        self.close_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.close_button.setToolTip(self.tr("Ends the replay and shows what was there before"))
        self.close_button.clicked.connect(self.close_asked)
        self._lay_out()
        player.changed.connect(self._refresh)
        player.moved.connect(self._move)
        self._color()
        self._refresh()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self.title)
        words.addWidget(self.detail)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addLayout(words, 1)
        head.addWidget(self.speed)
        head.addWidget(self.close_button)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.play_button)
        row.addWidget(self.slider, 1)
        row.addWidget(self.place)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 8, 6)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(row)
        self.place.setMinimumWidth(self.fontMetrics().horizontalAdvance(_WIDEST_PLACE))

    def say(self, title: str, detail: str) -> None:
        """What is played, and that nothing trains."""
        self.title.set_text(title)
        self.detail.set_text(detail)
        self.setAccessibleName(title)

    def show_place(self, words: str) -> None:
        """Where it is, in words."""
        self.place.setText(words)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.play_button.setFocus()  # a person has asked for the replay; Space holds it

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _choose_speed(self, index: int) -> None:
        self._player.set_speed(SPEEDS[index])

    def _refresh(self) -> None:
        player = self._player
        words = self.tr("Pause") if player.is_playing else self.tr("Play")
        self.play_button.setIcon(theme.icon("pause" if player.is_playing else "train"))
        self.play_button.setToolTip(words)
        self.play_button.setAccessibleName(words)
        self.speed.setCurrentIndex(_index(player.speed))
        self.slider.set_time(player.end, player.timeline.stages(player.speed.pace))
        self._move()

    def _move(self) -> None:
        self.slider.show_position(self._player.position)

    def _color(self) -> None:
        fill = theme.fill_color("frozen")
        if self._fill == fill:
            return
        self._fill = fill
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, fill)
        self.setPalette(palette)


def _index(speed: Speed) -> int:
    return SPEEDS.index(speed) if speed in SPEEDS else -1
