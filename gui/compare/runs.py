"""Every run there is: found, sorted, named, shown, gone on with, ticked for comparing."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPalette, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError
from core.runs import list as run_list
from core.runs.archive import Saved
from core.runs.events import EpochFinished, Event
from core.runs.list import ListedRun
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.compare.run_actions import RunsActions, RunsWork
from gui.controls.notices import EmptyState, NoticeBar
from gui.runs import files as runs_files
from gui.runs import words as run_words
from gui.runs.files import RunArchives
from gui.runs.table import RunsModel, RunsTable
from gui.session.session import Session

_SEARCH_WIDTH = 300


class RunsView(QWidget):
    """Reads the runs folder in the background: when it is shown or the window comes to the front,
    and when a run begins or ends; of the run that trains, its line after each epoch.

    Signals: ``navigate`` with the name of a page; ``compare_asked`` with the directories of the
    ticked runs; ``listed`` once the folder was read.
    """

    navigate = Signal(str)
    compare_asked = Signal(list)
    listed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._list = Latest(self)
        self._look = Latest(self, self._list)
        self._select_next: list[Path] = []
        self.model = RunsModel(self)
        self.offers = RunsActions(session, self)
        self.work = RunsWork(session, self)
        self.archives = RunArchives(session, self)
        self._make_widgets()
        self._lay_out()
        self._connect()
        self._ticks_changed()

    # -- making it --------------------------------------------------------------------------

    def _make_widgets(self) -> None:
        self.empty = EmptyState("compare", "train")
        words = self.tr("No runs yet. Each training leaves one, and all of them are listed here.")
        self.empty.show_words(words, self.tr("Train"))
        self.notice = NoticeBar()
        self.search = QLineEdit(clearButtonEnabled=True)
        self.search.setPlaceholderText(self.tr("Find a name, note, dataset or recipe"))
        self.search.setAccessibleName(self.tr("Find runs"))
        self.search.setToolTip(self.tr("Find runs by name, note, dataset or recipe (Ctrl+F)"))
        self.search.setMaximumWidth(_SEARCH_WIDTH)
        self.starred_first = QCheckBox(self.tr("Starred firs&t"))
        self.starred_first.setChecked(True)
        self.count = QLabel(self.tr("reading…"))
        self.open_button = QPushButton(theme.icon("open"), self.tr("&Open a run file…"))
        self.open_button.setToolTip(self.tr("A run that was saved as one file (.thaw.zip)"))
        self.table = RunsTable(self.model)
        self.said = QLabel(
            self.tr(
                "Accuracy: of the kept epoch on n validation pictures, with its 95 % interval. "
                "That epoch was chosen on these pictures, unless it is the last or the only one."
            )
        )
        self.said.setFont(theme.small_font())
        self.said.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.ticked = QLabel(run_words.ticked(0))
        # the buttons beside it stay where they are, or a click on Compare would untick all
        self.ticked.setMinimumWidth(self.ticked.sizeHint().width())
        self.compare = QPushButton(theme.icon("compare"), self.tr("&Compare"))
        self.compare.clicked.connect(lambda: self.compare_asked.emit(self.model.ticked))
        self.untick = QPushButton(self.tr("&Untick all"))
        self.untick.clicked.connect(self.model.untick_all)
        self.buttons = [_button(action) for action in self.offers.main]
        self.more = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setText(self.tr("More"))
        self.more.setIcon(theme.icon("more"))
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setMenu(self.offers.more)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.search, 1)
        head.addWidget(self.starred_first)
        head.addWidget(self.count)
        head.addStretch()
        head.addWidget(self.open_button)
        foot = QHBoxLayout()
        foot.setSpacing(6)
        left: list[QWidget] = [self.ticked, self.compare, self.untick]
        right: list[QWidget] = [*self.buttons, self.more]
        for one in left:
            foot.addWidget(one)
        foot.addStretch(1)
        for one in right:
            foot.addWidget(one)
        self.content = QWidget()
        column = QVBoxLayout(self.content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.table, 1)
        column.addWidget(self.said)
        column.addLayout(foot)
        self.stack = QStackedLayout()
        self.stack.addWidget(self.content)
        self.stack.addWidget(self.empty)
        page = QVBoxLayout(self)
        page.setContentsMargins(12, 10, 12, 10)
        page.addWidget(self.notice)
        page.addLayout(self.stack, 1)

    def _connect(self) -> None:
        session, work = self._session, self.work
        self._list.done.connect(self._show)
        self._list.failed.connect(self._fail)
        self._look.done.connect(self._show_one)
        self._look.failed.connect(self._fail)
        self.empty.button.clicked.connect(lambda: self.navigate.emit("train"))
        self.search.textChanged.connect(self._find)
        self.starred_first.toggled.connect(self.model.set_starred_first)
        self.open_button.clicked.connect(self.archives.ask_open)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._begin_search)
        self.model.ticks_changed.connect(self._ticks_changed)
        self.model.rename_asked.connect(self._rename)
        self.table.picked.connect(lambda: self.offers.show_selected(self.table.selected))
        self.table.show_asked.connect(self.offers.show.trigger)
        self.table.delete_asked.connect(self.offers.delete.trigger)
        self.table.star_asked.connect(self._star)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.offers.asked.connect(self._do)
        work.changed.connect(self._look_at)
        work.gone.connect(self.refresh)
        work.said.connect(self.notice.say)
        work.navigate.connect(self.navigate)
        self.archives.opened.connect(self.show_opened)
        self.archives.saved.connect(self._saved)
        self.archives.failed.connect(work.fail)
        for signal in (session.run_created, session.training_finished):
            signal.connect(self._refresh_if_seen)
        session.event_received.connect(self._event)
        for signal in (
            session.training_started,
            session.training_finished,
            session.run_shown,
            session.engine_changed,
        ):
            signal.connect(self.offers.refresh)

    # -- what is shown ----------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the runs folder again."""
        self._list.submit(runs_files.listing(self._session.settings.runs_folder))

    def show_opened(self, directory: Path) -> None:
        """Select the run in ``directory``, which has come from a file, once it is listed."""
        self._select_next = [directory]
        self.search.clear()
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._refresh_if_seen()

    def _refresh_if_seen(self) -> None:
        if self.isVisible():
            self.refresh()

    def _event(self, event: Event) -> None:
        run = self._session.run
        if isinstance(event, EpochFinished) and run is not None and self.isVisible():
            self._look_at(run.directory)

    def _look_at(self, directory: Path) -> None:
        """Read one line again; several at once are no less work than all."""
        if self._look.is_busy:
            self.refresh()
        else:
            self._look.call(run_list.of_directory, directory)

    def _show(self, runs: list[ListedRun]) -> None:
        self.model.set_runs(runs)
        self.stack.setCurrentWidget(self.content if runs else self.empty)
        self._count()
        if self._select_next:
            self.table.clearSelection()
            self.table.select(self._select_next)
            self._select_next = []
        self.listed.emit()

    def _show_one(self, run: ListedRun | None) -> None:
        if run is None:
            self.refresh()
        elif run.directory.parent == self._session.settings.runs_folder:
            self.model.set_run(run)
            self._count()

    def _fail(self, error: ThawError) -> None:
        self.notice.say(base_words.error_text(error) + ".")
        self._count()

    def _count(self) -> None:
        self.count.setText(run_words.count(self.model.rowCount(), self.model.total))

    def _ticks_changed(self) -> None:
        number = len(self.model.ticked)
        self.ticked.setText(run_words.ticked(number))
        self.compare.setEnabled(number > 1)
        self.untick.setEnabled(number > 0)

    # -- what a person does -----------------------------------------------------------------

    def _begin_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _find(self, words: str) -> None:
        self.model.set_search(words)
        self._count()

    def _rename(self, directory: Path, name: str) -> None:
        row = self.model.row_of(directory)
        if row is not None:
            self.work.rename(self.model.run(row), name)

    def _star(self, directory: Path) -> None:
        row = self.model.row_of(directory)
        if row is not None:
            self.work.star([self.model.run(row)])

    def _show_menu(self, place: QPoint) -> None:
        menu = self.offers.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.table.viewport().mapToGlobal(place))

    def _saved(self, saved: Saved) -> None:
        self.notice.say(runs_files.told(saved))

    def _do(self, name: str) -> None:
        selected = self.table.selected
        if not selected:
            return
        one, work = selected[0], self.work
        deeds: dict[str, Callable[[], object]] = {
            "show": lambda: work.show(one),
            "resume": lambda: work.resume(one),
            "extend": lambda: work.extend(one),
            "recipe": lambda: work.take_recipe(one),
            "replay": lambda: self._session.play_run(one.directory),
            "rename": self.table.begin_rename,
            "note": lambda: work.ask_note(one),
            "star": lambda: work.star(selected),
            "save": lambda: self.archives.ask_save(one.directory),
            "folder": lambda: work.open_folder(one),
            "delete": lambda: work.ask_delete(selected),
        }
        deeds[name]()


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    return button
