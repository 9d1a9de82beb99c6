"""What an effect of augmentation is, beside its fields in a recipe: one record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from core.augmentation.draws import Uniforms
from core.augmentation.effects.code import Step
from core.recipe.config import AugmentationConfig

Image = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Slider:
    """One strength for an effect, from 0 (no effect) to ``most`` in steps of ``step``.

    The strength s sets the effect's field: each of its one or two numbers is ``origin``, which
    changes nothing, plus s times its factor in ``ends``. With the unit "%" it is s / 100. All sums
    are exact in decimals: 20 % less than 1 is 0.8. ``usual`` is what switching on gives; ``typed``
    the most that may be typed, where that is more; ``whole`` is for fields without decimals.
    """

    most: float
    usual: float
    ends: tuple[int, ...] = (1,)
    origin: float = 0.0
    unit: str = "%"
    step: float = 1.0
    typed: float | None = None
    whole: bool = False

    def value(self, strength: float) -> Any:
        """The field's value for a strength."""
        part = exact(share(strength) if self.unit == "%" else strength)
        numbers = tuple(self._rounded(exact(self.origin) + end * part) for end in self.ends)
        return numbers if len(numbers) > 1 else numbers[0]

    def strength(self, value: Any) -> float:
        """The strength that comes nearest to a field's value."""
        numbers = value if isinstance(value, tuple) else (value,)
        parts = [
            (exact(number) - exact(self.origin)) * end
            for number, end in zip(numbers, self.ends, strict=True)
            if end
        ]
        strongest = float(max(Decimal(0), *parts))
        return percent(strongest) if self.unit == "%" else strongest

    def stretched(self, value: Any, strength: float) -> Any:
        """``value`` as strong as ``strength``: an uneven range keeps its proportions."""
        before = self.strength(value)
        if self.is_even(value) or not before:
            return self.value(strength)
        ends = (self.origin + (end - self.origin) * strength / before for end in value)
        return tuple(round(end) if self.whole else round(end, 6) for end in ends)

    def is_even(self, value: Any) -> bool:
        """Whether a strength alone says ``value``."""
        return bool(self.value(self.strength(value)) == value)

    def _rounded(self, number: Decimal) -> float:
        return round(number) if self.whole else float(number)


@dataclass(frozen=True)
class Range:
    """The numbers that one field of an effect may have; with the unit "%" it holds shares.

    ``typed`` are the ends of what may be typed, where a slider spans only the usual. ``by_axis``:
    the field's two numbers are one for x and one for y, and not the ends of a range.
    """

    minimum: float
    maximum: float
    step: float = 0.01
    unit: str = ""
    typed: tuple[float, float] | None = None
    whole: bool = False
    by_axis: bool = False

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the most that may be typed."""
        return self.typed or (self.minimum, self.maximum)

    def shown(self, value: float) -> float:
        """What a slider shows of a recipe's number."""
        return percent(value) if self.unit == "%" else value

    def value(self, shown: float) -> float:
        """A recipe's number for what a slider shows."""
        return int(shown) if self.whole else share(shown) if self.unit == "%" else shown


def share(percent: float) -> float:
    """20 is 0.2."""
    return float(exact(percent) / 100)


def percent(share: float) -> float:
    """0.2 is 20."""
    return float(exact(share) * 100)


def exact(number: float) -> Decimal:
    """The number as it is written."""
    return Decimal(repr(number))


HOW_OFTEN = Range(0, 100, 1, "%")
FACTORS = Range(0, 2, unit="×", typed=(0, 4))


@dataclass(frozen=True)
class EffectRecord:
    """An effect: how it is drawn and done, set with a slider, told, and written as code.

    Its ``name`` is that of its ``Effect`` in ``core.recipe.config``, whose field says its range,
    and of its stream of draws. An effect whose probability came up is done with a value
    (``drawn``). ``still`` is the value that changes nothing.

    Photometric effects have ``pixels``: (image, value) to an image of the same shape; they leave
    their input as it is. Geometric ones have ``matrix``: (value, width, height) to the float64
    [3, 3] matrix from input to output pixels (``core.augmentation.geometry``); those that only
    reorder pixels also ``reordered``, (image, value) to the same image without interpolation.

    ``torchvision`` (config, size) and ``albumentations`` (config, size, probability as text) write
    it as code for images of ``size`` pixels a side. ``ranges`` are the fields that can be set in
    detail. ``told`` gives the values of the sentence ``drawn_<name>``.
    """

    name: str
    still: Any
    slider: Slider
    torchvision: Callable[[AugmentationConfig, int], Step]
    albumentations: Callable[[AugmentationConfig, int, str], Step]
    pixels: Callable[[Image, Any], Image] | None = None
    matrix: Callable[[Any, int, int], Matrix] | None = None
    reordered: Callable[[Image, Any], Image] | None = None
    draw: Callable[[AugmentationConfig, Uniforms], Any] | None = None
    told: Callable[[Any], dict[str, object]] = lambda value: {"value": value}
    ranges: Mapping[str, Range] = field(default_factory=dict)

    def drawn(self, config: AugmentationConfig, uniforms: Uniforms) -> Any:
        """The value that the stream's uniforms pick; without ``draw`` a number that the first one
        picks evenly from the range.

        Common random numbers: a value follows its range continuously while its uniforms stay, so
        moving one slider changes one effect, smoothly, from nothing to its most.
        """
        if self.draw is not None:
            return self.draw(config, uniforms)
        return between(getattr(config, self.name), uniforms[0])


def between(ends: tuple[float, float], uniform: float) -> float:
    """The value that far along the way from the low end to the high end."""
    low, high = ends
    return min(low + (high - low) * uniform, high)  # rounding may step over the end


def always(_config: AugmentationConfig, _uniforms: Uniforms) -> bool:
    """The value of an effect that is done or not, and has no strength."""
    return True


def nothing(_value: Any) -> dict[str, object]:
    """What is told of an effect without strength, beside that it was done."""
    return {}
