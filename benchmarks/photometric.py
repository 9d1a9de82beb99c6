"""One picture through all photometric effects, beside torchvision v2's functions."""

from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import torch
from torchvision.transforms.v2 import functional

from benchmarks import Row, interleaved
from core.augmentation.augment import apply, sample
from core.augmentation.draws import draws
from core.augmentation.effects.erasing import MEAN_COLOR
from core.augmentation.effects.record import Image
from core.augmentation.parameters import Parameters
from core.recipe.config import BY_NAME, AugmentationConfig

SIDE = 224
SAMPLES = 60
TARGET = 3.0
EVERYTHING = AugmentationConfig(
    brightness=(0.7, 1.3),
    contrast=(0.7, 1.3),
    saturation=(0.7, 1.3),
    hue=(-20, 20),
    gamma=(0.7, 1.4),
    grayscale=1.0,
    blur=(0.3, 2.0),
    sharpness=(0.5, 2.0),
    noise=(3, 20),
    jpeg=(30, 95),
    erasing=1.0,
)
EFFECTS = tuple(one.name for one in BY_NAME.values() if one.kind == "photometric")


def run() -> list[Row]:
    """Medians in ms on one thread: all effects in a row, then each of them alone.

    Our time of all effects holds the draws from their hash on; torchvision is handed the values.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [_all(), *(_alone(effect) for effect in EFFECTS)]
    finally:
        torch.set_num_threads(threads)


def _all() -> Row:
    image = grainy_picture()
    tensor = torch.from_numpy(image).permute(2, 0, 1).contiguous()
    ours: list[Callable[[], object]] = []
    reference: list[Callable[[], object]] = []
    for number in range(SAMPLES):
        ours.append(partial(_ours, image, f"class/{number}.jpg"))
        reference.append(partial(chain, tensor, _sampled(f"class/{number}.jpg"), EFFECTS))
    return _row("all photometric effects", ours, reference, TARGET)


def _alone(effect: str) -> Row:
    image = grainy_picture()
    tensor = torch.from_numpy(image).permute(2, 0, 1).contiguous()
    ours: list[Callable[[], object]] = []
    reference: list[Callable[[], object]] = []
    for number in range(SAMPLES):
        made = _sampled(f"class/{number}.jpg")
        one = Parameters.of(**{effect: made[effect]})
        ours.append(partial(apply, image, one))
        reference.append(partial(chain, tensor, one, (effect,)))
    return _row(effect, ours, reference, None)


def _row(
    name: str,
    ours: list[Callable[[], object]],
    reference: list[Callable[[], object]],
    target: float | None,
) -> Row:
    mine, theirs = (1000 * median(seconds) for seconds in interleaved(ours, reference))
    return Row(
        f"{name}, {SIDE} px, one thread, beside torchvision v2",
        mine,
        "ms",
        "" if target is None else f">= {target:g} times faster",
        reference=theirs,
        ratio=theirs / mine,
        met=None if target is None else theirs / mine >= target,
    )


def grainy_picture() -> Image:
    """Soft colours with some grain: JPEG's time depends on what it shows."""
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    soft = np.stack([rows, columns, 1 - rows * columns], -1) * 180 + 30
    grain = np.random.default_rng(0).normal(0, 5, soft.shape)
    return np.clip(soft + grain, 0, 255).astype(np.uint8)


def _sampled(key: str) -> Parameters:
    return sample(EVERYTHING, draws(0, 0, key))


def _ours(image: Image, key: str) -> Image:
    return apply(image, _sampled(key))


def chain(picture: torch.Tensor, change: Parameters, effects: tuple[str, ...]) -> torch.Tensor:
    """``change``'s ``effects`` on a uint8 [3, H, W] picture by torchvision."""
    for effect in effects:
        picture = _REFERENCE[effect](picture, change[effect])
    return picture


def _blur(picture: torch.Tensor, sigma: float) -> torch.Tensor:
    size = round(6 * sigma + 1) | 1
    blurred: torch.Tensor = functional.gaussian_blur(picture, [size, size], [sigma, sigma])
    return blurred


def _noise(picture: torch.Tensor, noise: tuple[float, int]) -> torch.Tensor:
    units = functional.to_dtype(picture, torch.float32, scale=True)
    noisy = functional.gaussian_noise(units, 0.0, noise[0] / 255)
    levels: torch.Tensor = functional.to_dtype(noisy, torch.uint8, scale=True)
    return levels


def _erase(picture: torch.Tensor, box: tuple[float, float, float, float]) -> torch.Tensor:
    left, top, width, height = (round(SIDE * share) for share in box)
    color = torch.tensor(MEAN_COLOR, dtype=torch.uint8)[:, None, None]
    erased: torch.Tensor = functional.erase(picture, top, left, height, width, color)
    return erased


_REFERENCE: dict[str, Callable[..., torch.Tensor]] = {
    "brightness": functional.adjust_brightness,
    "contrast": functional.adjust_contrast,
    "saturation": functional.adjust_saturation,
    "hue": lambda picture, degrees: functional.adjust_hue(picture, degrees / 360),
    "gamma": functional.adjust_gamma,
    "grayscale": lambda picture, _: functional.rgb_to_grayscale(picture, 3),
    "blur": _blur,
    "sharpness": functional.adjust_sharpness,
    "noise": _noise,
    "jpeg": functional.jpeg,
    "erasing": _erase,
}
