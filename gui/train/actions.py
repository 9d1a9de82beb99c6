"""What can be asked of a run: its actions for menus and buttons, and why one can't be used now."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from core.common.messages import ThawError, fill
from gui.base import theme
from gui.base import words as base_words
from gui.base.words import say
from gui.runs import experiments as experiment_words
from gui.runs.chooser import ExtendDialog
from gui.session.session import Session

translate = QCoreApplication.translate


@dataclass(frozen=True)
class Offer:
    """A control's ``words``, and its tool tip: what it does, or why it cannot be done."""

    words: str
    tip: str
    is_possible: bool = True


def go(session: Session) -> Offer:
    """Pause, or go on, with the run that trains or was stopped."""
    if not session.is_training and session.can_resume and session.run is not None:
        return _resume(session, session.run.name)
    if (why_not := _hopeless(session)) is not None:
        return Offer(translate("control", "&Resume the run"), why_not, False)
    if session.is_paused:
        return Offer(
            translate("control", "&Resume"), translate("control", "Goes on with the training")
        )
    tip = translate("control", "Holds the training after this batch, until Resume")
    return _if_training(session, translate("control", "&Pause"), tip)


def finish(session: Session) -> Offer:
    """Stop after this epoch."""
    words = translate("control", "&Finish this epoch and stop")
    tip = translate("control", "Trains this epoch to its end, keeps it, and stops then")
    return _if_training(session, words, tip)


def next_stage(session: Session) -> Offer:
    """End the stage after this epoch."""
    words = translate("control", "&Next stage")
    if session.is_training and not session.is_stopping:
        if not session.history.stages or session.is_preparing:
            return Offer(words, translate("control", "No stage has begun yet"), False)
        if not session.has_later_stage:
            return Offer(words, translate("control", "This is the last stage"), False)
    template = translate(
        "control", "Ends stage {stage} with this epoch and goes on with stage {next}"
    )
    number = session.history.stages[-1].stage if session.history.stages else 1
    tip = fill(template, {"stage": number, "next": number + 1})
    return _if_training(session, words, tip)


def queue(session: Session) -> Offer:
    """Put the chosen recipe into the queue of the next experiment."""
    words = translate("control", "Add to &queue")
    if count := len(session.experiments.queue):
        words = say("control", "Add to &queue ({count} there)", count=count)
    tip = translate(
        "control",
        "Keeps the present recipe for an experiment: Compare, Experiments trains all of them "
        "with several seeds",
    )
    return Offer(words, tip)


def stop(session: Session) -> Offer:
    """Stop at once."""
    words = translate("control", "&Stop")
    tip = translate(
        "control", "Ends the run within a second; what it learned is kept, and it can be resumed"
    )
    return _if_training(session, words, tip)


def extend(session: Session) -> Offer:
    """More epochs for a run."""
    words = translate("control", "&More epochs…")
    if session.is_training:
        return Offer(words, translate("control", "More epochs can be added once it ends"), False)
    if session.experiments.is_running:
        return Offer(words, _experiment(), False)
    if session.engine.error is not None:
        return Offer(words, base_words.error_text(session.engine.error), False)
    if (why_not := _hopeless(session)) is not None:
        return Offer(words, why_not, False)
    if not session.can_extend or session.run is None:
        return Offer(words, translate("control", "There is no run that could go on"), False)
    template = translate("control", "Gives the last stage of {run} more epochs and trains them")
    return Offer(words, fill(template, {"run": session.run.name}))


def _resume(session: Session, name: str) -> Offer:
    words = translate("control", "&Resume the run")
    if session.engine.error is not None:
        return Offer(words, base_words.error_text(session.engine.error), False)
    return Offer(words, say("control", "Goes on with {run} as if it had never stopped", run=name))


def _hopeless(session: Session) -> str | None:
    """Why the run that is shown would end again as it did; None where it would not."""
    finished = session.history.finished
    if session.is_training or finished is None or not session.history.is_hopeless:
        return None
    return base_words.translate(finished.code, finished.values)


def _experiment() -> str:
    """Why no run can be steered or gone on with while an experiment runs."""
    return base_words.error_text(ThawError("experiment_runs"))


def _if_training(session: Session, words: str, tip: str) -> Offer:
    if session.is_stopping:
        return Offer(words, translate("control", "The run is ending already"), False)
    if session.experiments.is_running:
        return Offer(words, _experiment(), False)
    if not session.is_training:
        return Offer(words, translate("control", "No run trains now"), False)
    return Offer(words, tip)


class RunActions(QObject):
    """Kept fit for the session's state; each tool tip says what it does, or why it can't.

    ``go`` pauses, ends a pause, or goes on with a run that was stopped: whichever there is to
    do. Only one of several sets of actions in a window may have ``with_keys``.

    Signal: ``changed`` when an action's words or state may have.
    """

    changed = Signal()

    def __init__(self, session: Session, window: QWidget, *, with_keys: bool = False) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.go = self._action("F6" if with_keys else "")
        self.finish = self._action("Shift+F6" if with_keys else "", checkable=True)
        self.next_stage = self._action("Ctrl+F6" if with_keys else "", checkable=True)
        self.stop = self._action("Shift+F5" if with_keys else "", icon="stop")
        self.extend = self._action("F7" if with_keys else "", icon="plus")
        self.go.triggered.connect(self._go)
        self.finish.triggered.connect(session.finish_epoch)
        self.next_stage.triggered.connect(session.next_stage)
        self.stop.triggered.connect(session.stop_training)
        self.extend.triggered.connect(self._ask_epochs)
        self.queue = self._action("Ctrl+Shift+E" if with_keys else "", icon="plus")
        self.queue.triggered.connect(self._add_to_queue)
        session.experiments.queue_changed.connect(self.refresh)
        for signal in (
            session.engine_changed,
            session.training_started,
            session.training_steered,
            session.training_stopping,
            session.run_created,
            session.run_shown,
            session.training_finished,
        ):
            signal.connect(self.refresh)
        session.event_received.connect(self._event)
        self._heard = 0, False
        self.refresh()

    @property
    def steering(self) -> tuple[QAction, ...]:
        """All but ``stop``."""
        return self.go, self.finish, self.next_stage, self.extend

    def refresh(self) -> None:
        """Render the session's present state."""
        session = self._session
        self._heard = self._what_events_change()
        self._show(self.go, go(session))
        self._show(self.finish, finish(session))
        self._show(self.next_stage, next_stage(session))
        self._show(self.stop, stop(session))
        self._show(self.extend, extend(session))
        self._show(self.queue, queue(session))
        self.finish.setChecked(session.finishes_epoch)
        self.next_stage.setChecked(session.ends_stage)
        is_held = session.is_paused or session.can_resume
        self.go.setIcon(theme.icon("train" if is_held else "pause"))
        self.changed.emit()

    def _event(self) -> None:
        """Batches end by the hundred a second; few events change anything."""
        if self._what_events_change() != self._heard:
            self.refresh()

    def _what_events_change(self) -> tuple[int, bool]:
        """The stages that have begun, and whether a run, also a resumed one, is yet to speak."""
        return len(self._session.history.stages), self._session.is_preparing

    def _show(self, action: QAction, offer: Offer) -> None:
        action.setText(offer.words)
        action.setEnabled(offer.is_possible)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{offer.tip} ({keys})" if keys else offer.tip)

    def _go(self) -> None:
        session = self._session
        if not session.is_training:
            session.resume_run()
        elif session.is_paused:
            session.go_on_training()
        else:
            session.pause_training()

    def _add_to_queue(self) -> None:
        jobs, recipe = self._session.experiments, self._session.recipe
        jobs.add(experiment_words.next_title(jobs.queue, recipe), recipe)

    def _ask_epochs(self) -> None:
        run, planned = self._session.run, self._session.history.planned
        if run is not None:
            epochs = planned[-1] if planned else run.config.stages[-1].epochs
            dialog = ExtendDialog(run.config, epochs, self._window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.intValueSelected.connect(self._session.extend_run)
            dialog.open()

    def _action(self, keys: str, *, icon: str = "", checkable: bool = False) -> QAction:
        action = QAction(self)
        if icon:
            action.setIcon(theme.icon(icon))
        action.setShortcut(QKeySequence(keys))
        action.setCheckable(checkable)
        return action
