"""How many pictures are selected, and what can be done with them."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolBar, QToolButton, QWidget

from gui.data import words as data_words
from gui.data.images.actions import PictureActions

_ICON = QSize(16, 16)


class SelectionBar(QToolBar):
    """A slim row that is always there, so that no tile moves when one is selected; what finds
    no room is behind the arrow at its end."""

    def __init__(self, actions: PictureActions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setIconSize(_ICON)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setAccessibleName(self.tr("Selected pictures"))
        self.words = QLabel(self)
        self.words.setMargin(4)
        self._words = self.addWidget(self.words)
        gap = QWidget(self)
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._gap = self.addWidget(gap)
        self._buttons = [actions.exclude, actions.include, actions.label, actions.move.menuAction()]
        self.addActions(self._buttons)
        move = self.widgetForAction(actions.move.menuAction())
        if isinstance(move, QToolButton):
            # with room for its arrow, which the other modes draw below the words
            move.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
            move.clicked.connect(move.showMenu)
        self.show_count(0)

    def show_count(self, count: int) -> None:
        """Say how many are selected; the buttons follow their actions."""
        self.words.setText(data_words.selected(count))
        role = QPalette.ColorRole.WindowText if count else QPalette.ColorRole.PlaceholderText
        self.words.setForegroundRole(role)
