"""Classes by hand: select pictures, type a class, press Enter."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.base import words as base_words
from gui.controls.image_grid import ImageGrid
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import ElidedLabel
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data.images.dialog import PictureDialog
from gui.data.labels import words as labels_words
from gui.data.labels.label_classes import LabelClasses
from gui.data.labels.label_keys import LabelKeys
from gui.data.labels.label_tiles import LabelTiles
from gui.data.labels.rename_dialog import RenameDialog
from gui.session.labelling import Labelling, tidy

_EDGE, _BAR_HEIGHT = 104, 6
_MOST_FILTERS = 500  # classes, so that a list of them is no wait
_ALL, _WITHOUT, _WITH = 0, 1, 2
_NO_LABELS: Mapping[str, str] = {}


class LabelByHand(QWidget):
    """The pictures with their classes so far.

    Signals: ``changed`` when a class was given; ``take_over_asked`` when a person agrees to
    what was offered.
    """

    changed = Signal()
    take_over_asked = Signal()

    def __init__(self, load: Load = load_thumbnail, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._folder = Path()
        self._paths: Sequence[str] = ()
        self._shown: Sequence[str] = ()
        self._labelling = Labelling()
        self._start: Mapping[str, str] = {}
        self.filter = QuietComboBox(self)
        self.filter.setAccessibleName(self.tr("Which pictures"))
        self.done = QLabel(self)
        self.bar = QProgressBar(self, textVisible=False)
        self.bar.setFixedHeight(_BAR_HEIGHT)
        self.grid = ImageGrid(_EDGE, caption_lines=2, load=load, parent=self)
        self.grid.setAccessibleName(self.tr("Pictures"))
        self.grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.classes = LabelClasses(self)
        self._offer = QWidget(self)
        self.offered = ElidedLabel(parent=self._offer)
        self.take_over_button = QPushButton(self.tr("Take them over"), self._offer)
        self._lay_out()
        self._connect()

    # -- what it shows ----------------------------------------------------------------------

    def show_pictures(
        self, folder: Path, paths: Sequence[str], labels: Mapping[str, str] = _NO_LABELS
    ) -> None:
        """Begin anew with the pictures ``paths`` of ``folder``, some of them labelled."""
        self._folder, self._paths = folder, paths
        self._labelling, self._start = Labelling(labels), dict(labels)
        self._show_classes()
        self.filter.setCurrentIndex(_ALL if labels else _WITHOUT)
        self.grid.set_items(())
        self._shown = ()
        self._filter()
        self.classes.say(self.tr("Or press the number of a class below"))

    @property
    def labels(self) -> Mapping[str, str]:
        """Each labelled picture's class."""
        return self._labelling.labels

    @property
    def class_count(self) -> int:
        """How many classes have pictures."""
        return len(self._labelling.counts)

    @property
    def has_changes(self) -> bool:
        """Whether a person gave classes since pictures or labels were last taken over."""
        return self._labelling.labels != self._start

    def take_over(self, labels: Mapping[str, str], sentence: str) -> None:
        """Go on from ``labels`` instead, which can be undone; ``sentence`` says so."""
        self._start = dict(labels)
        if self._labelling.replace(labels):
            self.filter.setCurrentIndex(_ALL)
            self._labels_changed()
            self.classes.say(sentence)

    def offer(self, sentence: str) -> None:
        """Say that there are other labels to take over; "" for none."""
        self._offer.setVisible(bool(sentence))
        self.offered.set_text(sentence)

    @property
    def selected(self) -> Sequence[str]:
        """The paths of the selected pictures."""
        return [self._shown[row] for row in self.grid.selected_rows]

    # -- what a person does -----------------------------------------------------------------

    def give(self, name: str) -> None:
        """Put the selected pictures into the class ``name``, or, with "", into none."""
        rows = self.grid.selected_rows
        paths = [self._shown[row] for row in rows]
        if not paths:
            self.classes.say(self.tr("Select pictures first: click, Shift+click, Ctrl+A"))
            return
        name = self._labelling.similar(name)
        self._labelling.give(paths, name)
        self.classes.field.clear()
        self._labels_changed()
        if self.selected != paths and self._shown:  # gone from this filter: on to the next
            self.grid.select(min(rows[0], len(self._shown) - 1))
        self.classes.say(labels_words.given(len(paths), name))
        self.grid.setFocus(Qt.FocusReason.OtherFocusReason)

    def rename(self, old: str, new: str) -> None:
        """Call a class otherwise; under the name of another class both become one."""
        if tidy(new):
            changed = self._labelling.rename(old, new)
            self._labels_changed()
            self.classes.say(labels_words.given(changed, tidy(new)))

    def remove(self, name: str) -> None:
        """Take the class ``name`` away from all its pictures."""
        changed = self._labelling.rename(name, "")
        self._labels_changed()
        self.classes.say(labels_words.given(changed, ""))

    def undo(self) -> None:
        """Take back the last class given."""
        if self._labelling.undo():
            self._labels_changed()
            self.classes.say(self.tr("Undone"))

    def redo(self) -> None:
        """Give the class again that was taken back."""
        if self._labelling.redo():
            self._labels_changed()
            self.classes.say(self.tr("Done again"))

    def _typed(self, character: str) -> None:
        """A class's key gives it, all else begins a class's name."""
        name = self.classes.class_at(character)
        if name is not None:
            self.give(name)
        else:
            self.classes.begin_typing(character)

    def _ask_rename(self, old: str) -> None:
        dialog = RenameDialog(old, self._labelling.classes, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.textValueSelected.connect(lambda new: self.rename(old, new))
        dialog.open()

    def _open(self, row: int) -> None:
        if not 0 <= row < len(self._shown):
            return
        path = self._shown[row]
        words = [self.labels.get(path, labels_words.no_class())]
        dialog = PictureDialog(self._folder / path, words, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # -- keeping it up to date --------------------------------------------------------------

    def _labels_changed(self) -> None:
        self._show_classes()
        self._filter()
        self.changed.emit()

    def _show_classes(self) -> None:
        counts = self._labelling.counts
        labelling = self._labelling
        self.classes.show_classes(counts, can_undo=labelling.can_undo, can_redo=labelling.can_redo)
        done, total = len(labelling.labels), len(self._paths)
        self.done.setText(labels_words.labelled(done, total))
        self.bar.setMaximum(max(total, 1))
        self.bar.setValue(done)
        entries: list[tuple[str, int | str, int]] = [
            (self.tr("All pictures"), _ALL, total),
            (self.tr("Without a class"), _WITHOUT, total - done),
            (self.tr("With a class"), _WITH, done),
        ]
        for name, count in itertools.islice(counts.items(), _MOST_FILTERS):
            entries.append((labels_words.one_line(name), name, count))
        self._fill_filter(entries)

    def _fill_filter(self, entries: Sequence[tuple[str, int | str, int]]) -> None:
        chosen = self.filter.currentData()
        self.filter.blockSignals(True)
        self.filter.clear()
        for words, value, count in entries:
            self.filter.addItem(f"{words} ({base_words.count(count)})", value)
        values = [value for _, value, _ in entries]
        self.filter.setCurrentIndex(values.index(chosen) if chosen in values else _ALL)
        self.filter.blockSignals(False)

    def _filter(self) -> None:
        """Show the chosen pictures; selection and place stay where they are the same."""
        labels, chosen = self.labels, self.filter.currentData()
        if chosen == _WITHOUT:
            shown = [path for path in self._paths if path not in labels]
        elif chosen == _WITH:
            shown = [path for path in self._paths if path in labels]
        elif isinstance(chosen, str):
            shown = [path for path in self._paths if labels.get(path) == chosen]
        else:
            shown = list(self._paths)
        if shown == self._shown:
            self.grid.viewport().update()
            return
        place = self.grid.verticalScrollBar().value()
        self._shown = shown
        self.grid.set_items(LabelTiles(self._folder, shown, labels))
        self.grid.verticalScrollBar().setValue(place)
        self._selection_changed()

    def _selection_changed(self) -> None:
        self.classes.show_selected(self.grid.selected_count)

    def _show_class(self, name: str) -> None:
        self.filter.setCurrentIndex(self.filter.findData(name))

    # -- making it --------------------------------------------------------------------------

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(self.done)
        top.addWidget(self.bar, 1)
        top.addWidget(self.filter)
        offer = QHBoxLayout(self._offer)
        offer.setContentsMargins(0, 0, 0, 0)
        offer.addWidget(self.offered, 1)
        offer.addWidget(self.take_over_button)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addLayout(top)
        left.addWidget(self._offer)
        left.addWidget(self.grid, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addLayout(left, 1)
        row.addWidget(self.classes)

    def _connect(self) -> None:
        self.filter.currentIndexChanged.connect(lambda: self._filter())
        self.grid.selection_changed.connect(self._selection_changed)
        self.grid.opened_item.connect(self._open)
        keys = LabelKeys(self.grid, [self.classes.field, self.filter, self], self)
        keys.undo.connect(self.undo)
        keys.redo.connect(self.redo)
        keys.typed.connect(self._typed)
        keys.cleared.connect(lambda: self.give(""))
        self.take_over_button.clicked.connect(self.take_over_asked)
        self.classes.given.connect(self.give)
        self.classes.shown.connect(self._show_class)
        self.classes.rename_asked.connect(self._ask_rename)
        self.classes.removed.connect(self.remove)
        self.classes.undo_asked.connect(self.undo)
        self.classes.redo_asked.connect(self.redo)
