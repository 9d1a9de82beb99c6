"""The Train page: what each stage trains, how far the run is, and its growing curves."""

from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from core.messages import ThawError
from core.recipes import RecipeError
from gui import run_facts_text, run_text, text, theme, train_text
from gui.run_actions import RunActions
from gui.run_clock import RunClock
from gui.session import Session
from gui.widgets.block_changes import BlockChanges
from gui.widgets.current_batch import CurrentBatch
from gui.widgets.curve_view import CurveView
from gui.widgets.notice_list import NoticeList
from gui.widgets.run_facts import RunFacts
from gui.widgets.run_status import RunStatus
from gui.widgets.score_card import ScoreCard
from gui.widgets.stage_plan import StagePlan

_REFRESH_MILLISECONDS = 150
_SIDE_WIDTH = 236
_ROWS_IN_VIEW = 3


class TrainPage(QWidget):
    """Renders the session's run; while none trains, what Train would do.

    Events come by the hundred a second once features are kept, so they only start a timer.

    Signal: ``navigate`` with the name of the page to go to.
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
        self.stages = _scrolling(self.plan)
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
        page.addLayout(lower, 1)

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
        session.training_started.connect(self._forget_failure)
        session.run_shown.connect(self._forget_failure)
        session.training_failed.connect(self._failed)
        session.event_received.connect(self._later)
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
            self._problem = text.error_text(error)
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
        history = self._session.history
        self._refresh_stages()
        self._refresh_hint()
        self._refresh_status()
        self._refresh_canvas()
        self.score.show_history(history)
        self.facts.show_facts(self._facts())
        self.changes.show_history(history)
        self.notices.show_notices(history.notices)
        self._refresh_batch()

    def _refresh_stages(self) -> None:
        session = self._session
        recipe = session.running_recipe or session.recipe
        stages = session.history.stages
        running = stages[-1].stage if session.is_training and stages else None
        self.plan.show_recipe(recipe, self._classes(), running)
        self.plan.set_locked(session.is_training)
        self.stages.setFixedHeight(self.plan.height_of(_ROWS_IN_VIEW))

    def _classes(self) -> int | None:
        started, summary = self._session.history.started, self._session.summary
        if self._session.is_training and started is not None:
            return len(started.classes)
        return len(summary.classes) if summary is not None else None

    def _refresh_hint(self) -> None:
        hint = self.tr("Which blocks thaw is chosen on the Model page.")
        if self._session.is_training:
            hint = self.tr("The running recipe is locked; changes are for the next run.")
        self.hint.setText(self._problem or hint)
        palette = QPalette()
        if self._problem:
            palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self.hint.setPalette(palette)

    def _refresh_status(self) -> None:
        session = self._session
        if session.is_training:
            headline, share = train_text.running(session)
            self.status.show_running(headline, share, session.is_stopping)
            return
        ended = train_text.ended(session.history, self._failure)
        plan = "" if ended else train_text.plan(session.recipe)
        finished = session.history.finished
        failed = self._failure is not None or (
            finished is not None and finished.outcome == "failed"
        )
        why_not, has_result = run_text.why_not(session), session.result is not None
        self.status.show_idle(ended, failed, plan, why_not, has_result)

    def _refresh_canvas(self) -> None:
        if self._session.history.started is not None:
            self.canvas.set_placeholder(self.tr("Drawing the curves…"))
        elif self._session.is_training:
            self.canvas.set_placeholder(self.tr("The curves begin with the first batch"))
        else:
            self.canvas.set_placeholder(self.tr("Press Train (F5): the curves grow here"))
        run = self._session.run
        self.curves.set_history(self._session.history, run.directory.name if run else "")

    def _facts(self) -> list[tuple[str, str]]:
        session = self._session
        left = run_text.progress_of(session).seconds_left if session.is_training else None
        return run_facts_text.facts(session.history, self._clock.seconds, left)

    def _refresh_batch(self) -> None:
        run, batches = self._session.run, self._session.history.batches
        pictures = batches[-1].pictures if batches and self._session.is_training else ()
        self.batch.show_pictures([run.folder / one for one in pictures] if run else [])
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
