"""Classes by hand: select images, then type a class or press its number key or its button.

Renaming a class to another's name makes one of both.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import overload

from PySide6.QtCore import QEvent, QObject, QRect, QSize, QStringListModel, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.common.messages import fill
from core.dataset.folder import printable
from gui.base import theme
from gui.base import words as base_words
from gui.base.ask import drop_icons
from gui.controls.image_grid import GridItem, ImageGrid
from gui.controls.inputs import QuietComboBox
from gui.controls.labels import ElidedLabel
from gui.controls.thumbnails import Load, load_thumbnail
from gui.data.images.dialog import PictureDialog
from gui.data.labels import words as labels_words
from gui.session import labelling as session_labelling
from gui.session.labelling import Labelling, tidy

_PAD, _KEY_WIDTH = 8, 14
_Control = QStyle.ComplexControl.CC_ToolButton


class ClassButton(QToolButton):
    """Key, name and count in one row; its arrow opens what else can be done with the class.

    Signals, each with the class's name: ``given``, ``shown`` (only its pictures),
    ``rename_asked``, ``removed`` (its pictures are to have no class).
    """

    given = Signal(str)
    shown = Signal(str)
    rename_asked = Signal(str)
    removed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._count, self._key = "", 0, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves it with the pictures
        self.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(self)
        for words, signal in (
            (self.tr("&Rename or merge…"), self.rename_asked),
            (self.tr("&Show only its pictures"), self.shown),
            (self.tr("&Take the class away from all its pictures"), self.removed),
        ):
            action = QAction(words, menu)
            action.triggered.connect(lambda _=False, told=signal: told.emit(self._name))
            menu.addAction(action)
        self.setMenu(menu)
        self.clicked.connect(lambda: self.given.emit(self._name))

    @property
    def name(self) -> str:
        """The class."""
        return self._name

    @property
    def key(self) -> str:
        """The key that gives it, "" for none."""
        return self._key

    def show_class(self, name: str, count: int, key: str) -> None:
        """Stand for ``name`` with ``count`` pictures; ``key`` is a digit or ""."""
        if (name, count, key) == (self._name, self._count, self._key):
            return
        self._name, self._count, self._key = name, count, key
        described = labels_words.class_described(name, count, key)
        self.setAccessibleName(described)
        self.setToolTip(described)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.fontMetrics().height() + 10)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QStylePainter(self)
        option = QStyleOptionToolButton()
        self.initStyleOption(option)
        painter.drawComplexControl(_Control, option)
        room = (
            self.style()
            .subControlRect(_Control, option, QStyle.SubControl.SC_ToolButton, self)
            .adjusted(_PAD, 0, -_PAD, 0)
        )
        self._paint_text(painter, room, option.palette)

    def _paint_text(self, painter: QStylePainter, room: QRect, palette: QPalette) -> None:
        middle, metrics = Qt.AlignmentFlag.AlignVCenter, self.fontMetrics()
        count = base_words.count(self._count)
        painter.setPen(palette.color(QPalette.ColorRole.ButtonText))
        painter.setFont(theme.small_font())
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, self._key)
        painter.setFont(self.font())
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, count)
        words = room.adjusted(_KEY_WIDTH, 0, -metrics.horizontalAdvance(count) - _PAD, 0)
        name = base_words.one_line(self._name)
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignLeft, shown)


MOST_BUTTONS = 60
_WIDTH = 270


class LabelClasses(QWidget):
    """Signals: ``given`` with a class's name for the selected pictures ("": none),
    ``rename_asked``, ``shown`` and ``removed`` with a class's name, ``undo_asked``,
    ``redo_asked``."""

    given = Signal(str)
    rename_asked = Signal(str)
    shown = Signal(str)
    removed = Signal(str)
    undo_asked = Signal()
    redo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: Mapping[str, str] = {}
        self.setFixedWidth(_WIDTH)
        self.selected = QLabel(self)
        self.selected.setFont(theme.font(bold=True))
        self.field = QLineEdit(self)
        self.field.setPlaceholderText(self.tr("Their class, then Enter"))
        self.field.setAccessibleName(self.tr("Class of the selected pictures"))
        self._names = QStringListModel(self)
        self._listed: Sequence[str] = []
        completer = QCompleter(self._names, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.field.setCompleter(completer)
        self.give = QPushButton(self.tr("&Give"), self)
        self.take = QPushButton(self.tr("Take the class away (Delete)"), self)
        self.take.setToolTip(self.tr("The selected pictures are to have no class"))
        self.take.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves it with the pictures
        self.hint = ElidedLabel(parent=self)
        self.hint.setFont(theme.small_font())
        self.hint.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.heading = QLabel(self)
        self.heading.setFont(theme.font(bold=True))
        self.undo = _tool("undo", self.tr("Undo (Ctrl+Z)"), self)
        self.redo = _tool("redo", self.tr("Redo (Ctrl+Shift+Z)"), self)
        self.more = ElidedLabel(parent=self)
        self.more.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.buttons: list[ClassButton] = []
        self._lay_out()
        self._connect()
        self.show_selected(0)
        self.show_classes({}, can_undo=False, can_redo=False)

    def show_selected(self, count: int) -> None:
        """Say how many pictures get the next class."""
        self.selected.setText(labels_words.selected(count))
        self._enable(bool(count))

    def show_classes(self, counts: Mapping[str, int], *, can_undo: bool, can_redo: bool) -> None:
        """Show these classes with their pictures, in this order."""
        self._keys = session_labelling.keys(counts)
        names = list(counts)
        if self._listed != names:
            self._listed = names
            self._names.setStringList(names)
        shown = names[:MOST_BUTTONS]
        self._have_buttons(len(shown))
        for button, name in zip(self.buttons, shown, strict=False):
            button.show_class(name, counts[name], self._keys.get(name, ""))
            button.show()
        more = {"count": base_words.count(len(names) - len(shown))}
        self.more.set_text(fill(self.tr("and {count} more: type their names"), more))
        self.more.setVisible(len(names) > len(shown))
        none = self.tr("No classes yet")
        self.heading.setText(labels_words.classes(len(names)) if names else none)
        self.undo.setEnabled(can_undo)
        self.redo.setEnabled(can_redo)

    def class_at(self, key: str) -> str | None:
        """The class that the digit ``key`` gives."""
        return next((name for name, own in self._keys.items() if own == key), None)

    def begin_typing(self, letters: str) -> None:
        """Go on in the field with what was typed elsewhere."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.clear()
        self.field.insert(letters)

    def say(self, sentence: str) -> None:
        """Tell what just happened, or what to do."""
        self.hint.set_text(sentence)

    def _lay_out(self) -> None:
        entry = QHBoxLayout()
        entry.setSpacing(6)
        entry.addWidget(self.field, 1)
        entry.addWidget(self.give)
        top = QHBoxLayout()
        top.addWidget(self.heading, 1)
        top.addWidget(self.undo)
        top.addWidget(self.redo)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.selected)
        column.addLayout(entry)
        column.addWidget(self.hint)
        column.addSpacing(4)
        column.addLayout(top)
        column.addWidget(self._list(), 1)
        column.addWidget(self.take)

    def _list(self) -> QScrollArea:
        rows = QWidget()
        self._column = QVBoxLayout(rows)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(3)
        self._column.addWidget(self.more)
        self._column.addStretch(1)
        area = QScrollArea(self, widgetResizable=True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(rows)
        return area

    def _connect(self) -> None:
        self.field.returnPressed.connect(self._typed)
        self.field.textChanged.connect(lambda: self._enable(self.take.isEnabled()))
        self.give.clicked.connect(self._typed)
        self.take.clicked.connect(lambda: self.given.emit(""))
        self.undo.clicked.connect(self.undo_asked)
        self.redo.clicked.connect(self.redo_asked)

    def _have_buttons(self, count: int) -> None:
        while len(self.buttons) < count:
            button = ClassButton(self)
            button.given.connect(self.given)
            button.shown.connect(self.shown)
            button.rename_asked.connect(self.rename_asked)
            button.removed.connect(self.removed)
            self._column.insertWidget(len(self.buttons), button)
            self.buttons.append(button)
        for button in self.buttons[count:]:
            button.hide()

    def _enable(self, has_selection: bool) -> None:
        self.take.setEnabled(has_selection)
        self.give.setEnabled(has_selection and bool(session_labelling.tidy(self.field.text())))

    def _typed(self) -> None:
        name = session_labelling.tidy(self.field.text())
        if name:
            self.given.emit(name)


def _tool(icon: str, words: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent, autoRaise=True)
    button.setIcon(theme.icon(icon))
    button.setToolTip(words)
    button.setAccessibleName(words)
    return button


_Keys = QKeySequence.StandardKey
_CLEARING = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
_PLAIN = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier


class LabelKeys(QObject):
    """Hears keys before the widgets do, and before the window, whose undo is the recipe's.

    Signals: ``undo`` and ``redo``; and from the pictures ``typed`` with a printable character
    and ``cleared`` for Delete.
    """

    undo = Signal()
    redo = Signal()
    typed = Signal(str)
    cleared = Signal()

    def __init__(self, pictures: QWidget, others: list[QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._pictures = pictures
        for widget in (pictures, *others):
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not isinstance(event, QKeyEvent):
            return False
        if event.type() not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False
        if isinstance(watched, QLineEdit) and watched.isUndoAvailable():
            return False  # what is being typed there has an undo of its own
        if event.matches(_Keys.Undo) or event.matches(_Keys.Redo):
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                (self.undo if event.matches(_Keys.Undo) else self.redo).emit()
            return True
        is_press = event.type() == QEvent.Type.KeyPress
        return watched is self._pictures and is_press and self._in_pictures(event)

    def _in_pictures(self, event: QKeyEvent) -> bool:
        if event.modifiers() & ~_PLAIN:
            return False
        if event.key() in _CLEARING:
            self.cleared.emit()
            return True
        typed = event.text()
        if typed.strip() and typed.isprintable():
            self.typed.emit(typed)
            return True
        return False


class LabelTiles(Sequence[GridItem]):
    """Makes an item when it is looked at, with the class that the picture has then."""

    def __init__(self, folder: Path, paths: Sequence[str], labels: Mapping[str, str]) -> None:
        self._folder, self._paths, self._labels = folder, paths, labels

    def __len__(self) -> int:
        return len(self._paths)

    @overload
    def __getitem__(self, index: int) -> GridItem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[GridItem]: ...
    def __getitem__(self, index: int | slice) -> GridItem | Sequence[GridItem]:
        if isinstance(index, slice):
            return [self._item(path) for path in self._paths[index]]
        return self._item(self._paths[index])

    def _item(self, path: str) -> GridItem:
        name, shown = self._labels.get(path), base_words.one_line(path)
        words = base_words.one_line(name) if name is not None else ""
        return GridItem(
            path=self._folder / path,
            caption=f"{shown.rpartition('/')[2]}\n{words}",
            tooltip=f"{printable(path)}\n{words or labels_words.no_class()}",
            badge="right" if name is not None else None,
        )


class RenameDialog(QInputDialog):
    """Says while a person types whether that renames or merges."""

    def __init__(self, old: str, classes: Collection[str], parent: QWidget) -> None:
        super().__init__(parent)
        self._old, self._classes = old, classes
        self.setWindowTitle(self.tr("Rename or merge"))
        self.setTextValue(old)
        self._explain(old)
        drop_icons(self)
        self.textValueChanged.connect(self._explain)

    def _explain(self, typed: str) -> None:
        new = tidy(typed)
        merges = new != self._old and new in self._classes
        words = self.tr("New name of {old}. The name of another class merges both.")
        if merges:
            words = self.tr("{old} and {new} become one class.")
        names = {"old": base_words.one_line(self._old), "new": base_words.one_line(new)}
        self.setLabelText(fill(words, names))
        self.setOkButtonText(self.tr("Merge") if merges else self.tr("Rename"))


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
            entries.append((base_words.one_line(name), name, count))
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
