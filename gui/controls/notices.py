"""Notices of a page or window: an error, advice, an offer, and the state with nothing to show.

A bar is hidden while it has nothing to say, and never takes the focus by itself.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.base import theme

_ICON = 18


class MessageBar(QFrame):
    """Shows the latest message; hidden while there is none. Never takes the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fill = QColor()
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._icon = QLabel(self)
        self._label = QLabel(self, wordWrap=True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._close = QToolButton(self, autoRaise=True)
        self._close.setIcon(theme.icon("close"))
        self._close.setToolTip(self.tr("Close this message"))
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()
        self._color()

    @property
    def text(self) -> str:
        """The message shown, "" while hidden."""
        return "" if self.isHidden() else self._label.text()

    def show_error(self, sentence: str) -> None:
        """Show ``sentence`` in place of what was shown."""
        self._label.setText(sentence)
        self.setAccessibleName(sentence)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._color()

    def _color(self) -> None:
        color, fill = theme.data_color("wrong"), theme.fill_color("wrong")
        if self._fill == fill:
            return
        self._fill = fill
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, fill)
        palette.setColor(QPalette.ColorRole.WindowText, color)
        palette.setColor(QPalette.ColorRole.ButtonText, color)
        self.setPalette(palette)
        self._icon.setPixmap(theme.icon("warning", color).pixmap(_ICON, _ICON))


_EMPTY_ICON = QSize(64, 64)


class EmptyState(QWidget):
    """A pale icon, a sentence and a button."""

    def __init__(self, icon: str, button_icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        picture = QPushButton(theme.icon(icon, QPalette.ColorRole.PlaceholderText), "", flat=True)
        picture.setIconSize(_EMPTY_ICON)  # a button's icon, unlike a label's, follows the scheme
        picture.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        picture.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.sentence = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setFont(theme.heading_font())
        self.button = QPushButton(theme.icon(button_icon), "")
        self.button.setMinimumHeight(36)
        self.button.setAutoDefault(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(40, 20, 40, 20)
        column.setSpacing(14)
        column.addStretch(1)
        column.addWidget(picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.sentence)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)

    def show_words(self, sentence: str, button: str) -> None:
        """Say why there is nothing, and what the button does."""
        self.sentence.setText(sentence)
        self.button.setText(button)


_NOTICE_ICON = 16


class NoticeBar(QFrame):
    """Hidden while there is nothing to say. Signal: ``asked`` when its button was pressed."""

    asked = Signal()

    def __init__(self, action: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._icon = QLabel(self)
        self._icon.setPixmap(theme.icon("info", "warning").pixmap(_NOTICE_ICON, _NOTICE_ICON))
        self.words = QLabel(self, wordWrap=True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.button = QPushButton(action, self)
        self.button.setVisible(bool(action))
        self.button.clicked.connect(self.asked)
        self.close_button = QToolButton(self, autoRaise=True)
        self.close_button.setIcon(theme.icon("close"))
        self.close_button.setToolTip(self.tr("Close this message"))
        self.close_button.setAccessibleName(self.tr("Close this message"))
        self.close_button.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 4, 4)
        layout.addWidget(self._icon)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.button)
        layout.addWidget(self.close_button)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" while hidden."""
        return "" if self.isHidden() else self.words.text()

    def say(self, sentence: str) -> None:
        """Show ``sentence``; nothing to say hides it."""
        self.words.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
        if sentence:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))


class OfferBar(QFrame):
    """Hidden while there is nothing to offer. Never takes the focus by itself."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        icon = QLabel(self)
        icon.setPixmap(theme.icon("info", "warning").pixmap(_ICON, _ICON))
        self.words = QLabel(self, wordWrap=True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 5, 8, 5)
        self._row.addWidget(icon)
        self._row.addWidget(self.words, 1)
        self.hide()

    @property
    def text(self) -> str:
        """What it says, "" while hidden."""
        return "" if self.isHidden() else self.words.text()

    def add_button(self, words: str, act: Callable[[], object]) -> QPushButton:
        """One more thing to do about it."""
        button = QPushButton(words, self)
        button.clicked.connect(lambda _checked=False: act())
        self._row.addWidget(button)
        return button

    def say(self, sentence: str) -> None:
        """Show ``sentence``; nothing to say hides it."""
        self.words.setText(sentence)
        self.setAccessibleName(sentence)
        self.setVisible(bool(sentence))
        if sentence:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
