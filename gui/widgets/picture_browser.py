"""The pictures of a dataset as thumbnails, all of them or one class's, one split's or all."""

from collections.abc import Sequence
from pathlib import Path
from typing import overload

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.dataset import DatasetSummary, Sample, Split, SplitName
from core.folders import printable
from core.messages import fill
from gui import data_text, text, theme
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.image_grid import GridItem, ImageGrid
from gui.widgets.quiet_inputs import QuietComboBox

_EDGE = 104
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class PictureBrowser(QWidget):
    """Shows a split dataset. Signal: ``opened`` with the ``Sample`` that a person wants to see
    large: a double click, Enter or Space."""

    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._summary: DatasetSummary | None = None
        self._samples: Sequence[Sample] = ()
        self._shown: Sequence[Sample] = ()
        self._label: int | None = None
        self.heading = ElidedLabel(parent=self)
        self.heading.setFont(theme.font(bold=True))
        self.count = QLabel(self)
        self.splits = QuietComboBox(self)
        self.splits.setAccessibleName(self.tr("Which pictures"))
        self.splits.addItem(self.tr("All pictures"), None)
        for split in data_text.SPLITS:
            self.splits.addItem(data_text.split_title(split), split)
        self.splits.currentIndexChanged.connect(lambda: self._filter())
        self.grid = ImageGrid(_EDGE, caption_lines=2, parent=self)
        self.grid.setAccessibleName(self.tr("Pictures"))
        self.grid.doubleClicked.connect(lambda index: self._open(index.row()))
        for key in _KEYS:
            shortcut = QShortcut(QKeySequence(key), self.grid)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(lambda: self._open(self.grid.current_row))
        self._lay_out()

    @property
    def shown(self) -> Sequence[Sample]:
        """The pictures in the grid, in their order."""
        return self._shown

    def show_pictures(self, summary: DatasetSummary, split: Split) -> None:
        """Show the pictures of ``summary`` as ``split`` parts them."""
        same = self._summary is summary
        parted = {one.path: one for name in data_text.SPLITS for one in getattr(split, name)}
        self._samples = [parted[one.path] for one in summary.samples]
        self._summary = summary
        self._filter(stays=same and self.splits.currentData() is None)

    def show_class(self, label: int | None) -> None:
        """Show only a class's pictures, or, with None, those of all classes."""
        self._label = label
        self._filter()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.heading, 1)
        row.addWidget(self.count)
        row.addWidget(self.splits)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row)
        layout.addWidget(self.grid, 1)

    def _filter(self, stays: bool = False) -> None:
        """``stays``: the same pictures as before, in other splits; the place in them stays."""
        if self._summary is None:
            return
        label, split = self._label, self.splits.currentData()
        self._shown = [
            one
            for one in self._samples
            if (label is None or one.label == label) and (split is None or one.split == split)
        ]
        place, current = self.grid.verticalScrollBar().value(), self.grid.current_row
        self.grid.set_items(_Tiles(self._summary, self._shown, with_class=label is None))
        if stays:
            self.grid.doItemsLayout()
            if current >= 0:
                self.grid.select(current)
            self.grid.verticalScrollBar().setValue(place)
        self.heading.set_text(
            self.tr("All classes") if label is None else self._summary.classes[label]
        )
        values = {"shown": text.count(len(self._shown)), "all": text.count(len(self._samples))}
        self.count.setText(fill(self.tr("{shown} of {all} pictures"), values))

    def _open(self, row: int) -> None:
        if 0 <= row < len(self._shown):
            self.opened.emit(self._shown[row])


class _Tiles(Sequence[GridItem]):
    """Makes an item when it is looked at: there may be a hundred thousand."""

    def __init__(
        self, summary: DatasetSummary, samples: Sequence[Sample], *, with_class: bool
    ) -> None:
        self._folder = Path(summary.folder)
        self._classes = summary.classes
        self._samples = samples
        self._with_class = with_class

    def __len__(self) -> int:
        return len(self._samples)

    @overload
    def __getitem__(self, index: int) -> GridItem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[GridItem]: ...
    def __getitem__(self, index: int | slice) -> GridItem | Sequence[GridItem]:
        if isinstance(index, slice):
            return [self._item(sample) for sample in self._samples[index]]
        return self._item(self._samples[index])

    def _item(self, sample: Sample) -> GridItem:
        class_name, path = self._classes[sample.label], printable(sample.path)
        split: SplitName = sample.split
        word = data_text.split_word(split)
        first = class_name if self._with_class else path.rpartition("/")[2]
        return GridItem(
            path=self._folder / sample.path,
            caption="\n".join((" ".join(first.splitlines()), word)),
            tooltip=data_text.SEPARATOR.join((path, class_name, word)),
            badge=data_text.SPLIT_COLORS[split],
        )
