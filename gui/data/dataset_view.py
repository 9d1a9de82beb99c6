"""An open dataset: its classes, its pictures, what is wrong with it, how it is split and fitted."""

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.folder import Scanned, printable
from core.dataset.health import Health
from core.dataset.split import Split, counts
from core.dataset.summary import DatasetSummary
from core.recipe.config import DatasetConfig, RunConfig
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import ElidedLabel
from gui.controls.notices import NoticeBar
from gui.data import words
from gui.data.classes import ClassTable
from gui.data.findings.panel import FindingsPanel
from gui.data.images.browser import PictureBrowser
from gui.data.resize.panel import FitPanel
from gui.data.split.panel import GROUP, SplitPanel
from gui.data.start import QuickerStart

_LEFT, _RIGHT = 360, 680


class DatasetView(QWidget):
    """Signals: ``changed`` (a recipe's key and value), ``size_asked``, ``open_asked``,
    ``reload_asked``, ``label_asked`` (other classes for pictures without class folders); those
    about pictures are the browser's and the findings' own."""

    changed = Signal(str, object)
    size_asked = Signal()
    open_asked = Signal()
    reload_asked = Signal()
    label_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary: DatasetSummary | None = None
        self._split: Split | None = None
        self._latest: tuple[DatasetSummary, Split, DatasetConfig] | None = None
        self.title = ElidedLabel(parent=self, mode=Qt.TextElideMode.ElideMiddle)
        self.title.setFont(theme.title_font())
        self.counts = QLabel(self)
        self.counts.setFont(theme.font(bold=True))
        self.counts.setToolTip(self.tr("split: training / validation / test"))
        self.layout_found = ElidedLabel(parent=self)
        self.path = ElidedLabel(parent=self, mode=Qt.TextElideMode.ElideMiddle)
        self.path.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.locked = QLabel(
            self.tr("The running recipe is locked; changes are for the next run."), self
        )
        self.open = QPushButton(theme.icon("open"), self.tr("&Open another folder…"), self)
        self.reload = QPushButton(theme.icon("reset"), self.tr("&Reload"), self)
        self.reload.setToolTip(self.tr("Read the folder again"))
        self.label = QPushButton(theme.icon("tag"), self.tr("&Classes…"), self)
        self.label.setToolTip(self.tr("Give the pictures other classes: by name, table or hand"))
        self.label.hide()
        self.quicker = QuickerStart(self)
        self.outdated = NoticeBar(self.tr("&Scan again"), self)
        self.notice = NoticeBar(parent=self)
        self.table = ClassTable(self)
        self.browser = PictureBrowser(self)
        self.findings = FindingsPanel(parent=self)
        self.split = SplitPanel(self)
        self.fit = FitPanel(self)
        self.tabs = QTabWidget(self, documentMode=True)
        self._lay_out()
        self._connect()

    def show_dataset(
        self,
        scanned: Scanned,
        summary: DatasetSummary,
        split: Split,
        recipe: RunConfig,
        health: Health | None = None,
    ) -> None:
        """Show ``summary``, made of ``scanned``, parted into ``split``, as ``recipe`` asks.

        ``health`` is what there is to say about them, where that is known already.
        """
        config = recipe.dataset
        if self._summary is None or summary.folder != self._summary.folder:
            self._show_folder(summary)
        self.counts.setText(words.counts(summary, split))
        self.layout_found.set_text(words.layout(summary, summary.own_splits, config))
        unlabelled = summary.ignored - scanned.ignored
        self.findings.show_dataset(summary, split, recipe, health, unlabelled)
        self._latest = summary, split, config
        self._show_tab()
        if summary is not self._summary or split is not self._split:
            same = self._summary is not None and summary.folder == self._summary.folder
            self._summary, self._split = summary, split
            self.browser.show_pictures(scanned, summary, split)
            # after the grid, which takes the label of a class that moved as it is now
            self.table.show_counts(counts(split, summary.classes), same_folder=same)

    def _show_tab(self) -> None:
        """What is not seen waits: with very many pictures each panel takes its time."""
        panel = self.tabs.currentWidget()
        if self._latest is not None and panel in (self.split, self.fit):
            panel.show_dataset(*self._latest)

    def show_pictures_of(self, state: str) -> None:
        """Show in the grid what a finding is about; see ``FindingsPanel.filter_asked``."""
        if state.startswith("class:"):
            self.table.choose(int(state.removeprefix("class:")))
        else:
            self.table.choose(None)
            self.browser.show_state(state)
        self.tabs.setCurrentWidget(self.browser)
        self.browser.grid.setFocus()

    def show_error(self, key: str, sentence: str) -> None:
        """Mark the field of ``key`` with what is wrong."""
        if key == GROUP or key in self.split.fields.boxes:
            self.split.show_error(key, sentence)
        else:
            self.fit.show_error(key, sentence)

    def _show_folder(self, summary: DatasetSummary) -> None:
        self.title.set_text(summary.name)
        self.path.set_text(printable(str(summary.folder)))
        if self.table.chosen is not None:
            self.table.choose(None)
        self.split.start_afresh()
        self.fit.start_afresh()

    def _show_count(self, count: int) -> None:
        """How many findings there are, on their tab."""
        index = self.tabs.indexOf(self.findings)
        title = self.tr("F&indings")
        if count:
            title = fill(self.tr("F&indings ({count})"), {"count": base_words.count(count)})
        self.tabs.setTabText(index, title)
        self.tabs.setTabIcon(index, theme.icon("warning", "warning") if count else QIcon())

    def _lay_out(self) -> None:
        for panel, title in (
            (self.browser, self.tr("&Pictures")),
            (self.findings, self.tr("F&indings")),
            (self.split, self.tr("Sp&lit")),
            (self.fit, self.tr("Fi&t")),
        ):
            self.tabs.addTab(panel, title)
        # else a click on a tab would put the cursor into the first field below it
        self.tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._header())
        for bar in (self.locked, self.outdated, self.notice, self.quicker):
            page.addWidget(bar)
        page.addWidget(self._body(), 1)

    def _header(self) -> QVBoxLayout:
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
        top.addWidget(self.label)
        top.addWidget(self.open)
        top.addWidget(self.reload)
        found = QHBoxLayout()
        found.setSpacing(14)
        found.addWidget(self.counts)
        found.addWidget(self.layout_found, 1)
        header = QVBoxLayout()
        header.setSpacing(3)
        header.addLayout(top)
        header.addLayout(found)
        header.addWidget(self.path)
        return header

    def _body(self) -> QSplitter:
        body = _Body(Qt.Orientation.Horizontal, self)
        body.addWidget(self.table)
        body.addWidget(self.tabs)
        body.setChildrenCollapsible(False)
        body.setHandleWidth(14)
        body.setStretchFactor(0, 1)
        body.setStretchFactor(1, 2)
        body.setSizes([_LEFT, _RIGHT])
        return body

    def _connect(self) -> None:
        self.open.clicked.connect(self.open_asked)
        self.reload.clicked.connect(self.reload_asked)
        self.label.clicked.connect(self.label_asked)
        self.outdated.asked.connect(self.reload_asked)
        self.table.class_chosen.connect(self._class_chosen)
        self.tabs.currentChanged.connect(self._show_tab)
        self.findings.count_changed.connect(self._show_count)
        self.findings.filter_asked.connect(self.show_pictures_of)
        self.findings.opened.connect(self.browser.open_picture)
        self.findings.fit_asked.connect(lambda: self.tabs.setCurrentWidget(self.fit))
        self.split.filter_asked.connect(self.show_pictures_of)
        self.quicker.asked.connect(lambda size: self.changed.emit("dataset.image_size", size))
        self.fit.size_asked.connect(self.size_asked)
        for panel in (self.findings, self.split, self.fit):
            panel.changed.connect(self._pass_on)

    def _class_chosen(self, label: int | None) -> None:
        self.browser.show_class(label)

    def _pass_on(self, key: str, value: Any) -> None:
        self.changed.emit(key, value)


class _Body(QSplitter):
    """Wants no more height than it needs. A sentence that wraps above it makes a scroll area
    give all of it what it wants, not what it needs."""

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()
