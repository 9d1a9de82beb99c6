"""The Train page: the run's stages, how far it is, its growing curves, and facts at the side.

While an experiment trains, the page leads to it.
"""

from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError
from core.recipe.files import RecipeError
from gui.base import theme
from gui.base import words as base_words
from gui.runs import experiments as experiment_words
from gui.runs import replay as replay_words
from gui.runs import words as run_words
from gui.runs.replay import ReplayBar
from gui.session.experiments import ExperimentJobs
from gui.session.session import Session
from gui.train import shown_run, side, words
from gui.train.actions import RunActions
from gui.train.block_changes import BlockChanges
from gui.train.curves import CurveView
from gui.train.replay import LessonOffer, ReplayActions
from gui.train.shown_run import RunClock, ShownRun
from gui.train.side import CurrentBatch, NoticeList, RunFacts, ScoreCard
from gui.train.stages import StagePlan
from gui.train.status import RunStatus

_SOON_MILLISECONDS = 150


class ExperimentOffer(QWidget):
    """How far the experiment is, and a button. There only while one runs. ``asked``: it is to be
    shown."""

    asked = Signal()

    def __init__(self, jobs: ExperimentJobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.words = QLabel(wordWrap=True)
        self.button = QPushButton(theme.icon("compare"), self.tr("Show the experiment"))
        self.button.clicked.connect(self.asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.words, 1)
        row.addWidget(self.button)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MILLISECONDS)
        self._soon.timeout.connect(self.refresh)
        jobs.changed.connect(self._refresh_soon)
        jobs.running_changed.connect(self.refresh)
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def _refresh_soon(self) -> None:
        if self.isVisible() and not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Render the experiment's present state."""
        self.setVisible(self._jobs.is_running)
        if self._jobs.is_running:
            self.words.setText(experiment_words.training(self._jobs))


_ROWS_IN_VIEW = 3


class StageArea(QScrollArea):
    """Shows a ``StagePlan``; the words above its columns stay while its rows scroll."""

    def __init__(self, plan: StagePlan, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan = plan
        self._running: int | None = None
        self._reveal = QTimer(self, singleShot=True, interval=0)  # once rows have their places
        self._reveal.timeout.connect(self._reveal_running)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(plan)
        for part in (self, plan):
            part.setBackgroundRole(QPalette.ColorRole.Window)
        self.verticalScrollBar().valueChanged.connect(plan.keep_header_at)

    def follow(self, running: int | None) -> None:
        """Take the height of the plan's rows. A stage that begins to train (from 1) comes into
        sight; else the rows stay where a person scrolled them."""
        self.setFixedHeight(self._plan.height_of(_ROWS_IN_VIEW))
        self.verticalScrollBar().setSingleStep(self._plan.strip.row_height)  # to whole rows
        if running != self._running:
            self._running = running
            self._reveal.start()

    def shows(self, stage: int) -> bool:
        """Whether the row of ``stage``, from 1, is wholly in sight."""
        row, top = self._plan.strip.row_height, self.verticalScrollBar().value()
        return top <= (stage - 1) * row <= top + (_ROWS_IN_VIEW - 1) * row

    def _reveal_running(self) -> None:
        if self._running is not None and not self.shows(self._running):
            before = self._running - 2  # the row of the stage before it stays in sight
            self.verticalScrollBar().setValue(before * self._plan.strip.row_height)


_REFRESH_MILLISECONDS = 150
_SIDE_WIDTH = 236


class TrainPage(QWidget):
    """Renders the session's run, or a replay of one; while none trains, what Train would do.

    Events come by the hundred a second once features are kept, so they only start a timer.

    Signal: ``navigate`` with the name of the page to go to, and perhaps of a tab of it.
    """

    navigate = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._failure: ThawError | None = None
        self._problem = ""
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self.plan = StagePlan()
        self.hint = QLabel(wordWrap=True)
        self.hint.setFont(theme.small_font())
        self.status = RunStatus(RunActions(session, self))
        self.replay = ReplayBar(session.replay.player)
        self._replays = ReplayActions(session, self)
        self.lessons = LessonOffer(self._replays)
        self.experiment = ExperimentOffer(session.experiments)
        self.curves = CurveView(session.settings)
        self.canvas = self.curves.canvas
        self.score = ScoreCard()
        self.facts = RunFacts()
        self.changes = BlockChanges()
        self._clock = RunClock(session, self)
        self.batch = CurrentBatch()
        self.batch_heading = QLabel(self.tr("Being trained"))
        self.notices = NoticeList()
        self._lay_out()
        self._connect()
        self.refresh()

    # -- layout -----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.stages = StageArea(self.plan)
        lower = QHBoxLayout()
        lower.setSpacing(12)
        lower.addWidget(self.curves, 1)
        lower.addWidget(self._side())
        page = QVBoxLayout(self)
        page.setContentsMargins(12, 8, 12, 10)
        page.setSpacing(8)
        page.addWidget(self.stages)
        page.addWidget(self.hint)
        page.addWidget(self.status)
        page.addWidget(self.experiment)
        page.addWidget(self.replay)
        page.addLayout(lower, 1)
        page.addWidget(self.lessons)

    def _side(self) -> QScrollArea:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.score)
        column.addWidget(self.facts)
        column.addWidget(self.changes)
        column.addWidget(self.batch_heading)
        column.addWidget(self.batch)
        column.addWidget(self.notices, 1)
        column.addStretch()
        area = _scrolling(inside)
        area.setFixedWidth(_SIDE_WIDTH)
        return area

    def _connect(self) -> None:
        session = self._session
        self.plan.changed.connect(self._change)
        self.status.train.connect(lambda: session.start_training())
        self.status.stop.connect(session.stop_training)
        self.status.results.connect(lambda: self.navigate.emit("results"))
        self.experiment.asked.connect(lambda: self.navigate.emit("compare/experiments"))
        session.training_started.connect(self._forget_failure)
        session.run_shown.connect(self._forget_failure)
        session.training_failed.connect(self._failed)
        session.event_received.connect(self._later)
        session.replay.moved.connect(self._later)
        self.replay.close_asked.connect(session.replay.close)
        self.curves.replay_asked.connect(self._replays.again.trigger)
        for signal in (
            session.choices_changed,
            session.dataset_changed,
            session.scan_started,
            session.scan_failed,
            session.engine_changed,
            session.run_created,
            session.training_stopping,
            session.training_steered,
            session.training_finished,
            session.replay.began,
            session.replay.closed,
        ):
            signal.connect(self._refresh_if_seen)

    @property
    def is_settled(self) -> bool:
        """Whether the page shows all there is, for whoever takes a picture of it."""
        return self.canvas.is_settled and not self._timer.isActive()

    # -- what a person does -----------------------------------------------------------------

    def _change(self, key: str, value: Any) -> None:
        try:
            self._session.change(key, value)
        except RecipeError as error:
            self._problem = base_words.error_text(error)
            self.plan.field(key).set_hint(self._problem)
        else:
            self._problem = ""
        self._refresh_hint()

    def _forget_failure(self) -> None:
        self._failure = None
        self._refresh_if_seen()

    def _failed(self, error: ThawError) -> None:
        self._failure = error
        self._refresh_if_seen()

    # -- what is shown ----------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._refresh_if_seen()

    def _later(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _refresh_if_seen(self) -> None:
        if self.isVisible():
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Render the session's present state."""
        shown = shown_run.of(self._session, self._clock.seconds)
        history = shown.history
        self._refresh_stages(shown)
        self._refresh_hint()
        self._refresh_status()
        self._refresh_replay(shown)
        self._refresh_canvas(shown)
        self.score.show_history(history)
        self.facts.show_facts(side.run_facts(history, shown.present, shown.left))
        self.changes.show_history(history)
        self.notices.show_notices(history.notices)
        self._refresh_batch(shown)

    def _refresh_stages(self, shown: ShownRun) -> None:
        self.plan.show_recipe(shown.recipe, shown.classes, shown.stage)
        self.plan.set_locked(shown.is_locked)
        self.stages.follow(shown.stage)

    def _refresh_hint(self) -> None:
        hint = self.tr("Which blocks thaw is chosen on the Model page.")
        if self._session.is_training:
            hint = self.tr("The running recipe is locked; changes are for the next run.")
        elif self._session.replay.is_shown:
            hint = self.tr("This is the recipe of the run that is played, not the chosen one.")
        self.hint.setText(self._problem or hint)
        palette = QPalette()
        if self._problem:
            palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self.hint.setPalette(palette)

    def _refresh_status(self) -> None:
        session = self._session
        if session.is_training:
            headline, share = words.running(session)
            self.status.show_running(headline, share, session.is_stopping)
            return
        ended = run_words.ended(session.history, self._failure)
        plan = "" if ended else words.plan(session.recipe)
        finished = session.history.finished
        failed = self._failure is not None or (
            finished is not None and finished.outcome == "failed"
        )
        why_not, has_result = words.why_not(session), session.result is not None
        self.status.show_idle(ended, failed, plan, why_not, has_result)

    def _refresh_replay(self, shown: ShownRun) -> None:
        replay = self._session.replay
        self.status.setVisible(not replay.is_shown)
        self.replay.setVisible(replay.is_shown)
        if replay.recording is not None:
            self.replay.say(
                replay_words.replay_title(replay.recording),
                replay_words.replay_detail(replay.recording),
            )
            seconds, whole = replay.player.seconds, replay.player.timeline.end("seconds")
            self.replay.show_place(replay_words.replay_place(shown.history, seconds, whole))

    def _refresh_canvas(self, shown: ShownRun) -> None:
        session, is_empty = self._session, shown.history.started is None
        if not is_empty:
            self.canvas.set_placeholder(self.tr("Drawing the curves…"))
        elif session.is_training:
            self.canvas.set_placeholder(self.tr("The curves begin with the first batch"))
        elif session.experiments.is_running:
            self.canvas.set_placeholder(self.tr("The experiment’s curves grow on its own page"))
        else:
            self.canvas.set_placeholder(self.tr("Press Train (F5): the curves grow here"))
        self.curves.set_history(shown.history, shown.name)
        can_play = session.run is not None and session.can_replay
        self.curves.offer_replay(can_play and not session.replay.is_shown)
        self.lessons.setVisible(is_empty and session.can_replay and not session.replay.is_shown)

    def _refresh_batch(self, shown: ShownRun) -> None:
        batches, folder = shown.history.batches, shown.folder
        pictures = batches[-1].pictures if batches and folder is not None else ()
        self.batch.show_pictures([folder / one for one in pictures] if folder is not None else [])
        self.batch_heading.setVisible(bool(pictures))
        self.batch.setVisible(bool(pictures))


def _scrolling(inside: QWidget) -> QScrollArea:
    area = QScrollArea(widgetResizable=True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidget(inside)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    for part in (area, inside):
        part.setBackgroundRole(QPalette.ColorRole.Window)
    return area
