"""What the effects share when they are written as code for torchvision or Albumentations."""

from collections.abc import Callable
from dataclasses import dataclass

from core.recipe.config import AugmentationConfig, FillMode


@dataclass(frozen=True)
class Step:
    """One transform: the expression that makes it, how often it is done, what it does otherwise
    than Thaw (a comment), and a function of its own that it needs (without indentation)."""

    code: str
    probability: float = 1.0
    note: str = ""
    helper: str = ""


def number(value: float) -> str:
    """``value`` as a person writes it."""
    return f"{value:.6g}"


def pair(values: tuple[float, float]) -> str:
    """A range as a tuple."""
    return f"({number(values[0])}, {number(values[1])})"


def either_way(value: float) -> tuple[float, float]:
    """The range from ``-value`` to ``value``."""
    return (-value or 0.0, value)


BORDERS: dict[FillMode, str] = {
    "constant": "BORDER_CONSTANT",
    "edge": "BORDER_REPLICATE",
    "reflect": "BORDER_REFLECT",
    "wrap": "BORDER_WRAP",
}
# What is not a colour: torchvision cannot fill with it.
_FILLS: dict[FillMode, str] = {
    "edge": "the edge's pixels",
    "reflect": "reflection",
    "wrap": "what is on the opposite side",
}
_DIFFERENTLY = "# Thaw fills what is uncovered by {}; here only one colour can be had.\n"
_WARP = """\
# Each of these interpolates anew; Thaw does all of them in one go.
{differently}WARP = {{"interpolation": v2.InterpolationMode.BILINEAR, "fill": {color}}}"""


def torchvision_warp(config: AugmentationConfig, start: str) -> Step:
    """A transform that uncovers pixels; ``start`` is its code up to what all of them share."""
    fill = _FILLS.get(config.fill_mode)
    differently = _DIFFERENTLY.format(fill) if fill else ""
    helper = _WARP.format(differently=differently, color=list(config.fill_color))
    return Step(f"{start}, **WARP)", helper=helper)


def albumentations_affine(config: AugmentationConfig, ranges: str, p: str, note: str = "") -> Step:
    """``A.Affine`` with these ranges and the fill of ``config``."""
    border = f"border_mode=cv2.{BORDERS[config.fill_mode]}"
    if config.fill_mode == "constant":
        border += f", fill={config.fill_color}"
    return Step(f"A.Affine({ranges}, {border}, p={p})", note=note)


_UNCHANGED = {
    "brightness": "(1, 1)",
    "contrast": "(1, 1)",
    "saturation": "(1, 1)",
    "hue": "(0, 0)",
}


def torchvision_jitter(effect: str, turn: float = 1) -> Callable[[AugmentationConfig, int], Step]:
    """``ColorJitter`` of one of its four, whose range is divided by ``turn``."""

    def step(config: AugmentationConfig, _size: int) -> Step:
        low, high = getattr(config, effect)
        return Step(f"v2.ColorJitter({effect}={pair((low / turn, high / turn))})")

    return step


def albumentations_jitter(
    effect: str, turn: float = 1
) -> Callable[[AugmentationConfig, int, str], Step]:
    """The same for Albumentations, where the other three must be said to do nothing."""

    def step(config: AugmentationConfig, _size: int, p: str) -> Step:
        low, high = getattr(config, effect)
        ranges = _UNCHANGED | {effect: pair((low / turn, high / turn))}
        named = ", ".join(f"{name}={value}" for name, value in ranges.items())
        return Step(f"A.ColorJitter({named}, p={p})")

    return step
