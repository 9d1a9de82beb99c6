"""A small button with all that can be asked of a run, beside the one that stops it."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QMenu, QStyleOptionToolButton, QToolButton, QWidget

from gui.base import theme
from gui.train.run_actions import RunActions

_ICON = QSize(20, 20)


class RunMenuButton(QToolButton):
    """Opens its menu at a click; what can't be done now stays in it and says why."""

    def __init__(self, actions: RunActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(theme.icon("more"))
        self.setIconSize(_ICON)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setToolTip(self.tr("Pause, end early, or train for longer"))
        self.setAccessibleName(self.tr("More about the run"))
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.addActions(list(actions.steering))
        menu.addSeparator()
        menu.addAction(actions.queue)
        self.setMenu(menu)

    def initStyleOption(self, option: QStyleOptionToolButton) -> None:
        super().initStyleOption(option)
        # the arrow of a menu says nothing that three dots don't; a style sheet without it would
        # keep the colours of the theme before
        option.features &= ~QStyleOptionToolButton.ToolButtonFeature.HasMenu
