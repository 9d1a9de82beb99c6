"""The session of a first visit without a display: sample, training, a picture of each page."""

import sys
from pathlib import Path

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QObject, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from core.common import files, statistics
from core.common.messages import ThawError, sentence
from core.model.weights import download as weight_download
from core.recipe.config import RunConfig
from core.reports.export import unwritable
from core.runs.evaluation import Result
from core.runs.events import EpochFinished, Event
from core.runs.history import choice
from gui.base import theme
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.shell import app as shell_app
from gui.shell.rail import STEPS
from gui.shell.unexpected import UnexpectedErrors
from gui.shell.window import MainWindow

FINE, FAILED, INTERRUPTED = 0, 1, 130
_SIZE = (1280, 800)
_STILL_MILLISECONDS = 300  # a page that looks the same for this long has finished loading
_LONGEST_WAIT = 20  # of these


def run(options: shell_app.Options) -> int:
    """Train on the sample in the real window, unseen; the process's exit status."""
    app = shell_app.make_application()
    session = shell_app.make_session(app)
    theme.apply(app, options.scheme or "light")
    errors = UnexpectedErrors(app)
    errors.install()
    window = MainWindow(session)
    window.resize(*(options.size or _SIZE))
    visit = _Visit(app, session, options)
    errors.quietly(visit.fail)
    shell_app.heed_interrupts(app, visit.interrupt)
    window.painted.connect(visit.begin)
    window.show()
    status = app.exec()
    if status == FINE:
        status = visit.report(window)
    visit.put_back()
    session.close()
    return status


class _Visit(QObject):
    """Does what a person would, and ends the event loop with the exit status."""

    def __init__(self, app: QApplication, session: Session, options: shell_app.Options) -> None:
        super().__init__()
        self._app, self._session, self._options = app, session, options
        self._started = self._interrupted = self._failed = False
        session.scan_failed.connect(self.fail)
        session.training_failed.connect(self.fail)
        session.weights_missing.connect(lambda name: self.fail(weight_download.missing(name)))
        session.dataset_changed.connect(self._go_on)
        session.engine_changed.connect(self._go_on)
        session.event_received.connect(self._tell)
        session.training_finished.connect(self._finished)

    def begin(self) -> None:
        """Load torch and the sample."""
        self._session.engine.start()
        self._session.open_sample()

    def interrupt(self) -> None:
        """End as soon as the run has kept what it has."""
        self._interrupted = True
        if self._session.is_training:
            _say("stopping")
            self._session.stop_training()
        else:
            self._app.exit(INTERRUPTED)

    def fail(self, error: ThawError) -> None:
        """End with a sentence that says why."""
        self._failed = True
        _say(str(error))
        if self._session.is_training:
            self._session.stop_training()
        else:
            self._app.exit(FAILED)

    def _go_on(self) -> None:
        engine, session = self._session.engine, self._session
        if engine.error is not None:
            self.fail(engine.error)
        elif not self._started and session.summary and engine.state is EngineState.READY:
            self._started = True
            self._train()

    def _train(self) -> None:
        session = self._session
        try:
            session.set_recipe(shell_app.changed(RunConfig(), self._options.changes))
        except ThawError as error:
            self.fail(error)
            return
        why_not = session.why_not_trainable()
        if why_not is not None:
            self.fail(why_not)
            return
        expected = session.estimate()
        if expected is not None:
            _say(f"training, expected to take {expected.total:.0f} s")
        session.start_training()

    def put_back(self) -> None:
        """Leave the person's own choices for the sample as they were."""
        if self._started:
            self._session.undo()

    def _tell(self, event: Event) -> None:
        if isinstance(event, EpochFinished):
            score = event.validation
            _say(
                f"stage {event.stage}, epoch {event.epoch}: validation accuracy "
                f"{score.accuracy:.1%}, loss {score.loss:.3f}, {event.seconds:.1f} s"
            )

    def _finished(self) -> None:
        done = self._session.history.finished
        if self._interrupted:
            self._app.exit(INTERRUPTED)
        elif self._failed:
            self._app.exit(FAILED)
        elif done is not None and done.outcome == "failed":
            _say(sentence(done.code, done.values))
            self._app.exit(FAILED)
        else:
            self._app.exit(FINE if self._session.result is not None else FAILED)

    def report(self, window: MainWindow) -> int:
        """Take the pictures, and print where everything is; the exit status."""
        run, result = self._session.run, self._session.result
        if run is None or result is None:
            return FAILED
        pictures = run.directory / "pages"
        try:
            _photograph(window, pictures)
        except ThawError as error:
            _say(str(error))
            return FAILED
        print(f"run: {run.directory}")
        print(f"a picture of each page: {pictures}")
        chosen_by = self._session.history.chosen_by
        print(accuracy_line(result, chosen_by), flush=True)
        return FINE


def accuracy_line(result: Result, chosen_by: str) -> str:
    """The kept epoch's validation accuracy with all that it rests on."""
    chosen = sentence(choice(chosen_by), {})
    low, high = statistics.wilson(result.right, result.total)
    return (
        f"validation accuracy {100 * result.accuracy:.1f} % ({result.right} of {result.total}), "
        f"95 % interval {100 * low:.1f} to {100 * high:.1f} %, "
        f"epoch: {chosen}"
    )


def _photograph(window: MainWindow, folder: Path) -> None:
    """Write ``<step>.png`` for each page. Raises ``ThawError`` (export_unwritable)."""
    for step in STEPS:
        window.show_step(step)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        _when_still(window).save(buffer, "PNG")
        path = folder / f"{step}.png"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files.replace(path, bytes(buffer.data().data()))
        except OSError as error:
            raise unwritable(path, error) from None


def _when_still(window: MainWindow) -> QPixmap:
    """The window's picture once it has stopped changing."""
    before = window.grab()
    for _ in range(_LONGEST_WAIT):
        loop = QEventLoop()
        QTimer.singleShot(_STILL_MILLISECONDS, loop.quit)
        loop.exec()
        now = window.grab()
        if now.toImage() == before.toImage():
            break
        before = now
    return before


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
