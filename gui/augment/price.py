"""The three ways of augmenting and what each costs: off, some views kept, new ones every epoch.

A cost is the time of a run and of an epoch, and room on the disk.
"""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QWidget

from core.common.messages import fill
from core.compute import estimate
from core.recipe.config import LARGEST_VIEWS, RunConfig
from gui.base import theme
from gui.base import words as base_words
from gui.base.words import say
from gui.controls.inputs import QuietSpinBox, Radio
from gui.session.session import Session

Way = Literal["off", "views", "fresh"]
WAYS: tuple[Way, ...] = ("off", "views", "fresh")
USUAL_VIEWS = 5
SEPARATOR = " · "
translate = QCoreApplication.translate


@dataclass(frozen=True)
class Price:
    """What a way costs, in words; empty where it is not known yet. ``fits`` on the disk."""

    words: str = ""
    fits: bool = True


def way(session: Session) -> Way:
    """The way that is chosen."""
    if not session.choices.augmenting:
        return "off"
    return "views" if session.tried_augmentation.cached_views else "fresh"


def choose(session: Session, chosen: Way, views: int) -> None:
    """Take a way, with so many views if any are kept: one step of the undo history."""
    kept = {"off": None, "views": views, "fresh": 0}
    session.set_views(kept[chosen])


def prices(session: Session, views: int) -> dict[Way, Price]:
    """What each way costs; nothing where it cannot be told."""
    return {one: _price(session, _recipe(session, one, views)) for one in WAYS}


def is_choice(session: Session) -> bool:
    """Whether there is anything to choose: an effect, and a stage that takes it; or it is on."""
    if session.choices.augmenting:
        return True
    recipe = session.with_augmentation(True)
    return any(recipe.augments(stage) for stage in recipe.stages)


def comparison() -> str:
    """How the ways compare."""
    return translate(
        "price",
        "New pictures must be computed in every epoch. Kept views are computed once, and the "
        "epochs take them in turn.",
    )


def _recipe(session: Session, way: Way, views: int) -> RunConfig:
    recipe = session.with_augmentation(way != "off")
    kept = {"cached_views": views if way == "views" else 0}
    return recipe.model_copy(update={"augmentation": recipe.augmentation.model_copy(update=kept)})


def _price(session: Session, recipe: RunConfig) -> Price:
    expected, split = session.estimate(recipe), session.split
    if expected is None or split is None:
        return Price()
    parts = [
        base_words.duration(expected.total),
        say("price", "then {time} an epoch", time=base_words.elapsed(max(expected.epochs[0], 0.1))),
    ]
    held_out = len(split.validation) + len(split.test)
    needed = estimate.kept_bytes(recipe, session.engine.speed, len(split.train), held_out)
    fits = needed <= estimate.kept_room()
    size = {"size": base_words.file_size(needed)}
    template = translate("price", "{size} on disk")
    if not fits:
        template = translate("price", "{size} on disk, more than may be kept")
    parts.append(fill(template, size))
    return Price(SEPARATOR.join(parts), fits)


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
        self.comparison = QLabel(comparison(), wordWrap=True)
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
        self.setVisible(is_choice(session))
        if self.isHidden():
            return
        kept = session.tried_augmentation.cached_views
        if kept:
            self.views.blockSignals(True)
            self.views.setValue(kept)
            self.views.blockSignals(False)
        self.buttons[way(session)].setChecked(True)
        for one, price in prices(session, self.views.value()).items():
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
