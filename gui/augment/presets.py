"""The augmentation's presets: their words, sample images, and the strip of cards to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QImage, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QSizePolicy,
    QStyle,
    QStyleOptionFocusRect,
    QWidget,
)

from core.augmentation.draws import STREAMS
from core.augmentation.presets import NAMES, PRESETS, applied
from core.recipe.config import EFFECTS, AugmentationConfig
from gui.augment import effects
from gui.augment.effects import percent
from gui.base import theme
from gui.base.background import Latest
from gui.controls.number_fields import shortest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PAD, _GAP, _SIDE = 5, 3, 52
_BADGE = 18
_SIGN = 16
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class PresetCard(QAbstractButton):
    """A button that is marked while its preset is the one set: by a frame and a tick. One that
    ``is_risky`` has a small sign of warning; why stands in its tool tip.

    A click changes nothing by itself: whoever shows the configuration marks the card.
    Signal: ``arrow_pressed`` with the ``Qt.Key`` of an arrow, to go on to another card.
    """

    arrow_pressed = Signal(object)

    def __init__(self, title: str, lines: int = 1, parent: QWidget | None = None) -> None:
        """``lines`` is how many the name may take."""
        super().__init__(parent)
        self._lines = lines
        self._image: QImage | None = None
        self._is_risky = False
        self.setText(title)
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def image(self) -> QImage | None:
        """The picture under the preset, None before there is one."""
        return self._image

    @property
    def is_risky(self) -> bool:
        """Whether the sign of warning is seen."""
        return self._is_risky

    @is_risky.setter
    def is_risky(self, value: bool) -> None:
        if value != self._is_risky:
            self._is_risky = value
            self.update()

    def show_image(self, image: QImage | None) -> None:
        """Show a square picture, or none."""
        if image is not None:
            side = round(2 * _SIDE * self.devicePixelRatioF())  # sharp, and quick to paint
            image = image.scaled(
                side,
                side,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        self._image = image
        self.update()

    def nextCheckState(self) -> None:
        """The configuration decides, not the click."""

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.small_font())
        height = 2 * _PAD + _SIDE + _GAP + self._lines * metrics.height()
        return QSize(_SIDE + 6 * _PAD, height)

    def minimumSizeHint(self) -> QSize:
        return QSize(_SIDE + 2 * _PAD, self.sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in _ARROWS:
            self.arrow_pressed.emit(key)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._paint_ground(painter)
        picture = QRect((self.width() - _SIDE) // 2, _PAD, _SIDE, _SIDE)
        self._paint_picture(painter, picture)
        painter.setFont(theme.small_font())
        painter.setPen(self.palette().color(QPalette.ColorRole.ButtonText))
        room = QRect(1, picture.bottom() + 1 + _GAP, self.width() - 2, self.height())
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(room, flags, self.text())
        if self._is_risky:
            self._paint_sign(painter, picture)
        if self.isChecked():
            self._paint_badge(painter, picture)

    def _paint_ground(self, painter: QPainter) -> None:
        roles = QPalette.ColorRole
        palette = self.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = self.isChecked()
        role = roles.Accent if chosen else roles.Shadow if self.underMouse() else roles.Mid
        painter.setPen(QPen(palette.color(role), 2 if chosen else 1))
        painter.setBrush(palette.color(roles.Button if self.isDown() else roles.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            option.rect = self.rect().adjusted(3, 3, -3, -3)
            option.backgroundColor = palette.color(roles.Base)
            self.style().drawPrimitive(
                QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self
            )

    def _paint_picture(self, painter: QPainter, room: QRect) -> None:
        if self._image is None:
            painter.fillRect(room, self.palette().color(QPalette.ColorRole.AlternateBase))
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(room, self._image)

    def _paint_sign(self, painter: QPainter, picture: QRect) -> None:
        """A sign of warning on the picture's lower corner, on a ground on which it is seen."""
        place = QRect(0, 0, _SIGN, _SIGN)
        place.moveBottomRight(picture.bottomRight())
        ground = self.palette().color(QPalette.ColorRole.Base)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(place, 3, 3)
        theme.icon("warning", theme.data_color("warning")).paint(
            painter, place.adjusted(1, 1, -1, -1)
        )

    def _paint_badge(self, painter: QPainter, picture: QRect) -> None:
        """A tick in a disc, on the picture's corner."""
        place = QRect(0, 0, _BADGE, _BADGE)
        place.moveCenter(picture.topRight())
        place.moveTop(max(place.top(), 2))
        palette = self.palette()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Base), 1.5))
        painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
        painter.drawEllipse(QPointF(QRectF(place).center()), _BADGE / 2, _BADGE / 2)
        icon = theme.icon("check", palette.color(QPalette.ColorRole.HighlightedText))
        icon.paint(painter, place.adjusted(3, 3, -3, -3))


# One draw for all, so that they compare: of each stream how strong, places, and whether at all.
_PLAINLY = (0.85, 0.4, 0.6, 0.5, 0.5, 0.5, 0.5, 0.3)
_DRAWN = (
    dict.fromkeys(STREAMS, _PLAINLY)
    | {
        "horizontal_flip": (0.3, *_PLAINLY[1:]),
        "vertical_flip": (0.3, *_PLAINLY[1:]),
        "quarter_turns": (0.3, 0.1, *_PLAINLY[2:]),  # by 90 degrees
        "scale": (0.2, *_PLAINLY[1:]),  # smaller, so that the fill shows
        "erasing": (0.2, 0.3, 0.7, 0.2, *_PLAINLY[4:]),
        "policy": (0.65, *_PLAINLY[1:]),  # another hue, which no other card shows
    }
)

translate = QCoreApplication.translate


def matching_preset(config: AugmentationConfig) -> str | None:
    """The preset that ``config`` is, whatever its fill; None if it is none of them."""
    if config.policy == "trivial":
        return "trivial"
    return next((name for name in NAMES if applied(name, config) == config), None)


def preset_title(name: str) -> str:
    """A preset's name."""
    return _words()[name][0]


def file_name(config: AugmentationConfig) -> str:
    """What a file of ``config`` may be called, without suffix: after its preset as it is shown."""
    name = matching_preset(config)
    if name is None or name == "none":
        return translate("presets", "My augmentation")
    return preset_title(name).replace("\N{ZERO WIDTH SPACE}", "")


def purpose(name: str) -> str:
    """What a preset is for, in one or two sentences."""
    return _words()[name][1]


def preset_contents(name: str) -> list[str]:
    """What a preset sets, a line an effect."""
    preset = PRESETS[name]
    lines = []
    for effect in EFFECTS:
        if effect.is_on(preset):
            words = effects.summary(effect.name, preset)
            if not effect.has_range:
                words = f"{shortest(percent(getattr(preset, effect.name)))} %"
            lines.append(f"{effects.name(effect.name)}: {words}")
    return lines


def pictures(image: NDArray[np.uint8], config: AugmentationConfig) -> dict[str, NDArray[np.uint8]]:
    """``image`` (uint8 [H, W, 3]) under each preset with the fill of ``config``, all with the
    same draw, by training's own calls. Takes milliseconds: run it off the window's thread."""
    from core.augmentation.augment import apply, sample

    return {name: apply(image, sample(applied(name, config), _DRAWN)) for name in NAMES}


def _words() -> dict[str, tuple[str, str]]:
    return {
        "none": (
            translate("presets", "None"),
            translate(
                "presets",
                "The pictures as they are. The fastest: the frozen blocks are computed once.",
            ),
        ),
        "light": (
            translate("presets", "Light"),
            translate("presets", "Small changes that hardly any picture minds: a good first try."),
        ),
        "standard": (
            translate("presets", "Standard"),
            translate("presets", "The usual for photographs whose sides may be swapped."),
        ),
        "strong": (
            translate("presets", "Strong"),
            translate(
                "presets",
                "For few pictures, or where the network learns them by heart. Needs more epochs.",
            ),
        ),
        "trivial": (
            translate("presets", "Trivial\N{ZERO WIDTH SPACE}Augment"),
            translate(
                "presets",
                "One random change of random strength for each picture, and nothing to tune "
                "(Müller and Hutter, 2021).",
            ),
        ),
        "keep_sides": (
            translate("presets", "Left and right matter"),
            translate("presets", "For signs, text and bodies: nothing swaps left and right."),
        ),
        "any_way_up": (
            translate("presets", "Up and down don’t matter"),
            translate(
                "presets",
                "For pictures from the air and through a microscope, which have no top.",
            ),
        ),
        "keep_colors": (
            translate("presets", "Colour is the class"),
            translate("presets", "For ripeness, stains or minerals: no colour is changed."),
        ),
    }


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
        self._maker = Latest(self)
        self._maker.done.connect(self._show_pictures)
        self.cards = {name: self._card(name, number) for number, name in enumerate(NAMES)}
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
        matching = matching_preset(config)
        for name, card in self.cards.items():
            card.setChecked(name == matching)
        self._make_pictures()

    def set_risk(self, name: str, sentence: str) -> None:
        """Mark a preset's card with a warning and what it is about; "" takes the mark away."""
        card, reason, contents = self.cards[name], purpose(name), preset_contents(name)
        warned = [sentence] if sentence else []
        card.is_risky = bool(sentence)
        card.setToolTip("\n".join([reason, *contents, *warned]))
        described = [self.tr("Preset."), reason, *contents, *warned]
        card.setAccessibleDescription(" ".join(described))

    def set_picture(self, image: NDArray[np.uint8] | None, key: str) -> None:
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
        self._maker.call(pictures, image, config)

    def _show_pictures(self, made: dict[str, NDArray[np.uint8]]) -> None:
        for name, pixels in made.items():
            height, width, _ = pixels.shape
            image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            self.cards[name].show_image(image.copy())  # the bytes are gone after this line

    def _card(self, name: str, number: int) -> PresetCard:
        card = PresetCard(preset_title(name), lines=1 if number < _COLUMNS else 2, parent=self)
        card.setAccessibleName(preset_title(name).replace("\N{ZERO WIDTH SPACE}", ""))
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
