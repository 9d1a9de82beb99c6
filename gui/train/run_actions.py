"""What a person may ask of a run that trains, or has trained, as actions of menus and buttons."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from gui.base import theme
from gui.runs import experiments as experiment_words
from gui.session.session import Session
from gui.train import actions
from gui.train.actions import Offer
from gui.train.extend_dialog import ExtendDialog


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
        self._show(self.go, actions.go(session))
        self._show(self.finish, actions.finish(session))
        self._show(self.next_stage, actions.next_stage(session))
        self._show(self.stop, actions.stop(session))
        self._show(self.extend, actions.extend(session))
        self._show(self.queue, actions.queue(session))
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
