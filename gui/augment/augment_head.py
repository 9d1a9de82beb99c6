"""The head of the Augment page: whether training uses it, what that costs, what was just done."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.augment import words as augment_words
from gui.augment.price import AugmentationPrice
from gui.base import theme
from gui.controls.labels import ElidedLabel
from gui.controls.notices import MessageBar
from gui.session.session import Session

_CONFIRMED_MILLISECONDS = 5000


class AugmentHead(QWidget):
    """The title, what the lines below it do not say, and the lines with their prices."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = QLabel(self)
        self.state.setFont(theme.font(bold=True))
        self.cost = QLabel(self, wordWrap=True)
        self.price = AugmentationPrice(self)
        self.locked = QLabel(
            self.tr("The running recipe is locked; changes are for the next run."), self
        )
        self.confirmation = ElidedLabel(parent=self)
        self.confirmation.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.messages = MessageBar(self)
        self._fades = QTimer(self, singleShot=True, interval=_CONFIRMED_MILLISECONDS)
        self._fades.timeout.connect(lambda: self.confirmation.set_text(""))
        self._lay_out()

    def show_session(self, session: Session) -> None:
        """Say how things stand."""
        self.price.show_session(session)
        self.state.setText(augment_words.state(session))
        self.cost.setText(augment_words.cost(session))
        for label in (self.state, self.cost):
            label.setVisible(bool(label.text()))
        self.locked.setVisible(session.is_training)

    def confirm(self, sentence: str) -> None:
        """Say for a short while what was done; what went wrong before is over."""
        self.messages.hide()
        self.confirmation.set_text(sentence)
        QAccessible.updateAccessibility(
            QAccessibleEvent(self.confirmation, QAccessible.Event.Alert)
        )
        self._fades.start()

    def fail(self, sentence: str) -> None:
        """Say what went wrong, until it is closed."""
        self.confirmation.set_text("")
        self.messages.show_error(sentence)

    def _lay_out(self) -> None:
        title = QLabel(self.tr("Augment"), self)
        title.setFont(theme.title_font())
        top = QHBoxLayout()
        top.setSpacing(20)
        top.addWidget(title)
        top.addWidget(self.confirmation, 1)
        words = QHBoxLayout()
        words.addWidget(self.state, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self.cost, 1, Qt.AlignmentFlag.AlignTop)
        head = QVBoxLayout(self)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(4)
        head.addWidget(self.messages)
        head.addLayout(top)
        head.addLayout(words)
        head.addWidget(self.price)
        head.addWidget(self.locked)
