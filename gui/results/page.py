"""The Results page: the score, the classes, wrong images, and a place to classify any image."""

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.runs.evaluation import Result
from core.runs.run import Run
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import ElidedLabel, PathField
from gui.controls.notices import EmptyState, NoticeBar
from gui.results import classes, score
from gui.results.classes import ClassResults
from gui.results.confusion import ConfusionMatrix
from gui.results.misclassified import WrongPictures
from gui.results.prediction import PredictionJobs, PredictionPanel
from gui.results.score import ResultScore, SkippedPictures
from gui.runs import words as run_words
from gui.session.session import Session

_WIDTH = 348


class ResultColumn(QScrollArea):
    """As wide as its parts need; it scrolls where they are higher than the page."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.score = ResultScore()
        self.skipped = SkippedPictures()
        self.worst_first = QCheckBox(self.tr("&Worst first"))
        self.classes = ClassResults()
        self.panel = PredictionPanel()
        self._lay_out()
        self.worst_first.toggled.connect(self._sort)
        self.classes.horizontalHeader().sortIndicatorChanged.connect(self._sorted)

    def _lay_out(self) -> None:
        heading = QLabel(self.tr("Class by class"))
        heading.setFont(theme.heading_font())
        self._head = QWidget()
        row = QHBoxLayout(self._head)
        row.setContentsMargins(0, 4, 0, 0)
        row.addWidget(heading, 1)
        row.addWidget(self.worst_first)
        inside = _Column()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 2, 0)
        column.setSpacing(6)
        column.addWidget(self.score)
        column.addWidget(self.skipped)
        column.addWidget(self._head)
        column.addWidget(self.classes, 1)
        column.addSpacing(6)
        column.addWidget(self.panel)
        column.addStretch()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(_WIDTH)
        self.setWidget(inside)
        for part in (self, inside):
            part.setBackgroundRole(QPalette.ColorRole.Window)

    def show_classes(self, shown: bool) -> None:
        """Show the table class by class, or hide it."""
        self._head.setVisible(shown)
        self.classes.setVisible(shown)

    def show_result(self, result: Result) -> None:
        """Fill that table."""
        self.classes.show_results(result.per_class)

    def reveal_answers(self, most: int) -> None:
        """Scroll to the answers, at ``most`` that far."""
        self.verticalScrollBar().setValue(min(self.panel.y(), most))

    def _sort(self, worst_first: bool) -> None:
        if worst_first != self.classes.is_worst_first:
            self.classes.sort_by(classes.RIGHT if worst_first else classes.NAME)

    def _sorted(self) -> None:
        self.worst_first.setChecked(self.classes.is_worst_first)


class _Column(QWidget):
    """As low as its parts can get before it scrolls; Qt would take the height they wish."""

    def heightForWidth(self, width: int) -> int:
        layout = self.layout()
        return layout.totalMinimumHeightForWidth(width) if layout is not None else -1


class ResultDetails(QWidget):
    """A click on a mistake in the matrix leaves only its pictures in the list.

    Signal: ``picture_chosen`` with the path of a wrong picture that was clicked.
    """

    picture_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        heading = QLabel(self.tr("Confusion matrix: what was taken for what"))
        heading.setFont(theme.heading_font())
        self.confusion = ConfusionMatrix()
        self.wrong = WrongPictures()
        self.confusion.cell_chosen.connect(self.wrong.show_cell)
        self.wrong.all_asked.connect(self._show_all)
        self.wrong.picture_chosen.connect(self.picture_chosen)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(heading)
        column.addWidget(self.confusion, 100)
        column.addSpacing(6)
        column.addWidget(self.wrong, 1)

    def show_result(self, result: Result, folder: Path) -> None:
        """Show ``result``, whose pictures lie in ``folder``; all mistakes are listed."""
        self.confusion.show_result(result)
        self.wrong.show_result(result, folder)

    def _show_all(self) -> None:
        self.confusion.clear_choice()
        self.wrong.show_cell(None)


_REFRESH_MILLISECONDS = 150


class ResultsPage(QWidget):
    """Renders the session's result; while a run trains, the best epoch so far.

    Signal: ``navigate`` with the name of the page to go to.
    """

    navigate = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._failure: ThawError | None = None
        self._shown: Result | None = None
        self._run: Run | None = None
        self._timer = QTimer(self, singleShot=True, interval=_REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._reveals = False
        self._jobs = PredictionJobs(self)
        self._make_widgets()
        self._lay_out()
        self._connect()
        self.refresh()

    # -- making it --------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.headline = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.headline.setFont(theme.heading_font())
        self.headline.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.recipe = ElidedLabel()
        self.recipe_changed = ElidedLabel()
        self.path = PathField()
        self.path.setAccessibleName(self.tr("The run's folder"))
        self.path.setFont(theme.small_font())
        self.open_folder = QPushButton(theme.icon("folder"), self.tr("&Open the run's folder"))
        self.left = ResultColumn()
        self.score, self.skipped = self.left.score, self.left.skipped
        self.worst_first, self.classes = self.left.worst_first, self.left.classes
        self.panel = self.left.panel
        self.details = ResultDetails()
        self.later = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self.empty = EmptyState("results", "train")
        self.outdated = NoticeBar(self.tr("&Scan again"))

    def _lay_out(self) -> None:
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        content = QWidget()
        body = QHBoxLayout()
        body.setSpacing(14)
        body.addWidget(self.left)
        body.addLayout(self._right_column(), 1)
        page = QVBoxLayout(content)
        page.setContentsMargins(12, 8, 12, 10)
        page.setSpacing(8)
        page.addLayout(self._head())
        page.addWidget(self.outdated)
        page.addLayout(body, 1)
        self._stack.addWidget(content)

    def _head(self) -> QHBoxLayout:
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.headline)
        words.addWidget(self.recipe)
        words.addWidget(self.recipe_changed)
        place = QVBoxLayout()
        place.setSpacing(2)
        place.addWidget(self.open_folder, 0, Qt.AlignmentFlag.AlignRight)
        place.addWidget(self.path)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addLayout(words, 3)
        head.addLayout(place, 2)
        return head

    def _right_column(self) -> QVBoxLayout:
        right = QVBoxLayout()
        right.addWidget(self.details, 1)
        right.addWidget(self.later, 1)
        return right

    def _connect(self) -> None:
        session = self._session
        self.empty.button.clicked.connect(lambda: self.navigate.emit("train"))
        self.open_folder.clicked.connect(self._open_folder)
        self.details.picture_chosen.connect(lambda path: self.panel.offer([path]))
        self.panel.files_chosen.connect(self._classify)
        self._jobs.answered.connect(self.panel.show_answer)
        self._jobs.failed.connect(
            lambda error: self.panel.show_problem(base_words.error_text(error))
        )
        self._jobs.finished.connect(lambda: self.panel.show_working(False))
        self.left.verticalScrollBar().rangeChanged.connect(self._reveal)
        self.outdated.asked.connect(self._scan_again)
        session.looks.run_changed.connect(
            lambda changes: self._say_outdated(run_words.changed_since_run(changes))
        )
        session.looks.run_pictures_gone.connect(
            lambda error: self._say_outdated(run_words.pictures_gone(error), scans=False)
        )
        session.training_started.connect(self._started)
        session.run_shown.connect(self._started)
        session.run_shown.connect(self._check)
        session.training_failed.connect(self._failed)
        session.experiments.running_changed.connect(self._experiment_changed)
        session.event_received.connect(self._later)
        for signal in (
            session.run_created,
            session.choices_changed,
            session.training_finished,
        ):
            signal.connect(self._refresh_if_seen)

    # -- what a person does -----------------------------------------------------------------

    def _open_folder(self) -> None:
        run = self._session.run
        if run is None:
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(run.directory))):
            template = self.tr("No program opens folders here. The folder is {path}")
            self.headline.setText(fill(template, {"path": printable(str(run.directory))}))

    def _scan_again(self) -> None:
        if self._session.run is not None:
            self._session.open_folder(self._session.run.folder)
            self.navigate.emit("data")

    def _say_outdated(self, sentence: str, scans: bool = True) -> None:
        """Say what is no longer as the run used it; ``scans``: scanning again would help."""
        self.outdated.button.setVisible(scans)
        self.outdated.say(sentence)

    def _classify(self, paths: list[Path]) -> None:
        run, best = self._session.run, self._session.history.best
        if run is not None and best is not None:
            self._reveals = True
            self.panel.show_working(True)
            flips = self.panel.flip_average.isChecked()
            self._jobs.ask(run, (best.stage, best.epoch), paths, flips)

    def _reveal(self, _least: int, most: int) -> None:
        """Scroll to the answers as the column grows by them."""
        if self._reveals:
            self._reveals = self._jobs.is_busy
            self.left.reveal_answers(most)

    # -- what is shown ----------------------------------------------------------------------

    def _started(self) -> None:
        self._failure = None
        self._jobs.forget()
        self._refresh_if_seen()

    def _experiment_changed(self) -> None:
        """An experiment has the machine for itself: a network beside it would set its threads."""
        if self._session.experiments.is_running:
            self._jobs.forget()
            self.panel.show_working(False)
        self._refresh_if_seen()

    def _check(self) -> None:
        """See whether its pictures are as they were, where the page was there before the run."""
        if self.isVisible():
            self._session.check_run()

    def _failed(self, error: ThawError) -> None:
        self._failure = error
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
        self._session.check_run()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def refresh(self) -> None:
        """Render the session's present state."""
        session = self._session
        has_epoch = session.history.best is not None
        self._stack.setCurrentIndex(int(has_epoch))
        if not has_epoch:
            self._refresh_empty()
            return
        self.headline.setText(score.headline(session))
        self.recipe.set_text(score.recipe(session))
        changed = score.recipe_changed(session)
        self.recipe_changed.set_text(changed)
        self.recipe_changed.setVisible(bool(changed))
        if session.run is not None:
            self.path.set_path(session.run.directory)
        self.score.show_history(session.history)
        self.skipped.show_lines(score.skipped(session))
        self.panel.set_available(not session.is_busy_training)
        self._refresh_details()
        self._color()

    def _refresh_empty(self) -> None:
        session = self._session
        if session.is_training:
            self.empty.show_words(
                self.tr("Training is under way: the first result comes when its first epoch ends."),
                self.tr("See the training"),
            )
            return
        ended = run_words.ended(session.history, self._failure)
        none_yet = self.tr("No results yet: they come when a run has been trained.")
        self.empty.show_words(ended or none_yet, self.tr("Train"))

    def _refresh_details(self) -> None:
        session = self._session
        if session.run is not self._run:
            self._run = session.run
            self.panel.clear()
            self.outdated.say("")
        result = session.result
        self.left.show_classes(result is not None)
        self.details.setVisible(result is not None)
        self.later.setVisible(result is None)
        self.later.setText(
            self.tr("Classes and mistakes are shown when the run has ended.")
            if session.is_training
            else self.tr("The run's predictions could not be read; its folder holds what is left.")
        )
        if result is self._shown or result is None or session.run is None:
            return
        self._shown = result
        self.left.show_result(result)
        self.details.show_result(result, session.run.folder)

    def _color(self) -> None:
        finished = self._session.history.finished
        palette = QPalette()
        if finished is not None and finished.outcome == "failed":
            palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("wrong"))
        self.headline.setPalette(palette)
