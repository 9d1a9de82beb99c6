"""An augmentation as Python code for torchvision's transforms v2 or for Albumentations 2.

Every effect is there, and comments in the code say where a library does it differently. Written
after https://albumentations.ai/docs/api-reference/albumentations (version 2.0.8).
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from core.augmentation import augment as augmentation
from core.augmentation.photometric import MEAN_COLOR
from core.recipe.config import EFFECTS, AugmentationConfig, Effect, FillMode


@dataclass(frozen=True)
class Step:
    """One transform: the expression that makes it, how often it is done, what it does otherwise
    than Thaw (a comment), and a function of its own that it needs (without indentation)."""

    code: str
    probability: float = 1.0
    note: str = ""
    helper: str = ""


# What is no colour: only some libraries fill with it.
FILLS: dict[FillMode, str] = {
    "edge": "the edge's pixels",
    "reflect": "reflection",
    "wrap": "what is on the opposite side",
}


def number(value: float) -> str:
    """``value`` as a person writes it."""
    return f"{value:.6g}"


def pair(values: tuple[float, float]) -> str:
    """A range as a tuple."""
    return f"({number(values[0])}, {number(values[1])})"


def either_way(value: float) -> tuple[float, float]:
    """The range from ``-value`` to ``value``."""
    return (-value or 0.0, value)


_BORDERS: dict[FillMode, str] = {
    "constant": "cv2.BORDER_CONSTANT",
    "edge": "cv2.BORDER_REPLICATE",
    "reflect": "cv2.BORDER_REFLECT",
    "wrap": "cv2.BORDER_WRAP",
}
_UNCHANGED = {
    "brightness": "(1, 1)",
    "contrast": "(1, 1)",
    "saturation": "(1, 1)",
    "hue": "(0, 0)",
}
_LEAST_SIGMA = 0.01  # pixels: no blur at all; GaussianBlur divides by it
_QUARTER_TURNS = """\
A.OneOf(
    [  # by 90, 180 and 270 degrees
        A.Sequential([A.Transpose(p=1), A.VerticalFlip(p=1)], p=1),
        A.Sequential([A.HorizontalFlip(p=1), A.VerticalFlip(p=1)], p=1),
        A.Sequential([A.Transpose(p=1), A.HorizontalFlip(p=1)], p=1),
    ],
    p={p},
)"""
_PERSPECTIVE = """\
def perspective(image, **_):
    height, width = image.shape[:2]
    corners = np.float32([(0, 0), (width, 0), (width, height), (0, height)]) - 0.5
    inwards = np.float32([(1, 1), (-1, 1), (-1, -1), (1, -1)]) * (width, height)
    shares = [[random.uniform(0, {most}) for _ in "xy"] for _ in corners]
    moved = np.float32(corners + inwards * shares)
    matrix = cv2.getPerspectiveTransform(corners, moved)
    borders = {{"borderMode": {border}, "borderValue": {color}}}
    return cv2.warpPerspective(image, matrix, (width, height), **borders)"""


def albumentations_steps(config: AugmentationConfig, size: int) -> list[Step]:
    """Each effect that is on, in their order, for pictures of ``size`` pixels a side; the
    ``policy`` is not looked at."""
    return [
        _albumentations_step(one.name, config, size, number(getattr(config, one.probability)))
        for one in EFFECTS
        if one.is_on(config)
    ]


def _albumentations_step(effect: str, config: AugmentationConfig, size: int, p: str) -> Step:
    match effect:
        case "horizontal_flip":
            return Step(f"A.HorizontalFlip(p={p})")
        case "vertical_flip":
            return Step(f"A.VerticalFlip(p={p})")
        case "quarter_turns":
            return Step(_QUARTER_TURNS.format(p=p))
        case "rotation":
            return _affine(config, f"rotate={pair(config.rotation)}", p)
        case "scale":
            return _affine(config, f"scale={pair(config.scale)}, keep_ratio=True", p)
        case "crop":
            area = f"scale=({number(config.crop)}, 1), ratio={pair(config.crop_aspect)}"
            note = (
                "" if config.crop_aspect == (1, 1) else "a window that does not fit is drawn again"
            )
            return Step(f"A.RandomResizedCrop(({size}, {size}), {area}, p={p})", note=note)
        case "translation":
            return _affine(config, f"translate_percent={_two_ways(config.translation)}", p)
        case "shear":
            step = _affine(config, f"shear={_two_ways(config.shear)}", p)
            note = "" if 0 in config.shear else "slanting both ways at once it scales a little"
            return replace(step, note=note)
        case "perspective":
            return _perspective(config, p)
        case "gamma":
            low, high = config.gamma
            return Step(f"A.RandomGamma(gamma_limit={pair((100 * low, 100 * high))}, p={p})")
        case "grayscale":
            return Step(f"A.ToGray(p={p})")
        case "blur":
            low, high = (max(sigma, _LEAST_SIGMA) for sigma in config.blur)
            return Step(f"A.GaussianBlur(blur_limit=0, sigma_limit={pair((low, high))}, p={p})")
        case "noise":
            low, high = config.noise
            return Step(f"A.GaussNoise(std_range={pair((low / 255, high / 255))}, p={p})")
        case "jpeg":
            return Step(
                f"A.ImageCompression(quality_range={pair(config.jpeg)}, p={p})",
                note="it takes red for blue while it compresses, so colours suffer otherwise",
            )
        case "erasing":
            return Step(
                f"A.Erasing(scale={pair(config.erasing_area)}, fill={MEAN_COLOR}, p={p})",
                note="a rectangle that does not fit after ten tries is left out",
            )
        case _:
            return _jitter(config, effect, p)


def _affine(config: AugmentationConfig, ranges: str, p: str) -> Step:
    border = f"border_mode={_BORDERS[config.fill_mode]}"
    if config.fill_mode == "constant":
        border += f", fill={config.fill_color}"
    return Step(f"A.Affine({ranges}, {border}, p={p})")


def _two_ways(most: tuple[float, float]) -> str:
    across, down = (pair(either_way(one)) for one in most)
    return f'{{"x": {across}, "y": {down}}}'


def _perspective(config: AugmentationConfig, p: str) -> Step:
    helper = _PERSPECTIVE.format(
        most=number(config.perspective / 2),
        border=_BORDERS[config.fill_mode],
        color=config.fill_color,
    )
    note = "A.Perspective zooms in, and its corners are drawn otherwise"
    return Step(f"A.Lambda(image=perspective, p={p})", note=note, helper=helper)


def _jitter(config: AugmentationConfig, effect: str, p: str) -> Step:
    """``ColorJitter`` of one of its four alone: it would do several in random order."""
    low, high = getattr(config, effect)
    turns = 360 if effect == "hue" else 1
    ranges = _UNCHANGED | {effect: pair((low / turns, high / turns))}
    named = ", ".join(f"{name}={value}" for name, value in ranges.items())
    return Step(f"A.ColorJitter({named}, p={p})")


_FILLS = "# Thaw fills what is uncovered by {}; here only one colour can be had.\n"
_WARP = """\
# Each of these interpolates anew; Thaw does all of them in one go.
{differently}WARP = {{"interpolation": v2.InterpolationMode.BILINEAR, "fill": {color}}}"""
_NOISE = """\
def noise(image):
    image = v2.functional.to_dtype(image, torch.float32, scale=True)
    image = v2.functional.gaussian_noise(image, sigma=random.uniform{range} / 255)
    return v2.functional.to_dtype(image, torch.uint8, scale=True)"""


def torchvision_steps(config: AugmentationConfig, size: int) -> list[Step]:
    """Each effect that is on, in their order, for pictures of ``size`` pixels a side; the
    ``policy`` is not looked at."""
    return [_often(one, config, size) for one in EFFECTS if one.is_on(config)]


def _often(effect: Effect, config: AugmentationConfig, size: int) -> Step:
    step = _torchvision_step(effect.name, config, size)
    if not effect.has_range:
        return step
    return replace(step, probability=getattr(config, effect.probability))


def _torchvision_step(effect: str, config: AugmentationConfig, size: int) -> Step:
    match effect:
        case "horizontal_flip":
            return Step(f"v2.RandomHorizontalFlip(p={number(config.horizontal_flip)})")
        case "vertical_flip":
            return Step(f"v2.RandomVerticalFlip(p={number(config.vertical_flip)})")
        case "quarter_turns":
            turns = "[v2.RandomRotation((turn, turn)) for turn in (90, 180, 270)]"
            return Step(f"v2.RandomChoice({turns})", config.quarter_turns)
        case "rotation":
            return _warp(config, f"v2.RandomRotation({pair(config.rotation)}")
        case "scale":
            return _warp(config, f"v2.RandomAffine(0, scale={pair(config.scale)}")
        case "crop":
            return _crop(config, size)
        case "translation":
            return _warp(config, f"v2.RandomAffine(0, translate={pair(config.translation)}")
        case "shear":
            across, down = map(either_way, config.shear)
            ranges = ", ".join(map(number, (*across, *down)))
            return _warp(config, f"v2.RandomAffine(0, shear=({ranges})")
        case "perspective":
            return _warp(config, f"v2.RandomPerspective({number(config.perspective)}, p=1")
        case "hue":
            turns = pair((config.hue[0] / 360, config.hue[1] / 360))
            return Step(f"v2.ColorJitter(hue={turns})")
        case "gamma":
            chosen = f"random.uniform{pair(config.gamma)}"
            helper = f"def gamma(image):\n    return v2.functional.adjust_gamma(image, {chosen})"
            return Step("v2.Lambda(gamma)", helper=helper)
        case "grayscale":
            return Step(f"v2.RandomGrayscale(p={number(config.grayscale)})")
        case "blur":
            return _blur(config, size)
        case "noise":
            return Step("v2.Lambda(noise)", helper=_NOISE.format(range=pair(config.noise)))
        case "jpeg":
            return Step(f"v2.JPEG({pair(config.jpeg)})")
        case "erasing":
            shares = f"p={number(config.erasing)}, scale={pair(config.erasing_area)}"
            return Step(
                f"v2.RandomErasing({shares}, value={list(MEAN_COLOR)})",
                note="a rectangle that does not fit after ten tries is left out",
            )
        case _:  # brightness, contrast and saturation
            return Step(f"v2.ColorJitter({effect}={pair(getattr(config, effect))})")


def _warp(config: AugmentationConfig, start: str) -> Step:
    """A transform that uncovers pixels; ``start`` is its code up to what all of them share."""
    fill = FILLS.get(config.fill_mode)
    differently = _FILLS.format(fill) if fill else ""
    helper = _WARP.format(differently=differently, color=list(config.fill_color))
    return Step(f"{start}, **WARP)", helper=helper)


def _crop(config: AugmentationConfig, size: int) -> Step:
    area = f"scale=({number(config.crop)}, 1), ratio={pair(config.crop_aspect)}"
    note = "" if config.crop_aspect == (1, 1) else "a window that does not fit is drawn again"
    return Step(f"v2.RandomResizedCrop({size}, {area})", note=note)


def _blur(config: AugmentationConfig, size: int) -> Step:
    low, high = (max(sigma, _LEAST_SIGMA) for sigma in config.blur)
    kernel = min(round(6 * high + 1) | 1, 2 * size - 1)  # a larger one cannot be reflected
    return Step(f"v2.GaussianBlur({kernel}, sigma={pair((low, high))})")


_ONE = "# TrivialAugment (Mueller and Hutter, 2021): one of these, all equally likely."
_TORCHVISION = """\
# Augmentation as in Thaw, for torchvision 0.21 or later; the random numbers are others.
# augment(picture) is the changed picture; both are RGB, uint8 tensors [3, {size}, {size}].
"""
_ALBUMENTATIONS = """\
# Augmentation as in Thaw, for Albumentations 2; the random numbers are others.
# augment(image=picture)["image"] is the changed picture; both are RGB, uint8 [{size}, {size}, 3].
"""
_INDENT = " " * 8

Steps = Callable[[AugmentationConfig, int], Iterable[Step]]


def torchvision_code(config: AugmentationConfig, size: int = 224) -> str:
    """Python that makes ``augment``, what ``config`` does to pictures of ``size`` pixels a side."""
    chosen = list(_chosen(config, torchvision_steps, "v2.Identity()", size))
    lines = [
        f"v2.RandomApply([{one.code}], p={number(one.probability)})"
        if one.probability < 1
        else one.code
        for one in chosen
    ]
    if config.policy == "trivial":
        made = f"{_ONE}\naugment = v2.RandomChoice(\n{_listed(chosen, lines)}\n)"
    else:
        made = f"augment = v2.Compose(\n{_listed(chosen, lines)}\n)"
    imports = {
        "random.": "import random\n",
        "torch.": "import torch",
        "v2.": "from torchvision.transforms import v2",
    }
    return _TORCHVISION.format(size=size) + _program(chosen, made, imports)


def albumentations_code(config: AugmentationConfig, size: int = 224) -> str:
    """Python that makes ``augment``, what ``config`` does to pictures of ``size`` pixels a side."""
    chosen = list(_chosen(config, albumentations_steps, "A.NoOp(p=1)", size))
    listed = _listed(chosen, [one.code for one in chosen])
    if config.policy == "trivial":
        inner = textwrap.indent(f"{_ONE}\nA.OneOf(\n{listed},\n    p=1,\n)", _INDENT)
        listed = f"    [\n{inner},\n    ]"
    made = f"augment = A.Compose(\n{listed}\n)"
    imports = {"random.": "import random\n", "A.": "import albumentations as A"}
    imports |= {"cv2.": "import cv2", "np.": "import numpy as np"}
    return _ALBUMENTATIONS.format(size=size) + _program(chosen, made, imports)


def _chosen(config: AugmentationConfig, steps: Steps, nothing: str, size: int) -> Iterator[Step]:
    """The transforms in their order, or all that one is chosen of; at least one."""
    if config.policy == "trivial":
        fill = {"fill_mode": config.fill_mode, "fill_color": config.fill_color}
        for operation in augmentation.OPERATIONS:
            yield from steps(operation.model_copy(update=fill), size) or [Step(nothing)]
    else:
        yield from steps(config, size) or [Step(nothing)]


def _listed(steps: Iterable[Step], lines: Iterable[str]) -> str:
    """The transforms as a list that is the first argument of a call."""
    items = []
    for step, line in zip(steps, lines, strict=True):
        items += [f"# {step.note}"] * bool(step.note) + [f"{line},"]
    inner = textwrap.indent("\n".join(items), _INDENT)
    return f"    [\n{inner}\n    ]"


def _program(steps: Iterable[Step], made: str, imports: Mapping[str, str]) -> str:
    helpers = list(dict.fromkeys(one.helper for one in steps if one.helper))
    text = "\n\n\n".join([*helpers, made])
    needed = "\n".join(line for used, line in imports.items() if used in text)
    blank = "\n\n\n" if text.startswith("def ") else "\n\n"
    return f"{needed}{blank}{text}\n"
