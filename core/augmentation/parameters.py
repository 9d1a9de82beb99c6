"""Augmentation parameters, picked from a recipe's ranges: of one image, or of many as arrays.

The functions that turn uniforms into values take a float and give a float, or take float64 [N]
and give an array of N, with the same bits: an image drawn alone gets the same parameters as one
drawn among others.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import exp, log, sqrt
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from core.augmentation.draws import GATE, Draws
from core.augmentation.geometry import UNMOVED, WHOLE, Geometric, Point
from core.augmentation.photometric import Box, Photometric
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig, Kind

Floats = npt.NDArray[np.float64]
Number = TypeVar("Number", float, Floats)
Drawn = Mapping[str, tuple[Number, ...]]  # one picture's draws, or many's


@lru_cache(maxsize=256)
def effects_on(config: AugmentationConfig, kind: Kind) -> tuple[str, ...]:
    """The effects of that kind that ``config`` lets change pictures; the others aren't drawn."""
    return tuple(one.name for one in EFFECTS if one.kind == kind and one.is_on(config))


def strength(
    ends: tuple[float, float], probability: float, nothing: float, uniforms: tuple[Number, ...]
) -> Number:
    """How strong an effect is whose strength is one number: its first uniform says how far from
    the low end to the high end; its last, whether it is done at all."""
    value: Number = chosen(uniforms[GATE], probability, between(ends, uniforms[0]), nothing)
    return value


def between(ends: tuple[float, float] | tuple[Number, Number], uniform: Number) -> Number:
    """The value that far along the way from the low end to the high end."""
    low, high = ends
    return least(low + (high - low) * uniform, high)  # rounding may step over the end


def chosen(uniform: Number, probability: float, value: Any, nothing: Any) -> Any:
    """``value`` where an effect of that probability is done, which is where ``uniform`` is below
    it, and ``nothing`` elsewhere; of the shape of ``value``."""
    if not isinstance(uniform, np.ndarray):
        return value if uniform < probability else nothing
    if probability >= 1:
        return value  # uniforms stay below 1
    return np.where((uniform < probability).reshape(-1, *(1,) * (value.ndim - 1)), value, nothing)


def together(*values: Any) -> Any:
    """A tuple of one picture's values; many pictures' as the columns of one array [N, ...]."""
    return np.array(values).swapaxes(0, 1) if isinstance(values[0], np.ndarray) else values


def whole(value: Number) -> Any:
    """The integer part of a number that is not negative: ``int``, or int64 [N]."""
    return value.astype(np.int64) if isinstance(value, np.ndarray) else int(value)


def least(value: Number, limit: float | Number) -> Number:
    """``value``, but no more than ``limit``."""
    return np.minimum(value, limit) if isinstance(value, np.ndarray) else min(value, limit)


def greatest(value: Number, limit: float | Number) -> Number:
    """``value``, but no less than ``limit``."""
    return np.maximum(value, limit) if isinstance(value, np.ndarray) else max(value, limit)


def root(value: Number) -> Number:
    """The square root, which IEEE 754 rounds correctly everywhere."""
    return np.sqrt(value) if isinstance(value, np.ndarray) else sqrt(value)


def exponential(value: Number) -> Number:
    """e to the power of ``value``."""
    return _each(exp, value)


def logarithm(value: Number) -> Number:
    """The natural logarithm."""
    return _each(log, value)


def _each(function: Callable[[float], float], value: Number) -> Number:
    # NumPy's own differ from the C library's in the last bit, by the processor's instructions.
    if isinstance(value, np.ndarray):
        return np.array([function(one) for one in value.tolist()], dtype=np.float64)
    return function(value)


_NO_BOX: Box = (0.0, 0.0, 0.0, 0.0)
_ASPECT = (0.3, 3.3)  # width to height of what is erased, as in torchvision's RandomErasing


def sample_photometric(config: AugmentationConfig, draws: Draws) -> Photometric:
    """The parameters that ``draws`` picks from the ranges of ``config``.

    Common random numbers, as for geometry: of an effect's uniforms the first says how strong it
    is, the last whether it is done at all; for grayscale and erasing, which have no strength,
    the first says whether. JPEG's qualities are equally likely, the ends as well.
    """
    return photometric_of(photometric_values(config, draws))


def photometric_values(config: AugmentationConfig, draws: Drawn[Number]) -> dict[str, Any]:
    """The same as values for ``photometric_of``: for many pictures arrays [N], of rectangles
    [N, 4], but for what no picture's draws change, which is one for them all."""
    values = dict(_PHOTOMETRIC_STILL)
    for effect in effects_on(config, "photometric"):
        uniforms = draws[effect]
        values[effect] = _PHOTOMETRIC_SAMPLED[effect](config, uniforms)
        if effect == "noise":
            values["noise_seed"] = _seed(config, uniforms)
    return values


def photometric_of(values: dict[str, Any]) -> Photometric:
    """One picture's parameters of its values by name; a rectangle without area is none."""
    is_erased = values["erasing"][2] > 0
    return Photometric(**(values if is_erased else values | {"erasing": None}))


def _strength(effect: str) -> Callable[[AugmentationConfig, tuple[Any, ...]], Any]:
    nothing, how_often = _PHOTOMETRIC_STILL[effect], BY_NAME[effect].probability

    def sampled(config: AugmentationConfig, uniforms: tuple[Any, ...]) -> Any:
        return strength(getattr(config, effect), getattr(config, how_often), nothing, uniforms)

    return sampled


def _seed(config: AugmentationConfig, uniforms: tuple[Number, ...]) -> Any:
    return chosen(uniforms[GATE], config.noise_probability, whole(uniforms[1] * 2**53), 0)


def _quality(config: AugmentationConfig, uniforms: tuple[Number, ...]) -> Any:
    low, high = config.jpeg
    quality = least(low + whole((high - low + 1) * uniforms[0]), high)
    return chosen(uniforms[GATE], config.jpeg_probability, quality, 100)


def _erasing(config: AugmentationConfig, uniforms: tuple[Number, ...]) -> Any:
    """The rectangle: share of the area, logarithm of its aspect, and place each spread evenly.

    The aspect is that of a square picture. RandomErasing draws again when a rectangle doesn't
    fit, and gives up after ten times; here the aspect is drawn from those that fit, so that every
    erasing that is due is done.
    """
    whether, size, shape, across, down, *_ = uniforms
    area = between(config.erasing_area, size)
    narrowest, widest = greatest(area, _ASPECT[0]), least(1 / area, _ASPECT[1])
    aspect = exponential(between((logarithm(narrowest), logarithm(widest)), shape))
    width, height = least(root(area * aspect), 1.0), least(root(area / aspect), 1.0)
    box = together(across * (1 - width), down * (1 - height), width, height)
    return chosen(whether, config.erasing, box, _NO_BOX)


_PHOTOMETRIC_STILL: dict[str, Any] = vars(Photometric()) | {"erasing": _NO_BOX}
_PHOTOMETRIC_SAMPLED: dict[str, Callable[[AugmentationConfig, tuple[Any, ...]], Any]] = {
    "brightness": _strength("brightness"),
    "contrast": _strength("contrast"),
    "saturation": _strength("saturation"),
    "hue": _strength("hue"),
    "gamma": _strength("gamma"),
    "grayscale": lambda config, uniforms: uniforms[0] < config.grayscale,
    "blur": _strength("blur"),
    "noise": _strength("noise"),
    "jpeg": _quality,
    "erasing": _erasing,
}


@dataclass(frozen=True)
class Parameters(Geometric):
    """What is done to one picture: where its pixels go, and then its ``photometric`` changes;
    the default is nothing."""

    photometric: Photometric = field(default_factory=Photometric)

    @property
    def is_identity(self) -> bool:
        """Whether the picture stays as it is."""
        return self.moves_nothing and self.photometric.is_identity


class Table:
    """What N pictures have of each of some fields, by the fields' names.

    ``values`` holds an array with a row for each picture, or one value that all of them have.
    """

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    @cached_property
    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Those of the values that are arrays: where pictures differ."""
        values = self.values.items()
        return {name: value for name, value in values if isinstance(value, np.ndarray)}

    def row(self, picture: int) -> dict[str, Any]:
        """What one picture has, in Python's own numbers and tuples."""
        return self.values | {name: rows[picture] for name, rows in self._rows.items()}

    def replaced(self, pictures: int, parts: Iterable[tuple[Sequence[int], "Table"]]) -> "Table":
        """The same of that many pictures, but with what each of the ``parts`` has in its arrays,
        whose rows are those of the pictures that stand before it."""
        arrays: dict[str, npt.NDArray[Any]] = {}
        for which, part in parts:
            for name, rows in part.arrays.items():
                if name not in arrays:
                    shape = (pictures, *rows.shape[1:])
                    arrays[name] = np.full(shape, self.values[name], rows.dtype)
                arrays[name][which] = rows
        return Table(self.values | arrays)

    @cached_property
    def _rows(self) -> dict[str, list[Any]]:
        """The arrays, converted at once: number by number it takes longer than all the rest."""
        return {name: _rows(array) for name, array in self.arrays.items()}


class ManyParameters:
    """The parameters of N pictures as arrays; ``many[n]`` are those of the one at n.

    ``geometric`` has the fields of ``Geometric``, ``photometric`` those of ``Photometric``.
    """

    def __init__(self, pictures: int, geometric: Table, photometric: Table) -> None:
        self._pictures = range(pictures)
        self.geometric, self.photometric = geometric, photometric

    def __len__(self) -> int:
        return len(self._pictures)

    def __getitem__(self, picture: int) -> Parameters:
        at = self._pictures[picture]
        photometric = self._shared or photometric_of(self.photometric.row(at))
        return Parameters(**self.geometric.row(at), photometric=photometric)

    def __iter__(self) -> Iterator[Parameters]:
        return (self[at] for at in self._pictures)

    def replaced(self, parts: Iterable[tuple[Sequence[int], "ManyParameters"]]) -> "ManyParameters":
        """These, but with what the pictures of each part have there of their own; the part's
        pictures are those that stand before it."""
        parts, pictures = list(parts), len(self)
        return ManyParameters(
            pictures,
            self.geometric.replaced(pictures, [(at, part.geometric) for at, part in parts]),
            self.photometric.replaced(pictures, [(at, part.photometric) for at, part in parts]),
        )

    @cached_property
    def _shared(self) -> Photometric | None:
        """What is done to the colours of all of them alike; None where they differ in that."""
        return None if self.photometric.arrays else photometric_of(self.photometric.values)


def _rows(array: npt.NDArray[Any]) -> list[Any]:
    rows: list[Any] = array.tolist()
    return rows if array.ndim == 1 else [_tuples(row, array.ndim - 1) for row in rows]


def _tuples(row: list[Any], depth: int) -> tuple[Any, ...]:
    return tuple(row) if depth == 1 else tuple([_tuples(one, depth - 1) for one in row])


_HALF_THE_BITS = 2**26  # of a uniform's 53: a corner's two numbers come from one uniform


def geometric_values(config: AugmentationConfig, draws: Drawn[Number]) -> dict[str, Any]:
    """What ``draws`` picks from the ranges of ``config``, by the names of the fields of
    ``Geometric``; its ``policy`` is not looked at. For many pictures arrays [N], [N, 4] and so
    on, but for what no picture's draws change, which is one for them all.

    Common random numbers: each value follows its range continuously while its uniform stays, so
    moving one slider changes one effect, smoothly, from nothing to its most.
    """
    values = dict(_GEOMETRIC_STILL, fill_mode=config.fill_mode, fill_color=config.fill_color)
    for effect in effects_on(config, "geometric"):
        values[effect] = _GEOMETRIC_SAMPLED[effect](config, draws[effect])
    return values


def _quarters(config: AugmentationConfig, uniforms: tuple[Number, ...]) -> Any:
    whether, which, *_ = uniforms
    return chosen(whether, config.quarter_turns, 1 + whole(3 * which), 0)


def _window(config: AugmentationConfig, uniforms: tuple[Number, ...]) -> Any:
    """A window of any share of the area from ``crop`` on, of any ratio in ``crop_aspect`` (even
    on a logarithmic scale); where the two don't fit into the picture together the ratio stays."""
    area, left, top, aspect, *_ = uniforms
    width = height = side = root(1 - (1 - config.crop) * area)
    if config.crop_aspect != (1, 1):
        low, high = config.crop_aspect
        stretch = root(exponential(between((log(low), log(high)), aspect)))
        most = greatest(greatest(side * stretch, side / stretch), 1.0)
        width, height = side * stretch / most, side / stretch / most
    window = together(left * (1 - width), top * (1 - height), width, height)
    return chosen(uniforms[GATE], config.crop_probability, window, WHOLE)


def _up_to(most: Point, probability: float, uniforms: tuple[Number, ...]) -> Any:
    across, down = (2 * uniforms[0] - 1) * most[0], (2 * uniforms[1] - 1) * most[1]
    return chosen(uniforms[GATE], probability, together(across, down), (0.0, 0.0))


def _corners(config: AugmentationConfig, uniforms: tuple[Number, ...]) -> Any:
    """As torchvision's ``RandomPerspective``: each corner inwards by up to half the distortion,
    across and down. One uniform holds both numbers of a corner."""
    most = config.perspective / 2
    corners = together(*[_moved(uniform, most) for uniform in uniforms[:4]])
    return chosen(uniforms[GATE], config.perspective_probability, corners, UNMOVED)


def _moved(uniform: Number, most: float) -> Any:
    across, down = divmod(uniform * _HALF_THE_BITS, 1)
    return together(most * across / _HALF_THE_BITS, most * down)


_GEOMETRIC_STILL: dict[str, Any] = vars(Geometric())
_GEOMETRIC_SAMPLED: dict[str, Callable[[AugmentationConfig, tuple[Any, ...]], Any]] = {
    "horizontal_flip": lambda config, uniforms: uniforms[0] < config.horizontal_flip,
    "vertical_flip": lambda config, uniforms: uniforms[0] < config.vertical_flip,
    "quarter_turns": _quarters,
    "rotation": lambda config, uniforms: strength(
        config.rotation, config.rotation_probability, 0.0, uniforms
    ),
    "scale": lambda config, uniforms: strength(
        config.scale, config.scale_probability, 1.0, uniforms
    ),
    "crop": _window,
    "translation": lambda config, uniforms: _up_to(
        config.translation, config.translation_probability, uniforms
    ),
    "shear": lambda config, uniforms: _up_to(config.shear, config.shear_probability, uniforms),
    "perspective": _corners,
}
