"""The controls of a replay: play, time, speed; and what is played, and that it is no training."""

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPalette, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.runs.replay import SPEEDS, Speed
from gui.base import theme
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import ElidedLabel
from gui.session.replay import Player
from gui.train import replay_text
from gui.train.time_slider import TimeSlider

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
        self.speed.addItems(list(replay_text.speeds()))
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
