"""The window: rail, page and run bar; navigation, actions, closing.

Where a run or an experiment trains, closing asks first, then stops it and waits for its end.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import cast

from PySide6.QtCore import QByteArray, QObject, QSize, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError
from core.runs import archive
from gui.base import words as base_words
from gui.controls.notices import MessageBar, OfferBar
from gui.recipe import files as recipe_files
from gui.runs.files import RunArchives
from gui.session.session import Session
from gui.shell import rail
from gui.shell.menus import Menus, UndoKeys
from gui.shell.offers import UnfinishedRuns, WeightsOffer
from gui.shell.rail import StepRail
from gui.shell.run_bar import RunBar

_WIDTH = 400
_BODY = "qt_msgbox_informativelabel"  # Qt's own name of it


class ClosingQuestion(QMessageBox):
    """Says what is kept and what follows. Enter and Escape both keep the training."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("Thaw"))
        self.setText(self._question(session))
        self.setInformativeText(self._what_is_kept(session))
        self._stop = self.addButton(self.tr("Stop and close"), QMessageBox.ButtonRole.AcceptRole)
        is_experiment = session.experiments.is_running
        words = self.tr("Keep it running") if is_experiment else self.tr("Keep training")
        keep = self.addButton(words, QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(keep)
        self.setEscapeButton(keep)
        if body := self.findChild(QLabel, _BODY):  # as narrow as the question otherwise
            body.setMinimumWidth(_WIDTH)

    @property
    def closes(self) -> bool:
        """Whether the answer was to stop and close."""
        return self.clickedButton() is self._stop

    def _question(self, session: Session) -> str:
        if session.experiments.is_running:
            return self.tr("Stop the experiment and close?")
        return self.tr("Stop the training and close?")

    def _what_is_kept(self, session: Session) -> str:
        if session.experiments.is_running and not session.experiments.is_kept:
            return self.tr("The experiment is not set up yet: nothing of it will be kept.")
        if session.experiments.is_running:
            return self.tr(
                "All that was trained is kept. Under Compare, Experiments it goes on where it "
                "stopped, with the same figures as if it had never stopped."
            )
        if session.run is None:
            return self.tr("The run is not set up yet: nothing of it will be kept.")
        resume = self.tr(
            "When Thaw is opened again, it offers to resume the run where it stopped, as if it "
            "had never stopped."
        )
        if session.history.best is None:
            return resume
        return " ".join((self._epoch(session.history.chosen_by), resume))

    def _epoch(self, chosen_by: str) -> str:
        match chosen_by:
            case "accuracy":
                return self.tr("The best epoch so far is kept.")
            case "loss":
                return self.tr("The epoch of lowest loss so far is kept.")
            case "last":
                return self.tr("The last epoch that has ended is kept.")
            case _:
                return self.tr("The only epoch that has ended is kept.")


class Closing(QObject):
    """Closes the window once nothing trains any more."""

    def __init__(self, window: "MainWindow", session: Session) -> None:
        super().__init__(window)
        self._window, self._session = window, session
        self._closes_after_run = False
        self._question: ClosingQuestion | None = None
        session.training_finished.connect(self._training_finished)
        session.experiments.running_changed.connect(self._experiment_changed)

    def may_close(self) -> bool:
        """Whether nothing trains; else it asks, unless the answer is already known."""
        if not self._session.is_busy_training:
            return True
        if not self._closes_after_run:
            self._ask()
        return False

    def after_run(self) -> None:
        """Stop the run or experiment that trains, wait for its end, and close. Doesn't ask."""
        self._closes_after_run = True
        if self._session.is_training:
            self._session.stop_training()
        elif self._session.experiments.is_running:
            self._session.experiments.stop()
        else:
            self._window.close()

    def _ask(self) -> None:
        if self._question is not None:
            self._question.raise_()
            return
        box = ClosingQuestion(self._session, self._window)
        self._question = box
        box.finished.connect(lambda: self._answered(box.closes))
        box.open()

    def _answered(self, closes: bool) -> None:
        if self._question is not None:
            self._question.deleteLater()
            self._question = None
        if closes:
            self.after_run()

    def _training_finished(self) -> None:
        if self._closes_after_run:
            self._window.unfinished.leave()
            self._window.close()

    def _experiment_changed(self) -> None:
        if self._closes_after_run and not self._session.is_busy_training:
            self._window.close()


PageMaker = Callable[[str, Session], QWidget]
NARROW = 1150  # pixels of width below which the rail shows icons only
SMALLEST = QSize(900, 560)  # what the widest page needs, its rail folded
_SOON_MILLISECONDS = 100  # batches may end many times faster
_FIRST = QSize(1280, 800)
_CLASSES = {
    "data": "DataPage",
    "augment": "AugmentPage",
    "model": "ModelPage",
    "train": "TrainPage",
    "results": "ResultsPage",
    "compare": "ComparePage",
}


def make_page(step: str, session: Session) -> QWidget:
    """A step's page. Its module is imported here, the first time it is shown."""
    module = import_module(f"gui.{step}.page")
    return cast(QWidget, getattr(module, _CLASSES[step])(session))


class MainWindow(QMainWindow):
    """Shows one of the six steps' pages at a time.

    ``painted`` comes once, when the window is on screen for the first time. Closing while a
    run trains asks, stops the run, waits for its end, and closes then.
    """

    painted = Signal()

    def __init__(
        self, session: Session, page_maker: PageMaker = make_page, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session, self._make_page = session, page_maker
        self._pages: dict[str, QWidget] = {}
        self._was_painted = False
        self.setMinimumSize(SMALLEST)
        self.setAcceptDrops(True)
        self.rail = StepRail()
        self.messages = MessageBar()
        self.offer = OfferBar()
        self.unfinished = UnfinishedRuns(session, self.offer)
        self.weights_offer = WeightsOffer(session, self)
        self.archives = RunArchives(session, self)
        self.run_bar = RunBar(session)
        self._stack = QStackedWidget()
        self._lay_out()
        self.menus = Menus(self, session, self.archives)
        app = cast(QApplication, QApplication.instance())
        self._undo_keys = UndoKeys(app, self)
        self._connect()
        self._closing = Closing(self, session)
        self.set_rail_collapsed(session.settings.rail_collapsed)
        self._restore_geometry()
        self._refresh()
        self.show_step("data")

    def _lay_out(self) -> None:
        page = QVBoxLayout()
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.messages)
        page.addWidget(self.offer)
        page.addWidget(self._stack, 1)
        upper = QHBoxLayout()
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(0)
        upper.addWidget(self.rail)
        upper.addLayout(page, 1)
        central = QWidget()
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(upper, 1)
        layout.addWidget(self.run_bar)
        self.setCentralWidget(central)

    def _connect(self) -> None:
        session = self._session
        self._connect_menus()
        self.rail.chosen.connect(self.show_step)
        self.rail.collapse_asked.connect(self.set_rail_collapsed)
        for signal in (
            session.choices_changed,
            session.dataset_changed,
            session.scan_started,
            session.scan_failed,
            session.engine_changed,
            session.looks.changed,
            session.training_started,
            session.training_stopping,
            session.training_steered,
            session.run_shown,
            session.training_finished,
            session.meaning.changed,
        ):
            signal.connect(self._refresh)
        for ready in (
            session.choices_changed,
            session.dataset_changed,
            session.engine_changed,
            session.training_finished,
        ):
            ready.connect(session.meaning.ask)
        self._soon = QTimer(self, singleShot=True, interval=_SOON_MILLISECONDS)
        self._soon.timeout.connect(self._refresh)
        session.event_received.connect(self._refresh_soon)
        session.scan_failed.connect(self._scan_failed)
        session.training_failed.connect(self._training_failed)
        session.training_started.connect(self._training_started)
        self.unfinished.showing.connect(lambda: self.show_step("train"))
        self.archives.opened.connect(self._run_opened)
        session.replay.experiment_asked.connect(self._play_experiment)

    def _connect_menus(self) -> None:
        menus, files = self.menus, self.menus.files
        menus.step_asked.connect(self.show_step)
        menus.path_chosen.connect(self.open_path)
        menus.rail_folded.connect(self.set_rail_collapsed)
        menus.failed.connect(self.show_error)
        files.step_asked.connect(self.show_step)
        files.folder_chosen.connect(self.open_path)
        files.recipe_chosen.connect(self.open_recipe)
        files.failed.connect(self.messages.show_error)
        self.run_bar.button_changed.connect(menus.refresh)

    # -- navigation -------------------------------------------------------------------------

    @property
    def step(self) -> str:
        """The name of the step that is shown."""
        return self.rail.current

    @property
    def page(self) -> QWidget | None:
        """The page that is shown."""
        return self._stack.currentWidget()

    def show_step(self, step: str) -> None:
        """Show a step's page, making it at the first time; "page/tab" a tab of it."""
        step, _, tab = step.partition("/")
        if step not in self._pages:
            page = self._make_page(step, self._session)
            self._pages[step] = page
            self._stack.addWidget(page)
            if hasattr(page, "navigate"):
                page.navigate.connect(self.show_step)
        page = self._pages[step]
        if tab and hasattr(page, "show_tab"):
            page.show_tab(tab)
        self._stack.setCurrentWidget(page)
        self.rail.set_current(step)
        self.menus.set_step(step)

    def _training_failed(self, error: ThawError) -> None:
        if self.step != "train":  # which says so itself
            self.show_error(error)

    def show_error(self, error: ThawError) -> None:
        """Show what went wrong above the page, until it is closed."""
        self.messages.show_error(base_words.error_text(error))

    def set_rail_collapsed(self, collapsed: bool) -> None:
        """Show only the rail's icons, or its names too where there is room; remembered."""
        self._session.settings.rail_collapsed = collapsed
        self.rail.set_collapsed(collapsed)
        self.menus.set_rail_collapsed(collapsed)

    def _refresh_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _refresh(self) -> None:
        for step in rail.STEPS:
            self.rail.set_status(step, rail.step_status(step, self._session))
        summary = self._session.summary
        self.setWindowTitle(f"{summary.name} - Thaw" if summary is not None else "Thaw")

    def _play_experiment(self, directory: Path) -> None:
        from gui.compare.experiments.replay import ExperimentReplay  # it draws by matplotlib

        ExperimentReplay.open_on(directory, self)

    def _scan_failed(self, error: ThawError) -> None:
        if self.step != "data" and error.code != "stopped":
            self.show_error(error)

    def _training_started(self) -> None:
        self.messages.hide()
        self.show_step("train")

    # -- opening ----------------------------------------------------------------------------

    def open_path(self, path: Path) -> None:
        """Open a recipe file, a run that was saved as one file, or a folder as the dataset."""
        if archive.may_be_archive(path) and not path.is_dir():
            self.archives.open(path)
        elif path.suffix.lower() in recipe_files.SUFFIXES and not path.is_dir():
            self.open_recipe(path)
        else:
            self.show_step("data")
            self._session.open_folder(path)

    def open_recipe(self, path: Path) -> None:
        """Take the recipe in a file, or say what is wrong with it."""
        try:
            self._session.set_recipe(recipe_files.load(path, self._session.recipe))
        except ThawError as error:
            self.messages.show_error(recipe_files.explained(path, error))
        else:
            self.messages.hide()

    def _run_opened(self, directory: Path) -> None:
        """Show a run that came from a file in the list."""
        self.messages.hide()
        self.show_step("compare")
        page = self.page
        if page is not None and hasattr(page, "show_opened"):
            page.show_opened(directory)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.open_path(path)

    # -- size, first paint, closing ---------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.rail.set_narrow(self.width() < NARROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def _restore_geometry(self) -> None:
        geometry = self._session.settings.geometry
        if geometry is None or not self.restoreGeometry(QByteArray(geometry)):
            room = self.screen().availableSize()
            self.resize(_FIRST.boundedTo(room).expandedTo(SMALLEST))

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing.may_close():
            event.ignore()
            return
        self._session.settings.geometry = self.saveGeometry()
        self._session.settings.sync()
        event.accept()

    def close_after_run(self) -> None:
        """Stop the run or experiment that trains, wait for its end, and close. Doesn't ask."""
        self._closing.after_run()


def _dropped(event: QDropEvent) -> Path | None:
    """The folder, recipe file or run in one file that is dragged over the window."""
    urls = event.mimeData().urls()
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    is_recipe = path.suffix.lower() in recipe_files.SUFFIXES
    fits = path.is_dir() or is_recipe or archive.may_be_archive(path)
    return path if fits else None
