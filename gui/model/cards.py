"""Cards of the ways to transfer: the usual ones side by side, the others in a panel at a button."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionFocusRect,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.recipe.config import StageConfig
from core.recipe.presets import EVERY, PRESETS
from gui.base import theme
from gui.base import words as base_words
from gui.controls.labels import ElidedLabel
from gui.controls.number_fields import NumberField
from gui.controls.setting_fields import limited_field
from gui.recipe import words as recipe_words
from gui.recipe.words import Cost

_PAD, _BADGE, _SPACE, _LINE = 9, 16, 4, 18
_ROLES = QPalette.ColorRole


class TransferCard(QAbstractButton):
    """A button that is marked while the recipe follows its preset: by a frame and a tick. It
    never changes by itself.

    Signals: ``chosen`` with the preset's name and its number of epochs (of gradual thawing);
    ``every_changed`` when that number is typed; ``put_back`` when all that differs is to go back.
    """

    chosen = Signal(str, int)
    every_changed = Signal(int)
    put_back = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """``name`` is that of the preset."""
        super().__init__(parent)
        self.name = name
        self.setText(recipe_words.title(name))
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.title = QLabel(self.text(), self)
        self.suits = QLabel(recipe_words.suits(name), self)
        self.suits.setWordWrap(True)
        self.suits.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.cost = ElidedLabel("", self)
        for label in (self.title, self.suits, self.cost):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.changes = QToolButton(self)
        self.every: NumberField | None = None
        self._before, self._unit = QLabel(self), QLabel(self)  # what stands around it
        self._cost = Cost("", "", "")
        self._changes: tuple[str, ...] = ("",)
        self._lay_out()
        self._take_fonts()
        self.show_changes(())
        self.changes.clicked.connect(self.put_back)
        self.clicked.connect(lambda: self.chosen.emit(self.name, self._every()))
        self.setAccessibleDescription(self.suits.text())
        self.setToolTip(self.suits.text())

    def _lay_out(self) -> None:
        self.changes.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.changes.setAutoRaise(True)
        self.changes.setIcon(theme.icon("undo", _ROLES.Accent))
        self.changes.setIconSize(QSize(13, 13))
        self.changes.setFixedHeight(_LINE)
        self.cost.setFixedHeight(_LINE)
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, _BADGE + 4, 0)
        top.addWidget(self.title)
        top.addStretch()
        if PRESETS[self.name].has_every:
            self._add_every(top)
        bottom = QHBoxLayout()
        bottom.setSpacing(_SPACE)
        bottom.addWidget(self.cost, 1)
        bottom.addWidget(self.changes)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_PAD, _PAD - 3, _PAD, _PAD - 4)
        layout.setSpacing(1)
        layout.addLayout(top)
        layout.addWidget(self.suits, 1)
        layout.addLayout(bottom)

    def _add_every(self, row: QHBoxLayout) -> None:
        self.every = limited_field(StageConfig, "epochs", parent=self)
        self.every.set_value(EVERY)
        hint = base_words.translate("preset_every", {})
        self.every.setAccessibleName(hint)
        self.every.set_hint(f"{hint}.")
        self.every.setFixedWidth(QFontMetrics(theme.font()).horizontalAdvance("100") + 14)
        self.every.value_changed.connect(lambda value: self.every_changed.emit(int(value)))
        row.setSpacing(3)
        self._before.setText(self.tr("every"))
        self._unit.setText(self.tr("epochs"))
        for widget in (self._before, self.every, self._unit):
            widget.setFont(theme.small_font())
            row.addWidget(widget)

    def show_cost(self, cost: Cost) -> None:
        """Say what the preset costs."""
        self._cost = cost
        self.setAccessibleDescription(f"{self.suits.text()} {cost.words}")
        self.setToolTip(f"{self.suits.text()}\n\n{cost.words}\n{cost.hint}")
        self._fit()

    def _fit(self) -> None:
        """The longest words that there is room for."""
        room = self.width() - 2 * _PAD
        advance = QFontMetrics(self.cost.font()).horizontalAdvance
        words = [
            (cost, changes)
            for changes in self._changes
            for cost in (self._cost.words, self._cost.short)
        ]
        words.append((self._cost.shortest or self._cost.short, self._changes[-1]))
        for cost, changes in words:
            self.changes.setText(changes)
            beside = 0 if self.changes.isHidden() else _SPACE + self.changes.sizeHint().width()
            if advance(cost) + beside < room:  # an advance is rounded, to less at times
                break
        self.cost.set_text(cost)

    def _fit_title(self) -> None:
        """The number of epochs can do without its unit, which its tool tip tells too."""
        if self.every is not None:
            labels = (self.title, self._before, self._unit)
            needed = sum(label.sizeHint().width() + _SPACE for label in labels)
            needed += self.every.width() + 2 * _SPACE + _BADGE
            self._unit.setVisible(needed <= self.width() - 2 * _PAD)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_title()
        self._fit()

    def show_changes(self, names: Sequence[str]) -> None:
        """Offer to put back the fields called ``names``; none: there is nothing to put back."""
        self.changes.setVisible(bool(names))
        self._changes = recipe_words.changes(names) if names else ("",)
        if names:
            self.changes.setToolTip(recipe_words.changes_hint(names))
        self._fit()

    def show_every(self, every: int) -> None:
        """Show the epochs after which one more block thaws, where the preset has them."""
        if self.every is not None:
            self.every.set_value(every)

    def height_at(self, width: int) -> int:
        """The height at which all of it can be read, ``width`` pixels wide."""
        title = max(
            self.title.sizeHint().height(), self.every.sizeHint().height() if self.every else 0
        )
        words = self.suits.heightForWidth(width - 2 * _PAD)
        return title + words + _LINE + 2 * _PAD - 7 + 2

    def sizeHint(self) -> QSize:
        return QSize(300, self.height_at(300))

    def minimumSizeHint(self) -> QSize:
        return QSize(150, 0)

    def nextCheckState(self) -> None:
        """The recipe decides, not the click."""

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._take_fonts()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette, chosen = self.palette(), self.isChecked()
        role = _ROLES.Accent if chosen or self.underMouse() else _ROLES.Mid
        painter.setPen(QPen(palette.color(role), 2 if chosen else 1))
        painter.setBrush(palette.color(_ROLES.Button if self.isDown() else _ROLES.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        if chosen:
            self._paint_tick(painter)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            option.rect = self.rect().adjusted(3, 3, -3, -3)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )
        painter.end()

    def _paint_tick(self, painter: QPainter) -> None:
        place = QRectF(self.width() - _BADGE - 7, 7, _BADGE, _BADGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(_ROLES.Highlight))
        painter.drawEllipse(place)
        icon = theme.icon("check", self.palette().color(_ROLES.HighlightedText))
        icon.paint(painter, place.toRect().adjusted(3, 3, -3, -3))

    def _take_fonts(self) -> None:
        self.title.setFont(theme.font(bold=True))
        for widget in (self.suits, self.cost, self.changes):
            widget.setFont(theme.small_font())

    def _every(self) -> int:
        return EVERY if self.every is None else int(self.every.value or EVERY)


OTHERS = ("early-features", "gradual-thawing", "from-scratch")
_WIDTH = 430  # pixels
Costs = Callable[[str], Cost]


class MorePresets(QToolButton):
    """Opens the cards of ``OTHERS`` below itself.

    Signals: ``about_to_open``; ``chosen`` with a preset's name and its number of epochs.
    """

    about_to_open = Signal()
    chosen = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("More presets"))
        self.setToolTip(self.tr("Other ways to transfer, each with the data that it suits"))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.setArrowType(Qt.ArrowType.NoArrow)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.panel = _Panel(self, Qt.WindowType.Popup)
        self.panel.setFrameShape(QFrame.Shape.StyledPanel)
        self.cards = {name: TransferCard(name, self.panel) for name in OTHERS}
        layout = QVBoxLayout(self.panel)
        layout.setContentsMargins(8, 8, 8, 8)
        for card in self.cards.values():
            card.setFixedSize(_WIDTH, card.height_at(_WIDTH))
            card.chosen.connect(self._choose)
            layout.addWidget(card)
        self.clicked.connect(self.open)

    def show_followed(self, name: str) -> None:
        """Mark the preset that the recipe follows."""
        for one, card in self.cards.items():
            card.setChecked(one == name)

    def show_costs(self, costs: Costs) -> None:
        """Say what each costs."""
        for name, card in self.cards.items():
            card.show_cost(costs(name))

    def open(self) -> None:
        """Show the cards; the first one has the focus."""
        self.about_to_open.emit()
        self.panel.adjustSize()
        corner = self.mapToGlobal(QPoint(self.width(), self.height() + 2))
        room = self.screen().availableGeometry()
        left = max(corner.x() - self.panel.width(), room.left())
        self.panel.move(left, corner.y())
        self.panel.show()
        next(iter(self.cards.values())).setFocus(Qt.FocusReason.PopupFocusReason)

    def _choose(self, name: str, every: int) -> None:
        self.panel.hide()
        self.chosen.emit(name, every)


class _Panel(QFrame):
    """Goes at Escape, as a menu does."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)


FIRST = ("feature-extractor", "fine-tune-last", "fine-tune-all")
_GAP = 8


class PresetCards(QWidget):
    """Signals: ``chosen`` with a preset's name and its number of epochs; ``every_changed`` with
    that of the preset that is followed; ``put_back`` when all that differs from the followed one
    is to go back."""

    chosen = Signal(str, int)
    every_changed = Signal(int)
    put_back = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards = {name: TransferCard(name, self) for name in (*FIRST, *OTHERS)}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        for name, card in self.cards.items():
            layout.addWidget(card, 1)
            card.setVisible(name in FIRST)
            card.chosen.connect(self.chosen)
            card.put_back.connect(self.put_back)
            card.every_changed.connect(self._change_every)

    @property
    def followed(self) -> str:
        """The name of the preset whose card is marked."""
        return next((name for name, card in self.cards.items() if card.isChecked()), "")

    def show_followed(self, name: str, changes: Sequence[str], every: int) -> None:
        """Mark the preset ``name``, of which ``changes`` are the fields that differ."""
        others = {one: card for one, card in self.cards.items() if one in OTHERS}
        moved = any(card.isHidden() == (one == name) for one, card in others.items())
        for one, card in self.cards.items():
            card.setChecked(one == name)
            card.show_changes(changes if one == name else ())
        self.cards[name].show_every(every)
        for one, card in others.items():
            card.setVisible(one == name)
        if moved:
            self._take_height()

    def show_costs(self, costs: Costs) -> None:
        """Say what each one costs that is seen."""
        for name, card in self.cards.items():
            if not card.isHidden():
                card.show_cost(costs(name))

    def hasHeightForWidth(self) -> bool:
        """No: it gives itself its height, and a page that scrolls would else not get lower than
        it wishes to be."""
        return False

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._take_height()

    def _take_height(self) -> None:
        seen = [card for card in self.cards.values() if not card.isHidden()]
        width = (self.width() - _GAP * (len(seen) - 1)) // len(seen)
        height = max(card.height_at(width) for card in seen)
        for card in self.cards.values():
            card.setFixedHeight(height)
        self.setFixedHeight(height)

    def _change_every(self, every: int) -> None:
        if PRESETS[self.followed].has_every:
            self.every_changed.emit(every)
