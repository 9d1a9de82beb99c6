"""One augmented sample beside the same changes as a chain of torchvision v2's functions."""

from collections.abc import Callable
from functools import partial
from statistics import median

import numpy as np
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from core.augmentation import PRESETS, Image, Parameters, augment, draws, sample
from core.config import AugmentationConfig
from tests.benchmarks import Row, interleaved

SIDE = 224
SAMPLES = 200
TARGET = 5.0
BILINEAR = InterpolationMode.BILINEAR


def run() -> list[Row]:
    """Medians in ms on one thread, once with torchvision's black border and once with reflect.

    Our time holds all of it, from the hash that makes the draws to the pixels; torchvision is
    handed the finished parameters, skips a flip that isn't drawn, and can only fill with black.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        black = PRESETS["standard"].model_copy(update={"fill_mode": "constant"})
        return [_row("black border", black), _row("reflect", PRESETS["standard"])]
    finally:
        torch.set_num_threads(threads)


def _row(name: str, config: AugmentationConfig) -> Row:
    image: Image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    tensor = torch.from_numpy(image).permute(2, 0, 1).contiguous()
    ours: list[Callable[[], object]] = []
    reference: list[Callable[[], object]] = []
    for number in range(SAMPLES):
        key = f"class/{number}.jpg"
        ours.append(partial(augment, image, config, 0, 0, key))
        reference.append(partial(_chain, tensor, sample(config, draws(0, 0, key))))
    mine, theirs = (1000 * median(seconds) for seconds in interleaved(ours, reference))
    return Row(
        f"one augmented sample, {SIDE} px, one thread, {name}, beside torchvision v2's chain",
        mine,
        "ms",
        f">= {TARGET:g} times faster",
        reference=theirs,
        ratio=theirs / mine,
        met=theirs / mine >= TARGET,
    )


def _chain(picture: torch.Tensor, change: Parameters) -> torch.Tensor:
    """``change`` to a uint8 [3, H, W] picture, one interpolation for each effect."""
    height, width = picture.shape[-2:]
    if change.horizontal_flip:
        picture = functional.horizontal_flip(picture)
    picture = functional.rotate(picture, change.rotation, BILINEAR)
    still = [0.0, 0.0]
    picture = functional.affine(picture, 0.0, still, change.scale, still, BILINEAR)
    left, top, side = change.crop
    box = [round(top * height), round(left * width), round(side * height), round(side * width)]
    picture = functional.resized_crop(picture, *box, [height, width], BILINEAR)
    shift = [change.translation[0] * width, change.translation[1] * height]
    shifted: torch.Tensor = functional.affine(picture, 0.0, shift, 1.0, still, BILINEAR)
    return shifted
