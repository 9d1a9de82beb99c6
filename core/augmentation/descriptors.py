"""What small pictures are compared by where no network has seen them: shapes, and some colour.

Histograms of oriented gradients (Dalal and Triggs, CVPR 2005), contrast-normalised, so that
lighting does not decide; gradients of opposite sign count as one, because a sign may be dark on
light or light on dark. Beside them, at less weight, the colours of a coarse grid.
"""

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]

SIDE = 32  # pixels; tried with 48 and 64 too, which took longer and told classes apart no better

_CELLS, _BINS = 8, 8
_COLOR_CELLS, _COLOR_WEIGHT = 4, 0.5
LENGTH = _CELLS * _CELLS * _BINS + _COLOR_CELLS * _COLOR_CELLS * 6

_FLAT = 0.05  # a cell whose gradients are about as weak as this is noise, and stays weak
_GRAY = 0.2  # likewise for colours


def describe(pictures: Images) -> Vectors:
    """The descriptors, float32 [N, LENGTH], of ``pictures``, uint8 [N, SIDE, SIDE, 3], RGB.

    Raises ``ValueError`` for another type or shape.
    """
    if pictures.dtype != np.uint8 or pictures.shape[1:] != (SIDE, SIDE, 3):
        expected = f"uint8 [N, {SIDE}, {SIDE}, 3]"
        raise ValueError(f"expected {expected}, got {pictures.dtype} {list(pictures.shape)}")
    values = pictures.astype(np.float32) / np.float32(255)
    return np.concatenate([_shapes(values), _COLOR_WEIGHT * _colors(values)], axis=1)


def _shapes(values: Vectors) -> Vectors:
    """[N, 512]: histograms of directions, each cell relative to its surroundings."""
    energies = _energies(values)
    around = np.pad(np.sqrt(np.square(energies).sum(axis=3)), ((0, 0), (1, 1), (1, 1)), "edge")
    shifted = [around[:, y : y + _CELLS, x : x + _CELLS] for y in range(3) for x in range(3)]
    near = np.mean(shifted, axis=0)
    relative = np.sqrt(energies / (near[..., None] + _FLAT * (SIDE // _CELLS)))
    return _unit(relative.reshape(len(values), _CELLS * _CELLS * _BINS), 1e-9)


def _energies(values: Vectors) -> Vectors:
    """[N, cells, cells, bins]: the gradients' lengths by direction, of the strongest channel."""
    across, down = np.zeros_like(values), np.zeros_like(values)
    across[:, :, 1:-1] = values[:, :, 2:] - values[:, :, :-2]
    down[:, 1:-1] = values[:, 2:] - values[:, :-2]
    strongest = (across**2 + down**2).argmax(axis=3)[..., None]
    across = np.take_along_axis(across, strongest, 3)[..., 0]
    down = np.take_along_axis(down, strongest, 3)[..., 0]
    length = np.hypot(across, down)
    place = np.arctan2(down, across) % np.pi / np.pi * _BINS
    lower = place.astype(np.intp)
    upper_part = length * (place - lower)
    side = SIDE // _CELLS
    y, x = np.indices((SIDE, SIDE)) // side
    cell = (np.arange(len(values))[:, None, None] * _CELLS + y) * _CELLS + x
    size = len(values) * _CELLS * _CELLS * _BINS
    sums = np.zeros(size)
    for number, part in ((lower, length - upper_part), (lower + 1, upper_part)):
        where = cell * _BINS + number % _BINS
        sums += np.bincount(where.ravel(), part.ravel(), size)
    return sums.astype(np.float32).reshape(len(values), _CELLS, _CELLS, _BINS)


def _colors(values: Vectors) -> Vectors:
    """[N, 96]: colour differences and relative brightness on a coarse grid."""
    side = SIDE // _COLOR_CELLS
    split = values.reshape(len(values), _COLOR_CELLS, side, _COLOR_CELLS, side, 3)
    grid = split.mean(axis=(2, 4))
    light = grid.mean(axis=3, keepdims=True)
    relative = np.repeat(light - light.mean(axis=(1, 2), keepdims=True), 3, axis=3)
    both = np.concatenate([2 * (grid - light), relative / np.sqrt(3)], axis=3)
    return _unit(both.reshape(len(values), _COLOR_CELLS * _COLOR_CELLS * 6), _GRAY)


def _unit(vectors: Vectors, least: float) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = vectors / (lengths + np.float32(least))
    return scaled
