"""A class that can be given to the selected pictures with a click or its number key."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QMenu,
    QSizePolicy,
    QStyle,
    QStyleOptionToolButton,
    QStylePainter,
    QToolButton,
    QWidget,
)

from gui.base import theme
from gui.base import words as base_words
from gui.data.labels import words as labels_words

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
        name = labels_words.one_line(self._name)
        shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignLeft, shown)
