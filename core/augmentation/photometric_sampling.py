"""Which photometric parameters a picture gets: uniforms and a configuration's ranges -> values."""

from collections.abc import Callable
from typing import Any

from core.augmentation.draws import GATE, Draws
from core.augmentation.photometric import Box
from core.augmentation.photometric_ import Photometric
from core.augmentation.sampling import (
    Drawn,
    Number,
    between,
    chosen,
    effects_on,
    exponential,
    greatest,
    least,
    logarithm,
    root,
    strength,
    together,
    whole,
)
from core.recipe.config import BY_NAME, AugmentationConfig

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
    values = dict(_STILL)
    for effect in effects_on(config, "photometric"):
        uniforms = draws[effect]
        values[effect] = _SAMPLED[effect](config, uniforms)
        if effect == "noise":
            values["noise_seed"] = _seed(config, uniforms)
    return values


def photometric_of(values: dict[str, Any]) -> Photometric:
    """One picture's parameters of its values by name; a rectangle without area is none."""
    is_erased = values["erasing"][2] > 0
    return Photometric(**(values if is_erased else values | {"erasing": None}))


def _strength(effect: str) -> Callable[[AugmentationConfig, tuple[Any, ...]], Any]:
    nothing, how_often = _STILL[effect], BY_NAME[effect].probability

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


_STILL: dict[str, Any] = vars(Photometric()) | {"erasing": _NO_BOX}
_SAMPLED: dict[str, Callable[[AugmentationConfig, tuple[Any, ...]], Any]] = {
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
