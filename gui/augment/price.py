"""The three ways of augmenting, each with its price: off, some views kept, new ones every epoch."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QWidget

from core.recipe.config import LARGEST_VIEWS
from gui.augment import price_text
from gui.augment.price_text import USUAL_VIEWS, WAYS, Price, Way
from gui.base import theme
from gui.controls.inputs import QuietSpinBox, Radio
from gui.session.session import Session

_AIR = 6  # of a line's height, in pixels, beside its letters


class AugmentationPrice(QWidget):
    """Renders the session. Signal: ``chosen`` with a way and the number of views to keep."""

    chosen = Signal(str, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.views = QuietSpinBox()
        self.views.setRange(1, LARGEST_VIEWS)
        self.views.setValue(USUAL_VIEWS)
        self.views.setAccessibleName(self.tr("Views of each picture"))
        self.views.setToolTip(self.tr("More views, more variety"))
        self.views.setKeyboardTracking(False)
        self.buttons: dict[Way, Radio] = {
            "off": Radio(self.tr("&Off")),
            "views": Radio(self.tr("&Keep")),
            "fresh": Radio(self.tr("&New ones every epoch")),
        }
        self.prices: dict[Way, QLabel] = {one: QLabel() for one in WAYS}
        self.comparison = QLabel(price_text.comparison(), wordWrap=True)
        self.comparison.setFont(theme.small_font())
        self.comparison.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.comparison.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        self._group = QButtonGroup(self)
        self._lay_out()
        for one, button in self.buttons.items():
            self._group.addButton(button)
            button.clicked.connect(lambda _on, way=one: self.chosen.emit(way, self.views.value()))
        self.views.valueChanged.connect(lambda views: self.chosen.emit("views", views))

    def show_session(self, session: Session) -> None:
        """Say which way is chosen and what each costs; hidden where there is nothing to choose."""
        self.setVisible(price_text.is_choice(session))
        if self.isHidden():
            return
        kept = session.tried_augmentation.cached_views
        if kept:
            self.views.blockSignals(True)
            self.views.setValue(kept)
            self.views.blockSignals(False)
        self.buttons[price_text.way(session)].setChecked(True)
        for one, price in price_text.prices(session, self.views.value()).items():
            self._show_price(one, price)

    def take_focus(self, way: Way) -> None:
        """Let the keyboard be at a way."""
        self.buttons[way].setFocus()

    def _show_price(self, way: Way, price: Price) -> None:
        label = self.prices[way]
        label.setText(price.words)
        self.buttons[way].setAccessibleDescription(price.words)
        palette = QPalette()
        if not price.fits:
            palette.setColor(QPalette.ColorRole.WindowText, theme.data_color("warning"))
        label.setPalette(palette)

    def _lay_out(self) -> None:
        views = QHBoxLayout()
        views.setSpacing(6)
        words = QLabel(self.tr("views of each picture"))
        for widget in (self.buttons["views"], self.views, words):
            views.addWidget(widget)
        views.addStretch()
        height = self.fontMetrics().height() + _AIR
        self.views.setFixedHeight(height)
        lines = QGridLayout()
        lines.setHorizontalSpacing(16)
        lines.setVerticalSpacing(0)
        lines.addWidget(self.buttons["off"], 0, 0)
        lines.addLayout(views, 1, 0)
        lines.addWidget(self.buttons["fresh"], 2, 0)
        for row, one in enumerate(WAYS):
            lines.addWidget(self.prices[one], row, 1)
            lines.setRowMinimumHeight(row, height)
        block = QHBoxLayout(self)
        block.setContentsMargins(0, 0, 0, 0)
        block.setSpacing(20)
        block.addLayout(lines)
        block.addWidget(self.comparison, 1)
