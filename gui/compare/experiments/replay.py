"""A recorded experiment in a window of its own: its arms' curves grow together, then its card."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QDialog, QStackedLayout, QVBoxLayout, QWidget

from core.common.messages import ThawError, fill
from core.experiments import export as experiment_export
from core.experiments import text as experiment_text
from core.experiments.marks import ExperimentRecording, read_recording
from gui.base import words as base_words
from gui.base.background import Latest
from gui.compare.experiments.result import ExperimentCanvas, ExperimentResult
from gui.controls.layouts import ScrollColumn
from gui.runs import replay as replay_words
from gui.runs.experiments import WORDS, Listed, Opened, title
from gui.runs.replay import ReplayBar
from gui.session.replay import Player

if TYPE_CHECKING:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

    from core.experiments.marks import Marks

_SIZE = 1000, 680


class ExperimentReplay(QDialog):
    """Plays an experiment back. ``began`` comes once it was read and plays, ``failed`` with a
    ``ThawError`` where it could not be read."""

    began = Signal()
    failed = Signal(object)

    def __init__(self, directory: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Replay of an experiment"))
        self.resize(*_SIZE)
        self.recording: ExperimentRecording | None = None
        self._directory = directory
        self.player = Player(self)
        self.bar = ReplayBar(self.player)
        self.curves = GrowingCurves()
        self.card = ExperimentResult()
        self._card = ScrollColumn()
        self._card.column.addWidget(self.card)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.curves)
        self._stack.addWidget(self._card)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addWidget(self.bar)
        column.addLayout(self._stack, 1)
        self.player.moved.connect(self._move)
        self.bar.close_asked.connect(self.close)
        self._reading = Latest(self)
        self._reading.done.connect(self._begin)
        self._reading.failed.connect(self._fail)
        self._reading.call(read_recording, directory)

    @classmethod
    def open_on(cls, directory: Path, parent: QWidget) -> ExperimentReplay:
        """Play the experiment in ``directory`` in a window before ``parent``."""
        made = cls(directory, parent)
        made.show()
        return made

    @property
    def shows_card(self) -> bool:
        """Whether what came of it is on screen: it has played to its end."""
        return self._stack.currentWidget() is self._card

    def _begin(self, read: ExperimentRecording) -> None:
        self.recording = read
        experiment, template = read.experiment, self.tr("Replay of an experiment: {name}")
        self.bar.say(fill(template, {"name": title(experiment.kind)}), _detail(read))
        done = sum(len(lines) for lines in read.lines.values())
        self.card.show_experiment(Opened(Listed(self._directory, experiment, done), read.marks))
        self.curves.set_room(read)
        self.player.load(read.race)
        self.player.play()
        self.began.emit()

    def _move(self) -> None:
        if self.recording is None:
            return
        player, read = self.player, self.recording
        self.curves.show_until(read.until(player.position, player.speed.pace))
        self._stack.setCurrentWidget(self._card if player.is_at_end else self.curves)
        self.bar.show_place(replay_words.replay_time(player.seconds, read.race.end("seconds")))

    def _fail(self, error: ThawError) -> None:
        self.curves.set_placeholder(base_words.error_text(error))
        self.failed.emit(error)


class GrowingCurves(ExperimentCanvas):
    """An experiment's curves on axes that have room for all of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room: Marks | None = None
        self.shown: Marks | None = None

    def set_room(self, read: ExperimentRecording) -> None:
        """Take the names and the axes of this experiment."""
        self._room = read.marks
        self._titles = experiment_text.titles(read.experiment, WORDS)

    def show_until(self, marks: Marks) -> None:
        """Draw the curves as far as these ``marks`` have them; nothing, if they are drawn."""
        if marks != self.shown:
            self.shown = marks
            self.show_marks(marks, self._titles, times=False)

    def draw(self, canvas: FigureCanvasQTAgg) -> None:
        look = getattr(self._plot, "look", None)
        if self._plot is None or look is None or self.shown is None:
            return
        figure, named = self._plot.figure, self._titles
        experiment_export.draw(figure, self.shown, named, WORDS, look, room=self._room)
        canvas.draw_idle()


def _detail(read: ExperimentRecording) -> str:
    values = {
        "size": read.experiment.arms[0].recipe.dataset.image_size,
        "seeds": len(read.experiment.seeds),
        "images": base_words.count(read.marks.arms[0].images),
        "date": replay_words.replay_date(read.experiment.created),
    }
    template = QCoreApplication.translate(
        "replay",
        "Nothing is trained now: it was run on {date}, at {size} px, with {seeds} seeds, and "
        "validated on {images} pictures.",
    )
    return fill(template, values)
