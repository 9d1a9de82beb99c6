"""What the tests of warps share: pictures, random parameters, and a warp in plain numpy."""

from math import sqrt
from typing import Any, get_args

import numpy as np
from hypothesis import strategies as st

from core.augmentation.augment import sample
from core.augmentation.draws import draws
from core.augmentation.effects.record import Image
from core.augmentation.geometry import matrix
from core.augmentation.parameters import Parameters
from core.recipe.config import AugmentationConfig, FillMode

FILL_MODES: tuple[FillMode, ...] = get_args(FillMode)
PAD_MODES: dict[FillMode, str] = {
    "constant": "constant",
    "edge": "edge",
    "reflect": "symmetric",
    "wrap": "wrap",
}
IN_ORDER = [
    "horizontal_flip",
    "vertical_flip",
    "quarter_turns",
    "rotation",
    "scale",
    "crop",
    "translation",
    "shear",
    "perspective",
]

seeds = st.integers(0, 10**9)
sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))
shares = st.floats(0, 1)


def drawn(seed: int, **ranges: Any) -> Parameters:
    """What the draws of one picture make of these ranges."""
    return sample(AugmentationConfig(**ranges), draws(seed, 0, "cat/a.jpg"))


@st.composite
def parameters(draw: st.DrawFn) -> Parameters:
    """Any that a configuration may lead to, of all geometric effects."""
    width, height = draw(st.floats(sqrt(0.05), 1)), draw(st.floats(sqrt(0.05), 1))
    inwards = st.floats(0, 0.25)
    corners = [(draw(inwards), draw(inwards)) for _ in range(4)]
    return Parameters.of(
        horizontal_flip=draw(st.booleans()),
        vertical_flip=draw(st.booleans()),
        quarter_turns=draw(st.integers(0, 3)),
        rotation=draw(st.floats(-180, 180)),
        scale=draw(st.floats(0.1, 10)),
        crop=(draw(shares) * (1 - width), draw(shares) * (1 - height), width, height),
        translation=(draw(st.floats(-1, 1)), draw(st.floats(-1, 1))),
        shear=(draw(st.floats(-60, 60)), draw(st.floats(-60, 60))),
        perspective=(corners[0], corners[1], corners[2], corners[3]),
        fill_mode=draw(st.sampled_from(FILL_MODES)),
        fill_color=(10, 200, 90),
    )


def noise(height: int, width: int) -> Image:
    """A picture whose pixels have nothing to do with their neighbours."""
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def surroundings(length: int, reach: int, fill_mode: FillMode) -> Any:
    """Which pixel numpy puts where, along a line with ``reach`` more on each side; -1: none."""
    line = np.arange(length)
    if fill_mode == "constant":
        return np.pad(line, reach, constant_values=-1)
    mode: Any = PAD_MODES[fill_mode]
    return np.pad(line, reach, mode=mode)


def pixels(image: Image, fill: Parameters, rows: Any, columns: Any) -> Any:
    """The picture's pixels as floats at any whole coordinates, its surroundings filled."""
    reach = int(max(np.abs(rows).max(), np.abs(columns).max())) + 1
    row = surroundings(image.shape[0], reach, fill.fill_mode)[rows + reach]
    column = surroundings(image.shape[1], reach, fill.fill_mode)[columns + reach]
    found = image[row, column].astype(float)
    found[(row < 0) | (column < 0)] = fill.fill_color
    return found


def source(change: Parameters, height: int, width: int) -> tuple[Any, Any]:
    """For each output pixel the (x, y) of the input that it shows."""
    inverse = np.linalg.inv(matrix(change, width, height))
    rows, columns = np.mgrid[:height, :width]
    x, y, w = np.tensordot(inverse, np.stack([columns, rows, np.ones_like(rows)]), 1)
    return x / w, y / w


def interpolated(image: Image, change: Parameters) -> Any:
    """What a warp should give, as floats: bilinear in plain numpy."""
    height, width = image.shape[:2]
    x, y = source(change, height, width)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    right, lower = (x - column)[..., None], (y - row)[..., None]

    def along(line: Any) -> Any:
        first, second = (pixels(image, change, line, column + step) for step in (0, 1))
        return first * (1 - right) + second * right

    return along(row) * (1 - lower) + along(row + 1) * lower


def inside(change: Parameters, height: int, width: int, rim: float = 1.0) -> Any:
    """Which output pixels show the picture's inside, ``rim`` pixels away from its border."""
    x, y = source(change, height, width)
    return (x >= rim) & (x <= width - 1 - rim) & (y >= rim) & (y <= height - 1 - rim)
