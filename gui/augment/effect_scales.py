"""How a slider's numbers are an effect's fields: one strength, or the ends of its range.

What is shown has units that people use (per cent, degrees, pixels); what a recipe holds are
shares and factors. All sums are exact in decimals: 20 % less than 1 is 0.8.

One strength s, from nothing at the left to the most at the right, sets an effect's range:

- probabilities (flips, quarter turns, greyscale, erasing): s % of the pictures;
- rotation, hue: from -s to s degrees;
- scale, brightness, contrast, saturation, gamma: factors from 1 - s % to 1 + s %;
- crop: up to s % of the area is cut away, so at least 100 - s % is kept;
- translation: up to s % of the width and of the height; shear: up to s degrees in both;
- perspective: corners move inwards by up to s % of half the side;
- blur, noise: from 0 to s;
- jpeg: a quality from 100 - s to 100.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

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
