"""Augmentation parameters of an image, picked from a recipe's ranges by its draws."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from math import exp, log, sqrt
from typing import Any

from core.augmentation.draws import GATE, Draws, Uniforms
from core.augmentation.geometry import UNMOVED, WHOLE, Corners, Geometric, Point, Window
from core.augmentation.photometric import Box, Photometric
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig, Kind


@lru_cache(maxsize=256)
def effects_on(config: AugmentationConfig, kind: Kind) -> tuple[str, ...]:
    """The effects of that kind that ``config`` lets change pictures; the others aren't drawn."""
    return tuple(one.name for one in EFFECTS if one.kind == kind and one.is_on(config))


def strength(
    ends: tuple[float, float], probability: float, nothing: float, uniforms: Uniforms
) -> float:
    """How strong an effect is whose strength is one number: its first uniform says how far from
    the low end to the high end; its last, whether it is done at all."""
    return between(ends, uniforms[0]) if uniforms[GATE] < probability else nothing


def between(ends: tuple[float, float], uniform: float) -> float:
    """The value that far along the way from the low end to the high end."""
    low, high = ends
    return min(low + (high - low) * uniform, high)  # rounding may step over the end


_ASPECT = (0.3, 3.3)  # width to height of what is erased, as in torchvision's RandomErasing


def sample_photometric(config: AugmentationConfig, draws: Draws) -> Photometric:
    """The parameters that ``draws`` picks from the ranges of ``config``.

    Common random numbers, as for geometry: of an effect's uniforms the first says how strong it
    is, the last whether it is done at all; for grayscale and erasing, which have no strength,
    the first says whether. JPEG's qualities are equally likely, the ends as well.
    """
    values: dict[str, Any] = {}
    for effect in effects_on(config, "photometric"):
        uniforms = draws[effect]
        values[effect] = _PHOTOMETRIC_SAMPLED[effect](config, uniforms)
        if effect == "noise" and uniforms[GATE] < config.noise_probability:
            values["noise_seed"] = int(uniforms[1] * 2**53)
    return Photometric(**values)


def _strength(effect: str) -> Callable[[AugmentationConfig, Uniforms], float]:
    nothing, how_often = getattr(Photometric(), effect), BY_NAME[effect].probability

    def sampled(config: AugmentationConfig, uniforms: Uniforms) -> float:
        return strength(getattr(config, effect), getattr(config, how_often), nothing, uniforms)

    return sampled


def _quality(config: AugmentationConfig, uniforms: Uniforms) -> int:
    low, high = config.jpeg
    done = uniforms[GATE] < config.jpeg_probability
    return min(low + int((high - low + 1) * uniforms[0]), high) if done else 100


def _erasing(config: AugmentationConfig, uniforms: Uniforms) -> Box | None:
    """The rectangle: share of the area, logarithm of its aspect, and place each spread evenly.

    The aspect is that of a square picture. RandomErasing draws again when a rectangle doesn't
    fit, and gives up after ten times; here the aspect is drawn from those that fit, so that every
    erasing that is due is done.
    """
    whether, size, shape, across, down, *_ = uniforms
    if whether >= config.erasing:
        return None
    area = between(config.erasing_area, size)
    narrowest, widest = max(area, _ASPECT[0]), min(1 / area, _ASPECT[1])
    aspect = exp(between((log(narrowest), log(widest)), shape))
    width, height = min(sqrt(area * aspect), 1.0), min(sqrt(area / aspect), 1.0)
    return across * (1 - width), down * (1 - height), width, height


_PHOTOMETRIC_SAMPLED: dict[str, Callable[[AugmentationConfig, Uniforms], Any]] = {
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


_HALF_THE_BITS = 2**26  # of a uniform's 53: a corner's two numbers come from one uniform


def geometric_values(config: AugmentationConfig, draws: Draws) -> dict[str, Any]:
    """What ``draws`` picks from the ranges of ``config``, by the names of the fields of
    ``Geometric``; its ``policy`` is not looked at.

    Common random numbers: each value follows its range continuously while its uniform stays, so
    moving one slider changes one effect, smoothly, from nothing to its most.
    """
    values: dict[str, Any] = {"fill_mode": config.fill_mode, "fill_color": config.fill_color}
    for effect in effects_on(config, "geometric"):
        values[effect] = _GEOMETRIC_SAMPLED[effect](config, draws[effect])
    return values


def _quarters(config: AugmentationConfig, uniforms: Uniforms) -> int:
    whether, which, *_ = uniforms
    return 1 + int(3 * which) if whether < config.quarter_turns else 0


def _window(config: AugmentationConfig, uniforms: Uniforms) -> Window:
    """A window of any share of the area from ``crop`` on, of any ratio in ``crop_aspect`` (even
    on a logarithmic scale); where the two don't fit into the picture together the ratio stays."""
    if uniforms[GATE] >= config.crop_probability:
        return WHOLE
    area, left, top, aspect, *_ = uniforms
    width = height = side = sqrt(1 - (1 - config.crop) * area)
    if config.crop_aspect != (1, 1):
        low, high = config.crop_aspect
        stretch = sqrt(exp(between((log(low), log(high)), aspect)))
        most = max(side * stretch, side / stretch, 1.0)
        width, height = side * stretch / most, side / stretch / most
    return left * (1 - width), top * (1 - height), width, height


def _up_to(most: Point, probability: float, uniforms: Uniforms) -> Point:
    if uniforms[GATE] >= probability:
        return 0.0, 0.0
    return (2 * uniforms[0] - 1) * most[0], (2 * uniforms[1] - 1) * most[1]


def _corners(config: AugmentationConfig, uniforms: Uniforms) -> Corners:
    """As torchvision's ``RandomPerspective``: each corner inwards by up to half the distortion,
    across and down. One uniform holds both numbers of a corner."""
    if uniforms[GATE] >= config.perspective_probability:
        return UNMOVED
    most = config.perspective / 2
    first, second, third, fourth = (_moved(uniform, most) for uniform in uniforms[:4])
    return first, second, third, fourth


def _moved(uniform: float, most: float) -> Point:
    across, down = divmod(uniform * _HALF_THE_BITS, 1)
    return most * across / _HALF_THE_BITS, most * down


_GEOMETRIC_SAMPLED: dict[str, Callable[[AugmentationConfig, Uniforms], Any]] = {
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
