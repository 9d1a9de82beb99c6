"""An open dataset: what it holds, its classes, its pictures, what is wrong with it."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from core.config import DatasetConfig
from core.dataset import DatasetSummary, Sample, Split, SplitName, counts
from core.folders import printable
from gui import data_text, theme
from gui.widgets.class_table import ClassTable
from gui.widgets.dataset_fields import DatasetFields
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.picture_browser import PictureBrowser
from gui.widgets.picture_dialog import PictureDialog
from gui.widgets.problem_list import ProblemList
from gui.widgets.quicker_start import QuickerStart

_LEFT, _RIGHT = 420, 620


class DatasetView(QWidget):
    """Signals: ``changed`` (a recipe's key and value), ``size_asked``, ``open_asked``,
    ``reload_asked``."""

    changed = Signal(str, object)
    size_asked = Signal()
    open_asked = Signal()
    reload_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary: DatasetSummary | None = None
        self._own: frozenset[SplitName] = frozenset()
        self._parted: tuple[Any, ...] = ()
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
        self.quicker = QuickerStart(self)
        self.table = ClassTable(self)
        self.problems = ProblemList(self)
        self.browser = PictureBrowser(self)
        self.fields = DatasetFields(self)
        self._lay_out()
        self._connect()

    def show_dataset(self, summary: DatasetSummary, split: Split, config: DatasetConfig) -> None:
        """Show ``summary`` parted into ``split``, as ``config`` asks for it."""
        if summary is not self._summary:
            self._show_summary(summary)
        self.counts.setText(data_text.counts(summary, split))
        self.layout_found.set_text(data_text.layout(summary, self._own, config))
        self.fields.show_config(config, self._own)
        parted = config.split_seed, config.validation_fraction, config.test_fraction
        if parted != self._parted or summary is not self._summary:
            self._parted, self._summary = parted, summary
            self.table.show_counts(counts(split, summary.classes))
            self.browser.show_pictures(summary, split)

    def _show_summary(self, summary: DatasetSummary) -> None:
        self._own = summary.own_splits
        self.title.set_text(summary.name)
        self.path.set_text(printable(str(summary.folder)))
        self.problems.show_summary(summary)
        self.fields.start_afresh()
        if self._summary is None or summary.classes != self._summary.classes:
            self.browser.show_class(None)

    def _lay_out(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(16, 10, 16, 10)
        page.setSpacing(8)
        page.addLayout(self._header())
        page.addWidget(self.locked)
        page.addWidget(self.quicker)
        page.addWidget(self._body(), 1)
        page.addWidget(self.fields)

    def _header(self) -> QVBoxLayout:
        top = QHBoxLayout()
        top.addWidget(self.title, 1)
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
        left = QWidget(self)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.table, 3)
        column.addWidget(self.problems, 2)
        body = QSplitter(Qt.Orientation.Horizontal, self)
        body.addWidget(left)
        body.addWidget(self.browser)
        body.setChildrenCollapsible(False)
        body.setHandleWidth(14)
        body.setStretchFactor(0, 2)
        body.setStretchFactor(1, 3)
        body.setSizes([_LEFT, _RIGHT])
        return body

    def _connect(self) -> None:
        self.open.clicked.connect(self.open_asked)
        self.reload.clicked.connect(self.reload_asked)
        self.table.class_chosen.connect(self.browser.show_class)
        self.browser.opened.connect(self._show_picture)
        self.fields.changed.connect(self.changed)
        self.quicker.asked.connect(lambda size: self.changed.emit("dataset.image_size", size))
        self.fields.size_asked.connect(self.size_asked)

    def _show_picture(self, sample: Sample) -> None:
        if self._summary is None:
            return
        words = [self._summary.classes[sample.label], data_text.split_word(sample.split)]
        dialog = PictureDialog(self._summary.folder / sample.path, words, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
