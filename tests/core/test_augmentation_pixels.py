from dataclasses import replace
from functools import reduce
from itertools import pairwise
from math import sqrt
from typing import Any, get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from core.augmentation import (
    Image,
    Parameters,
    apply,
    augment,
    fill_share,
    matrix,
)
from core.config import AugmentationConfig, FillMode

FILL_MODES: tuple[FillMode, ...] = get_args(FillMode)
PAD_MODES: dict[FillMode, str] = {
    "constant": "constant",
    "edge": "edge",
    "reflect": "symmetric",
    "wrap": "wrap",
}
BILINEAR = InterpolationMode.BILINEAR

sizes = st.tuples(st.integers(1, 40), st.integers(1, 40))
shares = st.floats(0, 1)


@st.composite
def parameters(draw: st.DrawFn) -> Parameters:
    side = draw(st.floats(sqrt(0.05), 1))
    return Parameters(
        horizontal_flip=draw(st.booleans()),
        vertical_flip=draw(st.booleans()),
        rotation=draw(st.floats(-180, 180)),
        scale=draw(st.floats(0.1, 10)),
        crop=(draw(shares) * (1 - side), draw(shares) * (1 - side), side),
        translation=(draw(st.floats(-1, 1)), draw(st.floats(-1, 1))),
        fill_mode=draw(st.sampled_from(FILL_MODES)),
        fill_color=(10, 200, 90),
    )


def noise(height: int, width: int) -> Image:
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
    inverse = np.linalg.inv(np.vstack([matrix(change, width, height), [0, 0, 1]]))
    rows, columns = np.mgrid[:height, :width]
    x, y, _ = np.tensordot(inverse, np.stack([columns, rows, np.ones_like(rows)]), 1)
    return x, y


def interpolated(image: Image, change: Parameters) -> Any:
    """What ``apply`` should give, as floats: bilinear in plain numpy."""
    height, width = image.shape[:2]
    x, y = source(change, height, width)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    right, lower = (x - column)[..., None], (y - row)[..., None]

    def along(line: Any) -> Any:
        first, second = (pixels(image, change, line, column + step) for step in (0, 1))
        return first * (1 - right) + second * right

    return along(row) * (1 - lower) + along(row + 1) * lower


def assert_alike_inside(ours: Image, reference: torch.Tensor, change: Parameters) -> None:
    """Within one grey level for 99.9 % of the pixels that show the picture's inside."""
    height, width = ours.shape[:2]
    x, y = source(change, height, width)
    inside = (x >= 1) & (x <= width - 2) & (y >= 1) & (y <= height - 2)
    assert inside.mean() > 0.1
    other = reference.permute(1, 2, 0).numpy().astype(int)
    near = np.abs(ours.astype(int) - other)[inside] <= 1
    assert near.mean() >= 0.999


def as_tensor(image: Image) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)


@settings(deadline=None)
@given(sizes, st.sampled_from(FILL_MODES))
def test_identity_is_bit_for_bit(size: tuple[int, int], fill_mode: FillMode) -> None:
    image = noise(*size)
    assert np.array_equal(apply(image, Parameters(fill_mode=fill_mode)), image)
    config = AugmentationConfig(fill_mode=fill_mode)
    assert np.array_equal(augment(image, config, 0, 0, "cat/a.jpg"), image)


@settings(deadline=None)
@given(sizes, st.booleans(), st.booleans(), st.sampled_from(FILL_MODES))
def test_flips_are_exact(
    size: tuple[int, int], horizontal: bool, vertical: bool, fill_mode: FillMode
) -> None:
    image = noise(*size)
    change = Parameters(horizontal_flip=horizontal, vertical_flip=vertical, fill_mode=fill_mode)
    expected = image[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    assert np.array_equal(apply(image, change), expected)


@pytest.mark.parametrize("side", [1, 2, 31, 64, 224])
@pytest.mark.parametrize("quarters", [-2, -1, 1, 2])
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_quarter_turns_are_exact(side: int, quarters: int, fill_mode: FillMode) -> None:
    image = noise(side, side)
    turned = apply(image, Parameters(rotation=90 * quarters, fill_mode=fill_mode))
    assert np.array_equal(turned, np.rot90(image, quarters))


def test_half_a_turn_is_both_flips_whatever_the_shape() -> None:
    image = noise(33, 48)
    assert np.array_equal(apply(image, Parameters(rotation=180)), image[::-1, ::-1])


@pytest.mark.parametrize("degrees", [-170.0, -45.0, 0.5, 12.4, 90.0, 133.0])
def test_rotation_is_torchvisions(degrees: float) -> None:
    image, change = noise(120, 151), Parameters(rotation=degrees)
    reference = functional.rotate(as_tensor(image), degrees, BILINEAR)
    assert_alike_inside(apply(image, change), reference, change)


@pytest.mark.parametrize("factor", [0.5, 0.93, 1.07, 3.0])
def test_scale_is_torchvisions(factor: float) -> None:
    image, change = noise(120, 151), Parameters(scale=factor)
    reference = functional.affine(as_tensor(image), 0.0, [0, 0], factor, [0.0, 0.0], BILINEAR)
    assert_alike_inside(apply(image, change), reference, change)


@pytest.mark.parametrize("window", [(0.25, 0.125, 0.5), (0.0, 0.0, 0.75), (0.625, 0.5, 0.375)])
def test_crop_is_torchvisions(window: tuple[float, float, float]) -> None:
    image, change = noise(120, 160), Parameters(crop=window)
    left, top, side = window
    box = [int(top * 120), int(left * 160), int(side * 120), int(side * 160)]
    reference = functional.resized_crop(as_tensor(image), *box, [120, 160], BILINEAR)
    ours = apply(image, change)
    rim = int(1 / side) + 1  # there torchvision has cut off the neighbours that ours still sees
    near = np.abs(ours.astype(int) - reference.permute(1, 2, 0).numpy().astype(int)) <= 1
    assert near[rim:-rim, rim:-rim].mean() >= 0.999


@pytest.mark.parametrize("shift", [(0.25, 0.0), (0.0, -0.1), (-0.33, 0.21)])
def test_translation_is_torchvisions(shift: tuple[float, float]) -> None:
    image, change = noise(120, 151), Parameters(translation=shift)
    pixels: Any = [shift[0] * 151, shift[1] * 120]
    reference = functional.affine(as_tensor(image), 0.0, pixels, 1.0, [0.0, 0.0], BILINEAR)
    assert_alike_inside(apply(image, change), reference, change)


@settings(deadline=None)
@given(parameters(), sizes)
def test_a_chain_is_the_product_of_its_effects(change: Parameters, size: tuple[int, int]) -> None:
    width, height = size
    effects = (
        Parameters(horizontal_flip=change.horizontal_flip, vertical_flip=change.vertical_flip),
        Parameters(rotation=change.rotation),
        Parameters(scale=change.scale),
        Parameters(crop=change.crop),
        Parameters(translation=change.translation),
    )
    each = [np.vstack([matrix(one, width, height), [0, 0, 1]]) for one in effects]
    product = reduce(lambda before, after: after @ before, each)
    assert np.allclose(matrix(change, width, height), product[:2], rtol=1e-9, atol=1e-9)


@settings(deadline=None, max_examples=300)
@given(parameters(), sizes)
def test_every_change_is_one_bilinear_interpolation(
    change: Parameters, size: tuple[int, int]
) -> None:
    image = noise(*size)
    before = image.copy()
    changed = apply(image, change)
    assert changed.shape == image.shape
    assert changed.dtype == np.uint8
    assert np.abs(changed - interpolated(image, change)).max(initial=0) <= 1
    assert np.array_equal(image, before)


@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_a_large_picture_far_out(fill_mode: FillMode) -> None:
    image = noise(512, 512)
    change = Parameters(rotation=12, scale=0.1, translation=(0.9, -0.7), fill_mode=fill_mode)
    wrong = np.abs(apply(image, change) - interpolated(image, change)) > 1
    assert wrong.mean() <= 0.001


@pytest.mark.parametrize("fill_mode", FILL_MODES)
@pytest.mark.parametrize("size", [(1, 1), (1, 6), (5, 1), (7, 12), (64, 49)])
@pytest.mark.parametrize("shift", [(1, 0), (0, -2), (-3, 4), (150, -170)])
def test_the_border_is_numpys(
    fill_mode: FillMode, size: tuple[int, int], shift: tuple[int, int]
) -> None:
    (height, width), (right, down) = size, shift
    image = noise(height, width)
    change = Parameters(
        translation=(right / width, down / height), fill_mode=fill_mode, fill_color=(10, 200, 90)
    )
    rows, columns = np.mgrid[:height, :width]
    expected = pixels(image, change, rows - down, columns - right)
    assert np.array_equal(apply(image, change), expected)


def test_another_kind_of_picture_is_refused() -> None:
    wrong: list[Any] = [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ]
    for image in wrong:
        with pytest.raises(ValueError, match=r"expected uint8 \[H, W, 3\]"):
            apply(image, Parameters(rotation=3))


def test_fill_share_of_known_shapes() -> None:
    assert fill_share(Parameters(), 224, 224) == 0
    assert fill_share(Parameters(horizontal_flip=True, rotation=90), 31, 31) == 0
    assert fill_share(Parameters(scale=2), 20, 30) == 0
    assert fill_share(Parameters(crop=(0.1, 0.3, 0.5)), 20, 30) == pytest.approx(0)
    assert fill_share(Parameters(scale=0.5), 20, 30) == pytest.approx(0.75)
    assert fill_share(Parameters(translation=(0.25, -0.5)), 20, 30) == pytest.approx(0.625)
    assert fill_share(Parameters(translation=(1, 0)), 20, 30) == pytest.approx(1)
    octagon = 2 * (sqrt(2) - 1)
    assert fill_share(Parameters(rotation=45), 224, 224) == pytest.approx(1 - octagon)


def test_fill_share_grows_as_the_picture_turns() -> None:
    turned = [fill_share(Parameters(rotation=degrees), 224, 224) for degrees in range(46)]
    assert all(before < after for before, after in pairwise(turned))


@settings(deadline=None)
@given(parameters())
def test_fill_share_is_what_a_count_of_pixels_gives(change: Parameters) -> None:
    white = np.full((80, 120, 3), 255, np.uint8)
    counted = apply(white, replace(change, fill_mode="constant", fill_color=(0, 0, 0)))
    assert fill_share(change, 120, 80) == pytest.approx(1 - counted.mean() / 255, abs=0.02)
