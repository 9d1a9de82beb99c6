"""Augmentation: uniforms -> parameters -> one warp, then light and colour.

The trainer and the preview make the same call, ``augment``; what is seen is what trains.
``core.geometry`` says where pixels go and in which order effects fold into one matrix,
``core.photometric`` what then happens to their values. Everything here is a pure function: the
same on any thread, in any order.

A view that shows the same pictures again and again, as a slider moves, keeps what ``draws`` gave
and calls ``apply(image, sample(config, drawn))``: the hashes are made once.
"""

from dataclasses import dataclass, field
from functools import cache
from statistics import fmean

import numpy as np

from core import coverage, trivial_augment
from core.augmentation_config import AugmentationConfig
from core.augmentation_presets import PRESETS
from core.draws import STREAMS, Draws, draws
from core.geometric_sampling import sample_geometric
from core.geometry import Geometric, Image, describe_geometric, matrix, warp
from core.photometric import (
    Described,
    Photometric,
    apply_photometric,
    describe_photometric,
    sample_photometric,
)

__all__ = [
    "PRESETS",
    "STREAMS",
    "Draws",
    "Image",
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


@dataclass(frozen=True)
class Parameters(Geometric):
    """What is done to one picture: where its pixels go, and then its ``photometric`` changes;
    the default is nothing."""

    photometric: Photometric = field(default_factory=Photometric)

    @property
    def is_identity(self) -> bool:
        """Whether the picture stays as it is."""
        return self.moves_nothing and self.photometric.is_identity


def augment(
    image: Image, config: AugmentationConfig, seed: int, epoch: int, sample_key: str, view: int = 0
) -> Image:
    """The augmented version of ``image`` (uint8 [H, W, 3]) that ``draws`` decides; same shape.

    A picture that stays as it is comes back as the same array. Raises ``ValueError`` for
    another type or shape.
    """
    return apply(image, sample(config, draws(seed, epoch, sample_key, view)))


def sample(config: AugmentationConfig, draws: Draws) -> Parameters:
    """The parameters that ``draws`` picks from the ranges of ``config``, or by its policy.

    Common random numbers: each value follows its range continuously while its uniforms stay,
    so moving one slider changes one effect, smoothly, from nothing to its most.
    """
    config = _for_one_picture(config, draws)
    geometric = sample_geometric(config, draws)
    return Parameters(**vars(geometric), photometric=sample_photometric(config, draws))


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
    typical = (
        sample_geometric(_for_one_picture(config, drawn), drawn) for drawn in _typical_draws()
    )
    return fmean(coverage.fill_share(one, width, height) for one in typical)


def describe(parameters: Parameters) -> list[Described]:
    """What was done to a picture, in its order: each as a sentence's code and its values.

    Effects that did nothing are not named; a picture that stays as it is gives none.
    """
    return [*describe_geometric(parameters), *describe_photometric(parameters.photometric)]


def _for_one_picture(config: AugmentationConfig, draws: Draws) -> AugmentationConfig:
    return trivial_augment.operation(config, draws) if config.policy == "trivial" else config


@cache
def _typical_draws() -> tuple[Draws, ...]:
    return tuple(draws(0, 0, "typical", view) for view in range(_TYPICAL))
