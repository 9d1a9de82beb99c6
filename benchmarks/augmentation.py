"""One augmented sample beside the same changes as a chain of torchvision v2's functions."""

from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from benchmarks import Row, interleaved, photometric
from core.augmentation.augment import augment, sample
from core.augmentation.draws import draws
from core.augmentation.effects.perspective import Corners
from core.augmentation.parameters import Parameters
from core.augmentation.presets import PRESETS
from core.recipe.config import EFFECTS, AugmentationConfig

SIDE = 224
SAMPLES = 200
GEOMETRIC, WITH_COLORS = 5.0, 3.0
BILINEAR = InterpolationMode.BILINEAR
STILL = [0.0, 0.0]

TURNS = AugmentationConfig(horizontal_flip=0.5, vertical_flip=1, quarter_turns=0.75)
MOVES = TURNS.model_copy(
    update={
        "rotation": (-30.0, 30.0),
        "scale": (0.8, 1.2),
        "crop": 0.7,
        "crop_aspect": (0.75, 1.33),
        "translation": (0.1, 0.1),
        "shear": (10.0, 10.0),
        "perspective": 0.3,
        "fill_mode": "constant",
    }
)


def run() -> list[Row]:
    """Medians in ms on one thread.

    Our time holds all of it, from the hash that makes the draws to the pixels; torchvision is
    handed the finished parameters, skips what isn't drawn, and can only fill with black.
    """
    black = PRESETS["standard"].model_copy(update={"fill_mode": "constant"})
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [
            _row("standard preset, black border", black, GEOMETRIC),
            _row("standard preset, reflect", PRESETS["standard"], GEOMETRIC),
            _row("all geometric effects", MOVES, GEOMETRIC),
            _row("all geometric and photometric effects", everything(), WITH_COLORS),
            _row("flips and quarter turns", TURNS, None),
            _draws(),
        ]
    finally:
        torch.set_num_threads(threads)


def everything() -> AugmentationConfig:
    colors = {
        field: getattr(photometric.EVERYTHING, field)
        for effect in EFFECTS
        if effect.kind == "photometric"
        for field in effect.fields
    }
    return MOVES.model_copy(update=colors)


def _row(name: str, config: AugmentationConfig, target: float | None) -> Row:
    image = photometric.grainy_picture()
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
        "" if target is None else f">= {target:g} times faster",
        reference=theirs,
        ratio=theirs / mine,
        met=None if target is None else theirs / mine >= target,
    )


def _draws() -> Row:
    """How much of a sample is the hashes and the parameters, with every effect on."""
    config = everything()
    calls = [partial(_sampled, config, f"class/{number}.jpg") for number in range(SAMPLES)]
    seconds, _ = interleaved(calls, calls)
    return Row("of it the draws and parameters, all effects", 1000 * median(seconds), "ms")


def _sampled(config: AugmentationConfig, key: str) -> Parameters:
    return sample(config, draws(0, 0, key))


def _chain(picture: torch.Tensor, change: Parameters) -> torch.Tensor:
    """``change`` to a uint8 [3, H, W] picture, one interpolation for each effect."""
    for name, value in change.values:
        if name in _MOVES:
            picture = _MOVES[name](picture, value)
    on = tuple(one for one in photometric.EFFECTS if one in change)
    return photometric.chain(picture, change, on)


def _crop(picture: torch.Tensor, window: tuple[float, ...]) -> torch.Tensor:
    left, top, width, height = (round(share * SIDE) for share in window)
    cropped: torch.Tensor = functional.resized_crop(
        picture, top, left, height, width, [SIDE, SIDE], BILINEAR
    )
    return cropped


def _affine(picture: torch.Tensor, **change: Any) -> torch.Tensor:
    still = {"angle": 0.0, "translate": STILL, "scale": 1.0, "shear": STILL}
    moved: torch.Tensor = functional.affine(picture, **still | change, interpolation=BILINEAR)
    return moved


_MOVES: dict[str, Callable[[torch.Tensor, Any], torch.Tensor]] = {
    "horizontal_flip": lambda picture, _: functional.horizontal_flip(picture),
    "vertical_flip": lambda picture, _: functional.vertical_flip(picture),
    "quarter_turns": lambda picture, quarters: torch.rot90(picture, quarters, (1, 2)),
    "rotation": lambda picture, degrees: functional.rotate(picture, degrees, BILINEAR),
    "scale": lambda picture, factor: _affine(picture, scale=factor),
    "crop": _crop,
    "translation": lambda picture, shift: _affine(picture, translate=[SIDE * one for one in shift]),
    "shear": lambda picture, slant: _affine(picture, shear=list(slant)),
    "perspective": lambda picture, corners: functional.perspective(
        picture, *_ends(corners), BILINEAR
    ),
}


def _ends(inwards: Corners) -> tuple[list[list[int]], list[list[int]]]:
    """Where torchvision's perspective takes the corners from, and where to."""
    start = [[0, 0], [SIDE, 0], [SIDE, SIDE], [0, SIDE]]
    end = [
        [round(abs(x - SIDE * across)), round(abs(y - SIDE * down))]
        for (x, y), (across, down) in zip(start, inwards, strict=True)
    ]
    return start, end
