"""The effects of augmentation: the scales of their sliders, and their names and values in words.

What is shown has units that people use (per cent, degrees, pixels); what a recipe holds are
shares and factors. All sums are exact in decimals: 20 % less than 1 is 0.8. One strength s, from
0 (no effect) upwards, sets an effect's range:

- probabilities (flips, quarter turns, greyscale, erasing): s % of the images;
- rotation, hue: from -s to s degrees;
- scale, brightness, contrast, saturation, gamma: factors from 1 - s % to 1 + s %;
- crop: up to s % of the area is cut away, so at least 100 - s % is kept;
- translation: up to s % of the width and of the height; shear: up to s degrees in both;
- perspective: corners move inwards by up to s % of half the side;
- blur, noise: from 0 to s;
- jpeg: a quality from 100 - s to 100.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig
from gui.base import words as base_words
from gui.controls.number_fields import shown_number

_HUNDRED = Decimal(100)
_CRUMBS = 6  # decimals beyond which a sum of floats is not exact


@dataclass(frozen=True)
class StrengthScale:
    """One slider for an effect: its numbers run from 0 to ``most`` in steps of ``step``.

    ``typed`` is the most that may be typed; ``usual`` is what switching on gives. ``value``
    makes the effect's field of a strength, ``strength`` the other way round: for a range that
    no strength makes, the one that comes nearest to it. ``origin`` is the end that changes
    nothing.
    """

    most: float
    usual: float
    value: Callable[[float], Any]
    strength: Callable[[Any], float]
    unit: str = "%"
    step: float = 1.0
    typed: float | None = None
    whole: bool = False
    origin: float = 0.0

    def stretched(self, value: Any, strength: float) -> Any:
        """``value`` as strong as ``strength``: an uneven range keeps its proportions."""
        before = self.strength(value)
        if self.is_even(value) or not before:
            return self.value(strength)
        ends = (self.origin + (end - self.origin) * strength / before for end in value)
        return tuple(round(end) if self.whole else round(end, _CRUMBS) for end in ends)

    def is_even(self, value: Any) -> bool:
        """Whether a strength alone says ``value``."""
        return bool(self.value(self.strength(value)) == value)


@dataclass(frozen=True)
class RangeScale:
    """A slider for numbers that a recipe holds as they are, or as shares: ``percent``.

    ``typed`` are the ends of what may be typed, where the slider spans only the usual.
    """

    minimum: float
    maximum: float
    step: float = 0.01
    unit: str = ""
    typed: tuple[float, float] | None = None
    percent: bool = False
    whole: bool = False

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the most that may be typed."""
        return self.typed or (self.minimum, self.maximum)

    def shown(self, value: float) -> float:
        """What the slider shows of a recipe's number."""
        return percent(value) if self.percent else value

    def value(self, shown: float) -> float:
        """A recipe's number for what the slider shows."""
        return int(shown) if self.whole else share(shown) if self.percent else shown


def share(percent: float) -> float:
    """20 is 0.2."""
    return float(_exact(percent) / _HUNDRED)


def percent(share: float) -> float:
    """0.2 is 20."""
    return float(_exact(share) * _HUNDRED)


def _exact(number: float) -> Decimal:
    return Decimal(repr(number))


def _probability(usual: float) -> StrengthScale:
    return StrengthScale(100, usual, share, percent)


def _around_zero(most: float, usual: float) -> StrengthScale:
    return StrengthScale(
        most,
        usual,
        value=lambda strength: (-strength, strength),
        strength=lambda ends: max(abs(ends[0]), abs(ends[1])),
        unit="°",
    )


def _around_one(most: float, usual: float) -> StrengthScale:
    def value(strength: float) -> tuple[float, float]:
        part = _exact(strength) / _HUNDRED
        return float(1 - part), float(1 + part)

    def strength(ends: tuple[float, float]) -> float:
        part = max(1 - _exact(ends[0]), _exact(ends[1]) - 1)
        return float(max(part, Decimal(0)) * _HUNDRED)

    return StrengthScale(most, usual, value, strength, origin=1.0)


def _from_zero(most: float, usual: float, typed: float, unit: str, step: float) -> StrengthScale:
    return StrengthScale(
        most,
        usual,
        value=lambda strength: (0.0, strength),
        strength=lambda ends: float(ends[1]),
        unit=unit,
        step=step,
        typed=typed,
    )


STRENGTHS: dict[str, StrengthScale] = {
    "horizontal_flip": _probability(50),
    "vertical_flip": _probability(50),
    "quarter_turns": _probability(75),
    "rotation": _around_zero(180, 20),
    "scale": _around_one(90, 20),
    "crop": StrengthScale(
        95,
        20,
        value=lambda cut: share(float(_HUNDRED - _exact(cut))),
        strength=lambda kept: float(_HUNDRED - _exact(percent(kept))),
    ),
    "translation": StrengthScale(
        100,
        10,
        value=lambda shift: (share(shift), share(shift)),
        strength=lambda both: percent(max(both)),
    ),
    "shear": StrengthScale(
        60, 10, value=lambda slant: (slant, slant), strength=lambda both: max(both), unit="°"
    ),
    "perspective": StrengthScale(50, 20, share, percent),
    "brightness": _around_one(100, 20),
    "contrast": _around_one(100, 20),
    "saturation": _around_one(100, 30),
    "hue": _around_zero(180, 15),
    "gamma": _around_one(90, 30),
    "grayscale": _probability(20),
    "blur": _from_zero(5, 1.5, typed=20, unit="px", step=0.1),
    "noise": _from_zero(64, 12, typed=128, unit="", step=1),
    "jpeg": StrengthScale(
        99,
        60,
        value=lambda lost: (100 - round(lost), 100),
        strength=lambda ends: 100.0 - ends[0],
        unit="",
        whole=True,
        origin=100.0,
    ),
    "erasing": _probability(30),
}
PROBABILITY = RangeScale(0, 100, 1, "%", percent=True)
_FACTORS = RangeScale(0, 2, unit="×", typed=(0, 4))
RANGES: dict[str, RangeScale] = {
    "rotation": RangeScale(-180, 180, 1, "°"),
    "scale": RangeScale(0.5, 2, unit="×", typed=(0.1, 10)),  # 1 lies a third of the way
    "brightness": _FACTORS,
    "contrast": _FACTORS,
    "saturation": _FACTORS,
    "hue": RangeScale(-180, 180, 1, "°"),
    "gamma": RangeScale(0.1, 2, typed=(0.1, 10)),
    "blur": RangeScale(0, 5, 0.1, "px", typed=(0, 20)),
    "noise": RangeScale(0, 64, 1, typed=(0, 128)),
    "jpeg": RangeScale(1, 100, 1, whole=True),
    "crop_aspect": RangeScale(0.5, 2, typed=(0.25, 4)),
    "erasing_area": RangeScale(0.5, 50, 0.5, "%", typed=(0.5, 90), percent=True),
}
PAIRS: dict[str, RangeScale] = {
    "translation": RangeScale(0, 100, 1, "%", percent=True),
    "shear": RangeScale(0, 60, 1, "°"),
}


translate = QCoreApplication.translate


def name(effect: str) -> str:
    """An effect's name."""
    return _words()[effect][0]


def explanation(effect: str) -> str:
    """What an effect does to a picture, in one line."""
    return _words()[effect][1]


def strength(effect: str) -> str:
    """What the one number beside an effect's slider says."""
    if not BY_NAME[effect].has_range:
        return translate("effects", "The share of the pictures that this is done to")
    words, signed = _strengths()[effect], plus(effect)
    return f"{words}. {signed}" if signed else words


def refusal(file: str, problems: Sequence[tuple[str, Mapping[str, object]]]) -> str:
    """Why the augmentation in a file cannot be used, its fields called as the page calls them."""
    told = "; ".join(_problem(code, values) for code, values in problems)
    return base_words.translate("augmentation_invalid", {"path": file, "problems": told})


def _problem(code: str, values: Mapping[str, object]) -> str:
    field = str(values.get("field", ""))
    inner = field.removeprefix("augmentation.").partition(".")[0]
    effect = next((one.name for one in EFFECTS if inner in one.fields), inner)
    if effect in _words():
        template = translate("effects", "{effect} (“{key}” in the file)")
        values = {**values, "field": fill(template, {"effect": name(effect), "key": inner})}
    return base_words.with_minus(base_words.translate(code, values))


def plus(effect: str) -> str:
    """Which way a positive value goes; "" where there is only one way."""
    return {
        "rotation": translate("effects", "Rotation: + is counter-clockwise, − is clockwise"),
        "translation": translate("effects", "Translation: + is to the right, and down"),
        "shear": translate(
            "effects",
            "Shear: + moves what is above the middle to the right, and what is left of it down",
        ),
        "hue": translate("effects", "Hue: + turns red towards yellow, − towards violet"),
    }.get(effect, "")


def summary(effect: str, config: AugmentationConfig) -> str:
    """What is set: "−20° to 20°, in 30 %"; what the effect does, where that says no more."""
    one = BY_NAME[effect]
    if not one.is_on(config):
        return explanation(effect)
    words = _SUMMARIES[effect](config) if effect in _SUMMARIES else explanation(effect)
    often = getattr(config, one.probability)
    if one.has_range and often < 1:
        template = translate("effects", "{range}, in {share} %")
        return fill(template, {"range": words, "share": shown_number(percent(often))})
    return words


def flip_advice(first: str, second: str) -> tuple[str, str, tuple[str, str]]:
    """Why a flip may harm classes that mirror each other: a sentence, in brief, and the classes
    that are named there."""
    sentence = translate("effects", "A flip can turn one class into another ({first} / {second})")
    brief = translate("effects", "{first} ↔ {second}?")
    names = {"first": first, "second": second}
    return fill(sentence, names), fill(brief, names), (first, second)


def _ends(template: str, ends: tuple[float, float]) -> str:
    return fill(template, {"low": shown_number(ends[0]), "high": shown_number(ends[1])})


def _degrees(ends: tuple[float, float]) -> str:
    return _ends(translate("effects", "{low}° to {high}°"), ends)


def _factors(ends: tuple[float, float]) -> str:
    return _ends(translate("effects", "× {low} to {high}"), ends)


def _plain(ends: tuple[float, float]) -> str:
    return _ends(translate("effects", "{low} to {high}"), ends)


def _crop(config: AugmentationConfig) -> str:
    kept = fill(
        translate("effects", "keeps {share} % or more"),
        {"share": shown_number(percent(config.crop))},
    )
    if config.crop_aspect == (1, 1):
        return kept
    return kept + _ends(translate("effects", ", {low} to {high} : 1"), config.crop_aspect)


def _shift(config: AugmentationConfig) -> str:
    x, y = (percent(one) for one in config.translation)
    if x == y:
        return fill(translate("effects", "up to {share} %"), {"share": shown_number(x)})
    values = {"x": shown_number(x), "y": shown_number(y)}
    return fill(translate("effects", "x up to {x} %, y {y} %"), values)


def _slant(config: AugmentationConfig) -> str:
    x, y = config.shear
    if x == y:
        return fill(translate("effects", "up to {degrees}°"), {"degrees": shown_number(x)})
    values = {"x": shown_number(x), "y": shown_number(y)}
    return fill(translate("effects", "x up to {x}°, y {y}°"), values)


def _corners(config: AugmentationConfig) -> str:
    values = {"share": shown_number(percent(config.perspective))}
    return fill(translate("effects", "corners, by up to {share} %"), values)


def _area(config: AugmentationConfig) -> str:
    low, high = (percent(one) for one in config.erasing_area)
    return _ends(translate("effects", "{low} to {high} % of the area"), (low, high))


_SUMMARIES: dict[str, Callable[[AugmentationConfig], str]] = {
    "rotation": lambda config: _degrees(config.rotation),
    "scale": lambda config: _factors(config.scale),
    "crop": _crop,
    "translation": _shift,
    "shear": _slant,
    "perspective": _corners,
    "brightness": lambda config: _factors(config.brightness),
    "contrast": lambda config: _factors(config.contrast),
    "saturation": lambda config: _factors(config.saturation),
    "hue": lambda config: _degrees(config.hue),
    "gamma": lambda config: _plain(config.gamma),
    "blur": lambda config: _ends(translate("effects", "{low} to {high} pixels"), config.blur),
    "noise": lambda config: _ends(translate("effects", "{low} to {high} levels"), config.noise),
    "jpeg": lambda config: _ends(translate("effects", "quality {low} to {high}"), config.jpeg),
    "erasing": _area,
}


def _words() -> dict[str, tuple[str, str]]:
    return {
        "horizontal_flip": (
            translate("effects", "Horizontal flip"),
            translate("effects", "left and right swapped"),
        ),
        "vertical_flip": (
            translate("effects", "Vertical flip"),
            translate("effects", "top and bottom swapped"),
        ),
        "quarter_turns": (
            translate("effects", "Quarter turns"),
            translate("effects", "by 90°, 180° or 270°"),
        ),
        "rotation": (
            translate("effects", "Rotation"),
            translate("effects", "turned about the middle"),
        ),
        "scale": (translate("effects", "Scale"), translate("effects", "smaller and larger")),
        "crop": (
            translate("effects", "Crop"),
            translate("effects", "a part, as large as the whole"),
        ),
        "translation": (
            translate("effects", "Translation"),
            translate("effects", "moved across, up and down"),
        ),
        "shear": (translate("effects", "Shear"), translate("effects", "slanted")),
        "perspective": (
            translate("effects", "Perspective"),
            translate("effects", "as seen at an angle"),
        ),
        "brightness": (
            translate("effects", "Brightness"),
            translate("effects", "darker and lighter"),
        ),
        "contrast": (translate("effects", "Contrast"), translate("effects", "flatter and harsher")),
        "saturation": (
            translate("effects", "Saturation"),
            translate("effects", "paler and more colourful"),
        ),
        "hue": (
            translate("effects", "Hue"),
            translate("effects", "other colours, as light as before"),
        ),
        "gamma": (
            translate("effects", "Gamma"),
            translate("effects", "the greys; black and white stay"),
        ),
        "grayscale": (translate("effects", "Greyscale"), translate("effects", "without colours")),
        "blur": (translate("effects", "Blur"), translate("effects", "out of focus")),
        "noise": (translate("effects", "Noise"), translate("effects", "grain, as in poor light")),
        "jpeg": (
            translate("effects", "JPEG"),
            translate("effects", "traces of strong compression"),
        ),
        "erasing": (
            translate("effects", "Erasing"),
            translate("effects", "a rectangle covered"),
        ),
        "fill_mode": (
            translate("effects", "Fill mode"),
            translate("effects", "for pixels that are uncovered"),
        ),
    }


def _strengths() -> dict[str, str]:
    factors = translate("effects", "20 % means: by a factor from 0.8 to 1.2")
    return {
        "rotation": translate("effects", "20° means: by −20° to 20°"),
        "scale": translate("effects", "20 % means: to 0.8 to 1.2 times the size"),
        "crop": translate("effects", "20 % means: up to a fifth of the area is cut away"),
        "translation": translate("effects", "10 % means: by up to a tenth of width and height"),
        "shear": translate("effects", "10° means: slanted by up to 10°, in both directions"),
        "perspective": translate(
            "effects", "20 % means: corners move inwards by up to 10 % of the side"
        ),
        "brightness": factors,
        "contrast": factors,
        "saturation": factors,
        "hue": translate("effects", "15° of the colour circle means: by −15° to 15°"),
        "gamma": translate("effects", "30 % means: exponents from 0.7 to 1.3"),
        "blur": translate("effects", "Up to this standard deviation, in pixels"),
        "noise": translate("effects", "Up to this standard deviation, of 255 grey levels"),
        "jpeg": translate(
            "effects",
            "60 means: saved with a quality of 40 to 100. 100 leaves a picture as it is; from 99 "
            "on its colours have half the resolution, as in most JPEG files",
        ),
    }
