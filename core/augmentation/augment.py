"""Augmentation: uniforms -> parameters -> one warp, then light and colour.

The trainer and the preview make the same calls, ``apply(image, sample(config, draws(...)))``;
what is seen is what trains. ``core.geometry`` says where pixels go and in which order effects fold
into one matrix, ``core.photometric`` what then happens to their values. Everything here is a pure
function: the same on any thread, in any order, for one picture or for many at once.

A view that shows the same pictures again and again, as a slider moves, keeps what ``draws`` gave
and calls ``sample`` and ``apply``: the hashes are made once.
"""

from functools import cache
from statistics import fmean
from typing import overload

import numpy as np

from core.augmentation import coverage, trivial_augment
from core.augmentation.draws import STREAMS, Draws, ManyDraws, draws
from core.augmentation.geometric_sampling import geometric_values
from core.augmentation.geometry import Geometric, Image, describe_geometric, matrix, warp
from core.augmentation.parameters import ManyParameters, Parameters, Table
from core.augmentation.photometric_ import Described, apply_photometric, describe_photometric
from core.augmentation.photometric_sampling import photometric_values, sample_photometric
from core.augmentation.presets import PRESETS
from core.recipe.config import AugmentationConfig

__all__ = [
    "PRESETS",
    "STREAMS",
    "Draws",
    "Image",
    "ManyDraws",
    "ManyParameters",
    "Parameters",
    "apply",
    "augment",
    "describe",
    "draws",
    "fill_share",
    "fill_share_of",
    "matrix",
    "sample",
]

_TYPICAL = 64


def augment(
    image: Image, config: AugmentationConfig, seed: int, epoch: int, sample_key: str, view: int = 0
) -> Image:
    """The augmented version of ``image`` (uint8 [H, W, 3]) that ``draws`` decides; same shape.

    A picture that stays as it is comes back as the same array. Raises ``ValueError`` for
    another type or shape.
    """
    return apply(image, sample(config, draws(seed, epoch, sample_key, view)))


@overload
def sample(config: AugmentationConfig, draws: ManyDraws) -> ManyParameters: ...
@overload
def sample(config: AugmentationConfig, draws: Draws) -> Parameters: ...
def sample(config: AugmentationConfig, draws: Draws | ManyDraws) -> Parameters | ManyParameters:
    """The parameters that ``draws`` picks from the ranges of ``config``, or by its policy.

    The draws of many pictures give the parameters of them all, from the same functions on arrays:
    those of each are, to the last bit, what its own draws give alone.

    Common random numbers: each value follows its range continuously while its uniforms stay,
    so moving one slider changes one effect, smoothly, from nothing to its most.
    """
    if isinstance(draws, ManyDraws):
        return _sample_many(config, draws)
    if config.policy == "trivial":
        config = trivial_augment.operation(config, draws)
    photometric = sample_photometric(config, draws)
    return Parameters(**geometric_values(config, draws), photometric=photometric)


def apply(image: Image, parameters: Parameters) -> Image:
    """``image`` (uint8 [H, W, 3]) changed by ``parameters``, same shape.

    Identity gives back the same array. Raises ``ValueError`` for another type or shape.
    """
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise ValueError(f"expected uint8 [H, W, 3], got {image.dtype} {list(image.shape)}")
    return apply_photometric(warp(image, parameters), parameters.photometric)


def fill_share(parameters: Geometric, width: int, height: int) -> float:
    """The share, 0 to 1, of the output's area that shows nothing of the picture, only fill."""
    return coverage.fill_share(parameters, width, height)


def fill_share_of(config: AugmentationConfig, width: int = 224, height: int = 224) -> float:
    """The mean ``fill_share`` of what ``config`` makes of a picture: over the same draws each
    time, so that it follows a slider smoothly and never flickers."""
    typical = sample(config, _typical_draws()).geometric
    return fmean(
        coverage.fill_share(Geometric(**typical.row(at)), width, height) for at in range(_TYPICAL)
    )


def describe(parameters: Parameters) -> list[Described]:
    """What was done to a picture, in its order: each as a sentence's code and its values.

    Effects that did nothing are not named; a picture that stays as it is gives none.
    """
    return [*describe_geometric(parameters), *describe_photometric(parameters.photometric)]


def _sample_many(config: AugmentationConfig, draws: ManyDraws) -> ManyParameters:
    if config.policy == "trivial":
        still = _sample_many(trivial_augment.nothing(config), draws)
        parts = trivial_augment.operations(config, draws)
        return still.replaced(
            [(which, _sample_many(one, draws.some(which))) for one, which in parts]
        )
    geometric = Table(geometric_values(config, draws))
    return ManyParameters(draws.pictures, geometric, Table(photometric_values(config, draws)))


@cache
def _typical_draws() -> ManyDraws:
    return draws(0, 0, "typical", range(_TYPICAL))
