"""The Experiments tab: ready-made experiments, the queue, the one that runs, and earlier ones."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QPen, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyleOptionFocusRect,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import ThawError
from core.dataset.folder import printable
from core.experiments.experiment import CUSTOM
from core.runs import list as run_list
from gui.base import theme
from gui.base import words as base_words
from gui.base.background import Latest
from gui.compare.experiments.replay import ExperimentReplay
from gui.compare.experiments.result import ExperimentResult
from gui.compare.experiments.setup import ExperimentSetup
from gui.controls.inputs import ChoiceButton
from gui.controls.layouts import ScrollColumn
from gui.controls.notices import NoticeBar
from gui.runs import experiments as experiment_words
from gui.runs.experiments import Listed, Opened
from gui.runs.export import ExperimentExport
from gui.session.experiments import ExperimentJobs
from gui.session.session import Session

_PAD, _GAP = 9, 2
_WRAP = int(Qt.TextFlag.TextWordWrap)


class ExperimentCard(ChoiceButton):
    """A button that stays down, with its name and a sentence that wraps."""

    def __init__(self, name: str, title: str, about: str, parent: QWidget | None = None) -> None:
        """``name`` is the kind's code."""
        super().__init__(title, parent)
        self.name = name
        self._about = about
        self.setAccessibleDescription(about)
        self.setToolTip(about)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_about(self, about: str) -> None:
        """Change the sentence."""
        self._about = about
        self.setAccessibleDescription(about)
        self.setToolTip(about)
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        title, small = QFontMetrics(theme.font(bold=True)), QFontMetrics(theme.small_font())
        room = QRect(0, 0, width - 2 * _PAD, 1000)
        words = small.boundingRect(room, _WRAP, self._about)
        name = title.boundingRect(room, _WRAP, self.text())
        return name.height() + _GAP + words.height() + 2 * _PAD - 4

    def sizeHint(self) -> QSize:
        return QSize(280, self.heightForWidth(280))

    def minimumSizeHint(self) -> QSize:
        return QSize(180, self.heightForWidth(max(self.width(), 180)))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, roles, palette = QPainter(self), QPalette.ColorRole, self.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        role = roles.Accent if chosen or self.underMouse() else roles.Mid
        painter.setPen(QPen(palette.color(role), 2 if chosen else 1))
        painter.setBrush(palette.color(roles.Button if self.isDown() else roles.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        room = self.rect().adjusted(_PAD, _PAD - 2, -_PAD, -_PAD + 2)
        painter.setPen(palette.color(roles.Text))
        painter.setFont(theme.font(bold=True))
        title = painter.fontMetrics().boundingRect(room, _WRAP, self.text())
        painter.drawText(room, _WRAP, self.text())
        room.setTop(room.top() + title.height() + _GAP)
        painter.setFont(theme.small_font())
        painter.drawText(room, _WRAP, self._about)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            option.rect = self.rect().adjusted(3, 3, -3, -3)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )
        painter.end()


_DIRECTORY = Qt.ItemDataRole.UserRole
_HAS_RUNS = Qt.ItemDataRole.UserRole + 1
_LIST_HEIGHT = 170


class ExperimentList(QWidget):
    """Signals: ``opened`` with the directory of one that is to be shown, ``played`` with that of
    one to be played back, ``thrown`` with that of one that is to go to the trash."""

    opened = Signal(object)
    played = Signal(object)
    thrown = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = QLabel(self.tr("Earlier experiments"))
        self.heading.setFont(theme.font(bold=True))
        self.list = QListWidget()
        self.list.setMinimumHeight(_LIST_HEIGHT)
        self.list.setAccessibleName(self.heading.text())
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(self._show)
        self.list.itemSelectionChanged.connect(self._show_selected)
        self.replay = QPushButton(theme.icon("train"), self.tr("Replay"))
        self.replay.clicked.connect(self._play)
        self.trash = QPushButton(theme.icon("close"), self.tr("Move to the trash"))
        self.trash.clicked.connect(self._throw)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.replay)
        row.addWidget(self.trash)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.heading)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        self.show_all(())

    @property
    def selected(self) -> Path | None:
        """The directory of the one that is selected."""
        items = self.list.selectedItems()
        return items[0].data(_DIRECTORY) if items else None

    def show_all(self, listed: Sequence[Listed]) -> None:
        """Show these; what is selected stays so."""
        before = self.selected
        self.list.blockSignals(True)
        self.list.clear()
        for one in listed:
            kind = experiment_words.title(one.experiment.kind)
            folder = printable(Path(one.experiment.folder).name)
            told = experiment_words.how_far(one)
            item = QListWidgetItem(f"{kind}: {folder}\n{told}")
            item.setData(_DIRECTORY, one.directory)
            item.setData(_HAS_RUNS, one.done > 0)
            item.setToolTip(base_words.plain_tip(f"{item.text()}\n{printable(str(one.directory))}"))
            self.list.addItem(item)
            item.setSelected(one.directory == before)
        self.list.blockSignals(False)
        self.setVisible(bool(listed))
        self._offer()

    def mark(self, directory: Path) -> None:
        """Mark the one that is shown; nothing is emitted."""
        self.list.blockSignals(True)
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.data(_DIRECTORY) == directory:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        self._offer()

    def _offer(self) -> None:
        items = self.list.selectedItems()
        plays = bool(items) and bool(items[0].data(_HAS_RUNS))
        self.trash.setEnabled(bool(items))
        self.replay.setEnabled(plays)
        self.replay.setToolTip(
            self.tr("Plays it back: all its curves grow together")
            if plays or not items
            else self.tr("No run of it is finished: there is nothing to play yet")
        )

    def _play(self) -> None:
        if self.selected is not None:
            self.played.emit(self.selected)

    def _show(self, item: QListWidgetItem) -> None:
        self.opened.emit(item.data(_DIRECTORY))

    def _show_selected(self) -> None:
        self._offer()
        if self.selected is not None:
            self.opened.emit(self.selected)

    def _throw(self) -> None:
        if self.selected is not None:
            self.thrown.emit(self.selected)


_QUEUE_HEIGHT = 110


class ExperimentQueue(QWidget):
    """A list of titles; one can be moved or taken out, and all of them."""

    def __init__(self, jobs: ExperimentJobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.hint = QLabel(wordWrap=True)
        self.hint.setFont(theme.small_font())
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Recipes of the queue"))
        self.list.setFixedHeight(_QUEUE_HEIGHT)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.up = QPushButton(theme.icon("up"), self.tr("Up"))
        self.down = QPushButton(theme.icon("down"), self.tr("Down"))
        self.remove = QPushButton(theme.icon("minus"), self.tr("Take out"))
        self.clear = QPushButton(theme.icon("close"), self.tr("Empty"))
        self.clear.setToolTip(self.tr("Takes all recipes out of the queue"))
        self._lay_out()
        self.up.clicked.connect(lambda: self._move(-1))
        self.down.clicked.connect(lambda: self._move(1))
        self.remove.clicked.connect(lambda: jobs.remove(self.list.currentRow()))
        self.clear.clicked.connect(jobs.clear)
        self.list.currentRowChanged.connect(self._offer)
        jobs.queue_changed.connect(self.refresh)
        self.refresh()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button in (self.up, self.down, self.remove, self.clear):
            buttons.addWidget(button)
        buttons.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.hint)
        column.addWidget(self.list)
        column.addLayout(buttons)

    def refresh(self) -> None:
        """Show the queue as it is: what was selected stays so, what was added becomes so."""
        before, row = self.list.count(), self.list.currentRow()
        self.list.clear()
        for title, _recipe in self._jobs.queue:
            item = QListWidgetItem(title)
            item.setToolTip(base_words.plain_tip(title))
            self.list.addItem(item)
        last = self.list.count() - 1
        self.list.setCurrentRow(last if last >= before else min(row, last))
        self.hint.setText(
            self.tr("Each is set against the first, and all divide the pictures as the first does.")
            if last > 0
            else self.tr("“Add to queue” in the Run menu puts the chosen recipe in.")
        )
        self._offer()

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        self._jobs.move(row, row + by)
        self.list.setCurrentRow(row + by)

    def _offer(self) -> None:
        row, last = self.list.currentRow(), self.list.count() - 1
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < last)
        self.remove.setEnabled(row >= 0)
        self.clear.setEnabled(last >= 0)


_CARDS_WIDTH = 320


class ExperimentsView(QWidget):
    """Renders the session's experiments; what came of one is read in the background.

    Signal: ``shown`` once an experiment was read and is on screen.
    """

    shown = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, session.experiments
        self._opened: Opened | None = None
        self._wanted: Path | None = None
        self._list = Latest(self)
        self._open, self._throw = Latest(self, self._list), Latest(self, self._list)
        self.notice = NoticeBar()
        self.cards = {
            kind: ExperimentCard(kind, experiment_words.title(kind), experiment_words.about(kind))
            for kind in experiment_words.ALL
        }
        self._group = QButtonGroup(self)
        for card in self.cards.values():
            self._group.addButton(card)
        self.queue = ExperimentQueue(self._jobs)
        self.setup = ExperimentSetup(session)
        self.result = ExperimentResult()
        self.export = ExperimentExport(self)
        self.result.set_menu(self.export)
        self.line = QFrame()
        self.line.setFrameShape(QFrame.Shape.HLine)
        self.line.setFrameShadow(QFrame.Shadow.Sunken)
        self._show_result(False)  # until there is one
        self.earlier = ExperimentList()
        self._lay_out()
        self._connect()
        self.choose("transfer")

    def _lay_out(self) -> None:
        left = ScrollColumn()
        left.setFixedWidth(_CARDS_WIDTH)
        left.column.setSpacing(6)
        for card in self.cards.values():
            left.column.addWidget(card)
        left.column.addSpacing(8)
        left.column.addWidget(self.earlier, 1)
        left.column.addStretch()
        right = ScrollColumn()
        right.column.addWidget(self.setup)
        right.column.addWidget(self.queue)
        right.column.addWidget(self.line)
        right.column.addWidget(self.result, 1)
        right.column.addStretch()  # without a result all of it stays at the top
        right.column.addStretch()  # no wider apart while there is no result
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left)
        row.addWidget(right, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self.notice)
        page.addLayout(row, 1)

    def _connect(self) -> None:
        self._group.buttonClicked.connect(lambda card: self.choose(card.name))
        self.result.go_on_asked.connect(self._go_on)
        self.earlier.opened.connect(self.open)
        self.earlier.played.connect(lambda place: ExperimentReplay.open_on(place, self.window()))
        self.earlier.thrown.connect(self._ask_throwing)
        self._list.done.connect(self._show_list)
        self._list.failed.connect(self._fail)
        self._open.done.connect(self._show)
        self._open.failed.connect(self._fail)
        self._throw.done.connect(self._thrown)
        self._throw.failed.connect(self._fail)
        self.export.exported.connect(self.notice.say)
        self.export.failed.connect(self._fail)
        self._jobs.advanced.connect(self._advanced)
        self._jobs.epoch_finished.connect(self._show_live)
        self._jobs.running_changed.connect(self._running_changed)
        self._jobs.queue_changed.connect(self._queue_changed)
        self._session.training_started.connect(self._offer_going_on)
        self._session.training_finished.connect(self._offer_going_on)

    # -- what is shown ----------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Read the list of experiments again."""
        self._list.submit(experiment_words.listing())

    def choose(self, kind: str) -> None:
        """Offer an experiment to be started."""
        self.cards[kind].setChecked(True)
        self.setup.show_kind(kind)
        self._show_queue()

    def _show_queue(self) -> None:
        """Not while one runs, whose recipes it may have no more."""
        self.queue.setVisible(self.cards[CUSTOM].isChecked() and not self._jobs.is_running)

    def open(self, directory: Path) -> None:
        """Show what came of the experiment in ``directory``."""
        self._wanted = directory
        self._open.call(experiment_words.opened, directory)

    def _show_list(self, listed: list[Listed]) -> None:
        self.earlier.show_all(listed)
        if self._opened is None and self._wanted is None and listed:
            self.open(listed[0].directory)

    def _show(self, opened: Opened) -> None:
        self._opened = opened
        experiment = opened.listed.experiment
        self.result.show_experiment(opened)
        self._show_result(True)
        self._show_live()
        self.earlier.mark(opened.listed.directory)
        self.export.set_experiment(opened.listed.directory)
        if not self._jobs.is_running or opened.listed.directory == self._jobs.directory:
            self.setup.show_running(experiment)
        self._offer_going_on()
        self.shown.emit()

    def _show_result(self, shows: bool) -> None:
        self.result.setVisible(shows)
        self.line.setVisible(shows)

    def _offer_going_on(self) -> None:
        lacks = self._opened is not None and not self._opened.listed.is_finished
        is_free = not self._jobs.is_running and not self._session.is_training
        self.result.go_on.setVisible(lacks and is_free)

    def _show_live(self) -> None:
        """The run that trains, where its experiment is the one that is shown."""
        shown = self._opened.listed.directory if self._opened is not None else None
        doing = self._jobs.doing
        arm = doing.arm if self._jobs.is_running and shown == self._jobs.directory else ""
        self.result.canvas.show_live(arm, doing.accuracies)

    def _advanced(self) -> None:
        """Read the one that runs again, where it is the one that is shown: another one that a
        person reads meanwhile stays."""
        directory = self._jobs.directory
        if directory is None or not self._jobs.is_kept:
            return
        if self._wanted in (None, directory):
            self.open(directory)
        self.refresh()

    def _running_changed(self) -> None:
        self._offer_going_on()
        self._show_queue()
        if self._jobs.is_running:
            self.notice.hide()
            self._wanted = self._jobs.directory  # asked for by its Start, or Go on
        elif not self._jobs.is_kept:  # nothing came of it
            self._wanted = self._opened.listed.directory if self._opened is not None else None
        else:
            self._advanced()

    def _queue_changed(self) -> None:
        self.choose(CUSTOM)

    def _fail(self, error: ThawError) -> None:
        self.notice.say(base_words.error_text(error) + ".")

    # -- what a person does -----------------------------------------------------------------

    def _go_on(self) -> None:
        if self._opened is not None:
            self._jobs.resume(self._opened.listed.directory)

    def _ask_throwing(self, directory: Path) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Thaw"))
        box.setText(self.tr("Move this experiment and all its runs to the trash?"))
        throw = box.addButton(self.tr("Move to the trash"), QMessageBox.ButtonRole.AcceptRole)
        keep = box.addButton(self.tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        box.finished.connect(lambda: self._answered(directory, throws=box.clickedButton() is throw))
        box.finished.connect(box.deleteLater)
        box.open()

    def _answered(self, directory: Path, *, throws: bool) -> None:
        if throws:
            self._throw.call(run_list.move_to_trash, directory)

    def _thrown(self) -> None:
        """Show the newest of those that are left."""
        self._opened = self._wanted = None
        self._show_result(False)
        self.refresh()
