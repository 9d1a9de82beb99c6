"""The augmentation's presets as cards with live pictures."""

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGridLayout, QWidget

from core.recipe.config import AugmentationConfig
from gui.augment import presets_
from gui.augment.presets import PresetCard
from gui.base.background import Latest, Progress, worker_pool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COLUMNS = 4


class PresetStrip(QWidget):
    """Rows of cards; Tab goes to one of them, the arrow keys from one to the next.

    Their pictures are made off the window's thread. Signal: ``chosen`` with a preset's name.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._config = AugmentationConfig()
        self._picture: NDArray[np.uint8] | None = None
        self._key = ""
        self._made_for: object = None
        self._pool = worker_pool(self)
        self._maker = Latest(self._pool, self)
        self._maker.done.connect(self._show_pictures)
        self.cards = {name: self._card(name, number) for number, name in enumerate(presets_.NAMES)}
        for name in self.cards:
            self.set_risk(name, "")
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        for number, card in enumerate(self.cards.values()):
            layout.addWidget(card, number // _COLUMNS, number % _COLUMNS)
            layout.setColumnStretch(number % _COLUMNS, 1)
        self._tab_to(next(iter(self.cards.values())))

    @property
    def is_busy(self) -> bool:
        """Whether pictures are being made."""
        return self._maker.is_busy

    def show_config(self, config: AugmentationConfig) -> None:
        """Mark the preset that ``config`` is, and fill uncovered pixels as it does."""
        self._config = config
        matching = presets_.matching(config)
        for name, card in self.cards.items():
            card.setChecked(name == matching)
        self._make_pictures()

    def set_risk(self, name: str, sentence: str) -> None:
        """Mark a preset's card with a warning and what it is about; "" takes the mark away."""
        card, reason, contents = self.cards[name], presets_.reason(name), presets_.contents(name)
        warned = [sentence] if sentence else []
        card.is_risky = bool(sentence)
        card.setToolTip("\n".join([reason, *contents, *warned]))
        described = [self.tr("Preset."), reason, *contents, *warned]
        card.setAccessibleDescription(" ".join(described))

    def set_picture(self, image: "NDArray[np.uint8] | None", key: str) -> None:
        """Show ``image``, uint8 [H, W, 3], of the sample ``key`` under each preset; None takes
        the pictures away."""
        self._picture, self._key = image, key
        self._make_pictures()

    def _make_pictures(self) -> None:
        image, config = self._picture, self._config
        if image is None:
            self._maker.cancel()
            self._made_for = None
            for card in self.cards.values():
                card.show_image(None)
            return
        wanted = (self._key, id(image), config.fill_mode, config.fill_color)
        if wanted == self._made_for:
            return
        self._made_for = wanted

        def work(_stop: threading.Event, _progress: Progress) -> "dict[str, NDArray[np.uint8]]":
            return presets_.pictures(image, config)

        self._maker.submit(work)

    def _show_pictures(self, made: "dict[str, NDArray[np.uint8]]") -> None:
        for name, pixels in made.items():
            height, width, _ = pixels.shape
            image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            self.cards[name].show_image(image.copy())  # the bytes are gone after this line

    def _card(self, name: str, number: int) -> PresetCard:
        card = PresetCard(presets_.title(name), lines=1 if number < _COLUMNS else 2, parent=self)
        card.setAccessibleName(presets_.title(name).replace("\N{ZERO WIDTH SPACE}", ""))
        card.clicked.connect(lambda: self.chosen.emit(name))
        card.arrow_pressed.connect(lambda key: self._go(number, key))
        return card

    def _go(self, number: int, key: Qt.Key) -> None:
        mirrored = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        ahead = -1 if mirrored else 1
        steps = {
            Qt.Key.Key_Left: -ahead,
            Qt.Key.Key_Right: ahead,
            Qt.Key.Key_Up: -_COLUMNS,
            Qt.Key.Key_Down: _COLUMNS,
        }
        cards = list(self.cards.values())
        to = number + steps[key]
        if 0 <= to < len(cards):
            self._tab_to(cards[to])
            cards[to].setFocus(Qt.FocusReason.OtherFocusReason)

    def _tab_to(self, one: PresetCard) -> None:
        """Let Tab stop at ``one`` card alone."""
        policies = Qt.FocusPolicy
        for card in self.cards.values():
            card.setFocusPolicy(policies.StrongFocus if card is one else policies.ClickFocus)
