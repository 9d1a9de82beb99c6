"""Which geometric parameters a picture gets: uniforms and a configuration's ranges -> values."""

from collections.abc import Callable
from math import log
from typing import Any

from core.augmentation.draws import GATE
from core.augmentation.geometry import UNMOVED, WHOLE, Geometric, Point
from core.augmentation.sampling import (
    Drawn,
    Number,
    between,
    chosen,
    effects_on,
    exponential,
    greatest,
    root,
    strength,
    together,
    whole,
)
from core.recipe.config import AugmentationConfig

_HALF_THE_BITS = 2**26  # of a uniform's 53: a corner's two numbers come from one uniform


def geometric_values(config: AugmentationConfig, draws: Drawn[Number]) -> dict[str, Any]:
    """What ``draws`` picks from the ranges of ``config``, by the names of the fields of
    ``Geometric``; its ``policy`` is not looked at. For many pictures arrays [N], [N, 4] and so
    on, but for what no picture's draws change, which is one for them all.

    Common random numbers: each value follows its range continuously while its uniform stays, so
    moving one slider changes one effect, smoothly, from nothing to its most.
    """
    values = dict(_STILL, fill_mode=config.fill_mode, fill_color=config.fill_color)
    for effect in effects_on(config, "geometric"):
        values[effect] = _SAMPLED[effect](config, draws[effect])
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


_STILL: dict[str, Any] = vars(Geometric())
_SAMPLED: dict[str, Callable[[AugmentationConfig, tuple[Any, ...]], Any]] = {
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
