"""Which geometric parameters a picture gets: uniforms and a configuration's ranges -> values."""

from math import exp, log, sqrt

from core.augmentation_config import AugmentationConfig
from core.draws import Draws, between, rolled
from core.geometry import UNMOVED, WHOLE, Corners, Geometric, Point, Window

_HALF_THE_BITS = 2**26  # of a uniform's 53: a corner's two numbers come from one uniform


def sample_geometric(config: AugmentationConfig, draws: Draws) -> Geometric:
    """What ``draws`` picks from the ranges of ``config``; its ``policy`` is not looked at.

    Common random numbers: each value follows its range continuously while its uniform stays, so
    moving one slider changes one effect, smoothly, from nothing to its most.
    """
    return Geometric(
        horizontal_flip=_flips(draws, "horizontal_flip", config.horizontal_flip),
        vertical_flip=_flips(draws, "vertical_flip", config.vertical_flip),
        quarter_turns=_quarters(draws, config.quarter_turns),
        rotation=_within(draws, "rotation", config.rotation, config.rotation_probability, 0.0),
        scale=_within(draws, "scale", config.scale, config.scale_probability, 1.0),
        crop=_window(draws, config),
        translation=_up_to(
            draws, "translation", config.translation, config.translation_probability
        ),
        shear=_up_to(draws, "shear", config.shear, config.shear_probability),
        perspective=_corners(draws, config),
        fill_mode=config.fill_mode,
        fill_color=config.fill_color,
    )


def _flips(draws: Draws, effect: str, probability: float) -> bool:
    return probability > 0 and draws[effect][0] < probability


def _quarters(draws: Draws, probability: float) -> int:
    if not _flips(draws, "quarter_turns", probability):
        return 0
    return 1 + int(3 * draws["quarter_turns"][1])


def _within(
    draws: Draws, effect: str, ends: tuple[float, float], probability: float, nothing: float
) -> float:
    if ends == (nothing, nothing):
        return nothing
    uniforms = rolled(draws, effect, probability)
    return nothing if uniforms is None else between(ends, uniforms[0])


def _up_to(draws: Draws, effect: str, most: Point, probability: float) -> Point:
    uniforms = rolled(draws, effect, probability) if most != (0, 0) else None
    if uniforms is None:
        return (0.0, 0.0)
    return (2 * uniforms[0] - 1) * most[0], (2 * uniforms[1] - 1) * most[1]


def _window(draws: Draws, config: AugmentationConfig) -> Window:
    """A window of any share of the area from ``crop`` on, of any ratio in ``crop_aspect`` (even
    on a logarithmic scale); where the two don't fit into the picture together the ratio stays."""
    is_on = config.crop != 1 or config.crop_aspect != (1, 1)
    uniforms = rolled(draws, "crop", config.crop_probability) if is_on else None
    if uniforms is None:
        return WHOLE
    area, left, top, aspect, *_ = uniforms
    side = sqrt(1 - (1 - config.crop) * area)
    if config.crop_aspect == (1, 1):
        return left * (1 - side), top * (1 - side), side, side
    low, high = config.crop_aspect
    stretch = sqrt(exp(between((log(low), log(high)), aspect)))
    most = max(1.0, side * stretch, side / stretch)
    width, height = side * stretch / most, side / stretch / most
    return left * (1 - width), top * (1 - height), width, height


def _corners(draws: Draws, config: AugmentationConfig) -> Corners:
    """As torchvision's ``RandomPerspective``: each corner inwards by up to half the distortion,
    across and down. One uniform holds both numbers of a corner."""
    is_on = config.perspective > 0
    uniforms = rolled(draws, "perspective", config.perspective_probability) if is_on else None
    if uniforms is None:
        return UNMOVED
    most = config.perspective / 2
    one, two, three, four = (divmod(uniform * _HALF_THE_BITS, 1) for uniform in uniforms[:4])
    return _moved(one, most), _moved(two, most), _moved(three, most), _moved(four, most)


def _moved(halves: Point, most: float) -> Point:
    return most * halves[0] / _HALF_THE_BITS, most * halves[1]
