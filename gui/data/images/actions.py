"""What can be done with the selected pictures: one set of actions for menu, bar and keys."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from core.dataset.folder import SplitName
from gui.base import theme
from gui.data import words as data_words
from gui.session.image_list import Selected

_NOTHING = Selected()


class PictureActions(QObject):
    """Fits itself to what is selected. Keys work in ``view``, whose actions they become.

    Signals: ``opened``; ``exclude_asked``, ``include_asked`` with paths; ``label_asked`` with
    paths, where a class has to be asked for; ``own_class_asked`` with paths; ``split_asked``
    with paths and a split or None; ``copied`` with paths.
    """

    opened = Signal()
    exclude_asked = Signal(list)
    include_asked = Signal(list)
    label_asked = Signal(list)
    own_class_asked = Signal(list)
    split_asked = Signal(list, object)
    copied = Signal(list)

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view
        self._selected = _NOTHING
        self._keys: dict[QAction, tuple[str, str]] = {}
        # the view itself knows Enter, Space and the double click
        self.open = self._action("image", self.tr("&Open\tEnter"), self.opened.emit)
        self.exclude = self._action(
            "minus",
            self.tr("E&xclude"),
            lambda: self.exclude_asked.emit(self._selected.to_exclude),
            ["Del", "Backspace"],
        )
        self.include = self._action(
            "plus",
            self.tr("&Use again"),
            lambda: self.include_asked.emit(self._selected.to_include),
            ["Ins"],
        )
        self.label = self._action(
            "folder",
            self.tr("Put into &class…"),
            lambda: self.label_asked.emit(self._selected.all),
            ["F2"],
        )
        self.own_class = self._action(
            None,
            self.tr("Class as in the &folder"),
            lambda: self.own_class_asked.emit(self._selected.all),
        )
        self.copy = self._action(
            None,
            self.tr("Co&py the path"),
            lambda: self.copied.emit(self._selected.all),
            [QKeySequence(QKeySequence.StandardKey.Copy).toString()],
        )
        self.move = self._move_menu(view)
        self.show_selected(_NOTHING)

    def show_selected(self, selected: Selected) -> None:
        """Offer what can be done with these."""
        self._selected = selected
        for action in (self.open, self.label, self.own_class, self.copy):
            action.setEnabled(bool(selected.all))
        self.exclude.setEnabled(bool(selected.to_exclude))
        self.include.setEnabled(bool(selected.to_include))
        self.include.setVisible(bool(selected.to_include))
        self.move.menuAction().setEnabled(bool(selected.to_move))

    def name_drawn(self, own_splits: bool) -> None:
        """What is undone by not giving a split: the folder's own, or the draw's."""
        self._drawn.setText(self.tr("As in the &folder") if own_splits else self.tr("As &drawn"))

    def menu(self, *, relabelled: bool) -> QMenu:
        """A context menu of all of them, which deletes itself; ``relabelled``: a picture among
        the selected ones is in another class than its folder's."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self.open])
        menu.addSeparator()
        menu.addActions([self.exclude, self.include, self.label, self.own_class])
        self.own_class.setVisible(relabelled)
        menu.addMenu(self.move)
        menu.addSeparator()
        menu.addActions([self.copy])
        return menu

    def _move_menu(self, view: QWidget) -> QMenu:
        menu = QMenu(self.tr("&Move to"), view)
        menu.menuAction().setIcon(theme.icon("shuffle"))
        for split in data_words.SPLITS:
            menu.addAction(self._split_action(data_words.split_title(split), split))
        menu.addSeparator()
        self._drawn = self._split_action("", None)
        menu.addAction(self._drawn)
        return menu

    def _split_action(self, words: str, split: SplitName | None) -> QAction:
        action = QAction(words, self)
        action.triggered.connect(lambda: self.split_asked.emit(self._selected.to_move, split))
        return action

    def _action(
        self, icon: str | None, words: str, do: Callable[[], object], keys: list[str] | None = None
    ) -> QAction:
        action = QAction(words, self)
        if icon is not None:
            action.setIcon(theme.icon(icon))
        action.triggered.connect(lambda: do())
        action.setShortcuts([QKeySequence(key) for key in keys or []])
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self._view.addAction(action)
        return action
