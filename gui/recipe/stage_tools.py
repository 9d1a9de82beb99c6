"""What can be done with a whole stage: buttons, a context menu, keys."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QPalette
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from core.recipe.config import RunConfig
from gui.base import theme

SIDE = 18
_COUNT = 4
_KEYS = {"add": "Ins", "remove": "Del", "up": "Ctrl+Up", "down": "Ctrl+Down"}
_ICONS = {"add": "plus", "remove": "minus", "up": "up", "down": "down"}
MOST_STAGES = next(
    one.max_length
    for one in RunConfig.model_fields["stages"].metadata
    if hasattr(one, "max_length")
)


class StageTools(QWidget):
    """Four small buttons. Their actions are also those of the row that they are given to: a
    context menu, and keys while anything in that row has the focus.

    Signal: ``asked`` with ``add``, ``remove``, ``up`` or ``down``.
    """

    asked = Signal(str)

    def __init__(self, row: QWidget) -> None:
        super().__init__(row)
        self.actions_by_name = {name: self._action(name) for name in _KEYS}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for action in self.actions_by_name.values():
            button = QToolButton(self)
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setIconSize(QSize(SIDE - 4, SIDE - 4))
            button.setFixedSize(SIDE, SIDE)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keys do the same
            layout.addWidget(button)
        row.addActions(list(self.actions_by_name.values()))
        row.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def _action(self, name: str) -> QAction:
        action = QAction(theme.icon(_ICONS[name], QPalette.ColorRole.WindowText), "", self)
        action.setShortcut(QKeySequence(_KEYS[name]))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda: self.asked.emit(name))
        return action

    def show_place(self, index: int, count: int) -> None:
        """Be the tools of the stage ``index``, from 0, of ``count``."""
        can = {
            "add": count < MOST_STAGES,
            "remove": count > 1,
            "up": index > 0,
            "down": index < count - 1,
        }
        words = {
            "add": self.tr("Add a stage like this one after it"),
            "remove": self.tr("Remove stage %1"),
            "up": self.tr("Move stage %1 up"),
            "down": self.tr("Move stage %1 down"),
        }
        for name, action in self.actions_by_name.items():
            action.setEnabled(can[name])
            action.setText(words[name].replace("%1", str(index + 1)))
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            action.setToolTip(f"{action.text()} ({keys})")


def tools_width() -> int:
    """The width of the buttons."""
    return _COUNT * SIDE
