"""Where pixels go, beside what OpenCV, torchvision and numpy make of it, and what is fill."""

from dataclasses import replace
from functools import reduce
from itertools import pairwise
from math import sqrt

import cv2
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from core.augmentation.augment import apply, fill_share, fill_share_of, sample
from core.augmentation.draws import draws
from core.augmentation.geometry import Geometric, Image, matrix, warp
from core.augmentation.parameters import Parameters
from core.recipe.config import AugmentationConfig, FillMode
from tests.support.warps import (
    FILL_MODES,
    IN_ORDER,
    drawn,
    inside,
    interpolated,
    noise,
    parameters,
    seeds,
    sizes,
    source,
)

BILINEAR = InterpolationMode.BILINEAR
HEIGHT, WIDTH = 60, 75
MIDDLE = ((WIDTH - 1) / 2, (HEIGHT - 1) / 2)


def as_tensor(image: Image) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1)


def assert_alike_inside(change: Geometric, reference: Image | torch.Tensor) -> None:
    """Within one grey level for 99.9 % of the pixels that show the image's inside."""
    ours = warp(noise(HEIGHT, WIDTH), change)
    if isinstance(reference, torch.Tensor):
        reference = reference.permute(1, 2, 0).numpy()
    where = inside(change, *ours.shape[:2])
    assume(where.mean() > 0.05)
    near = np.abs(ours.astype(int) - reference.astype(int))[where] <= 1
    assert near.mean() >= 0.999


def opencvs(theirs: np.ndarray) -> Image:
    return cv2.warpAffine(noise(HEIGHT, WIDTH), theirs, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)


def torchvisions(
    shift: list[float], scale: float = 1.0, shear: tuple[float, float] = (0.0, 0.0)
) -> torch.Tensor:
    tensor = as_tensor(noise(HEIGHT, WIDTH))
    return functional.affine(tensor, 0.0, shift, scale, list(shear), BILINEAR)


# -- what is exact ----------------------------------------------------------------------------


@settings(max_examples=30)
@given(sizes, st.booleans(), st.booleans(), st.sampled_from(FILL_MODES))
def test_nothing_and_flips_are_exact(
    size: tuple[int, int], horizontal: bool, vertical: bool, fill_mode: FillMode
) -> None:
    image = noise(*size)
    change = Geometric(horizontal_flip=horizontal, vertical_flip=vertical, fill_mode=fill_mode)
    expected = image[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    assert np.array_equal(warp(image, change), expected)
    assert (warp(image, change) is image) == (not horizontal and not vertical)


@pytest.mark.parametrize("side", [1, 2, 31, 64])
@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_quarter_turns_are_exact(side: int, quarters: int, fill_mode: FillMode) -> None:
    image = noise(side, side)
    expected = np.rot90(image, quarters)
    for change in (Geometric(quarter_turns=quarters), Geometric(rotation=90.0 * quarters)):
        assert np.array_equal(warp(image, replace(change, fill_mode=fill_mode)), expected)
    for across in (-1, 1):  # flipped before it is turned
        change = Geometric(horizontal_flip=across < 0, vertical_flip=True, quarter_turns=quarters)
        assert np.array_equal(warp(image, change), np.rot90(image[::-1, ::across], quarters))


@pytest.mark.parametrize("change", [Geometric(rotation=180), Geometric(quarter_turns=2)])
def test_half_a_turn_is_both_flips_whatever_the_shape(change: Geometric) -> None:
    image = noise(33, 48)
    assert np.array_equal(warp(image, change), image[::-1, ::-1])


# -- each effect alone, as others do it -------------------------------------------------------


@settings(max_examples=20)
@given(st.floats(-180, 180), seeds)
def test_rotation_is_opencvs_and_torchvisions(degrees: float, seed: int) -> None:
    change = drawn(seed, rotation=tuple(sorted((degrees, 20.0))))
    assert_alike_inside(change, opencvs(cv2.getRotationMatrix2D(MIDDLE, change.rotation, 1)))
    tensor = as_tensor(noise(HEIGHT, WIDTH))
    assert_alike_inside(change, functional.rotate(tensor, change.rotation, BILINEAR))


@settings(max_examples=20)
@given(st.floats(0.4, 1), st.floats(1, 4), seeds)
def test_scale_is_opencvs_and_torchvisions(low: float, high: float, seed: int) -> None:
    change = drawn(seed, scale=(low, high))
    assert_alike_inside(change, opencvs(cv2.getRotationMatrix2D(MIDDLE, 0, change.scale)))
    assert_alike_inside(change, torchvisions([0.0, 0.0], change.scale))


@settings(max_examples=20)
@given(st.floats(0.25, 0.9), st.floats(0.5, 1), st.floats(1, 2), seeds)
def test_crop_is_torchvisions(crop: float, low: float, high: float, seed: int) -> None:
    change = drawn(seed, crop=crop, crop_aspect=(low, high))
    left, top = round(change.crop[0] * 160), round(change.crop[1] * 120)
    width = min(round(change.crop[2] * 160), 160 - left)  # torchvision crops whole pixels only
    height = min(round(change.crop[3] * 120), 120 - top)
    change = replace(change, crop=(left / 160, top / 120, width / 160, height / 120))
    image = noise(120, 160)
    reference = functional.resized_crop(
        as_tensor(image), top, left, height, width, [120, 160], BILINEAR
    )
    ours = warp(image, change)
    rim = 1 + int(max(160 / width, 120 / height))  # there it has cut off neighbours that ours sees
    near = np.abs(ours.astype(int) - reference.permute(1, 2, 0).numpy().astype(int)) <= 1
    assert near[rim:-rim, rim:-rim].mean() >= 0.999


@settings(max_examples=20)
@given(st.floats(0, 0.8), st.floats(0, 0.8), seeds)
def test_translation_is_opencvs_and_torchvisions(across: float, down: float, seed: int) -> None:
    change = drawn(seed, translation=(across, down))
    shift = [change.translation[0] * WIDTH, change.translation[1] * HEIGHT]
    assert_alike_inside(change, opencvs(np.array([[1, 0, shift[0]], [0, 1, shift[1]]])))
    assert_alike_inside(change, torchvisions(shift))


@settings(max_examples=20)
@given(st.floats(0, 60), st.floats(0, 60), seeds)
def test_shear_is_torchvisions(across: float, down: float, seed: int) -> None:
    change = drawn(seed, shear=(across, down))
    assert_alike_inside(change, torchvisions([0, 0], shear=change.shear))


@settings(max_examples=20)
@given(st.floats(0, 0.5), seeds)
def test_perspective_is_opencvs_and_torchvisions(distortion: float, seed: int) -> None:
    image, change = noise(HEIGHT, WIDTH), drawn(seed, perspective=distortion)
    start = [[0.0, 0.0], [WIDTH, 0.0], [WIDTH, HEIGHT], [0.0, HEIGHT]]
    signs = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    end = [
        [x + sign_x * across * WIDTH, y + sign_y * down * HEIGHT]
        for (x, y), (sign_x, sign_y), (across, down) in zip(
            start, signs, change.perspective, strict=True
        )
    ]
    outer = np.array([start, end], np.float32) - 0.5  # OpenCV counts from a pixel's middle
    theirs = cv2.getPerspectiveTransform(outer[0], outer[1])
    if change.perspective != Geometric().perspective:
        seen = cv2.warpPerspective(image, theirs, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        assert_alike_inside(change, seen)
    reference = functional.perspective(as_tensor(image), start, end, BILINEAR)
    assert_alike_inside(change, reference)


# -- all together -----------------------------------------------------------------------------


def together(change: Geometric, names: list[str]) -> Geometric:
    """``change`` with those effects alone."""
    nothing = Geometric()
    others = {name: getattr(nothing, name) for name in IN_ORDER if name not in names}
    return replace(change, **others)


@settings(max_examples=50)
@given(parameters(), sizes)
def test_a_chain_is_the_product_of_its_effects(change: Parameters, size: tuple[int, int]) -> None:
    height, width = size
    singles = [matrix(together(change, [name]), width, height) for name in reversed(IN_ORDER)]
    whole, product = matrix(change, width, height), reduce(np.matmul, singles)
    np.testing.assert_allclose(whole, product, rtol=1e-9, atol=1e-9 * np.abs(product).max())


@settings(max_examples=100)
@given(parameters(), sizes)
def test_any_change_is_one_interpolation(change: Parameters, size: tuple[int, int]) -> None:
    image = noise(*size)
    before = image.copy()
    changed = apply(image, change)
    assert changed.shape == image.shape
    assert changed.dtype == np.uint8
    x, y = source(change, *size)
    near = (np.abs(x) < 1000) & (np.abs(y) < 1000)  # further out the last bits of 32 decide
    assert np.abs(changed - interpolated(image, change))[near].max(initial=0) <= 1
    assert np.array_equal(image, before)


@settings(max_examples=60)
@given(st.lists(st.floats(0, 0.25), min_size=8, max_size=8))
def test_the_whole_picture_is_in_front_of_the_horizon(moves: list[float]) -> None:
    pairs = [(moves[index], moves[index + 1]) for index in range(0, 8, 2)]
    one = Geometric(perspective=(pairs[0], pairs[1], pairs[2], pairs[3]))
    corners = np.array([(-0.5, -0.5, 1), (59.5, -0.5, 1), (59.5, 39.5, 1), (-0.5, 39.5, 1)])
    assert (matrix(one, 60, 40) @ corners.T)[2].min() > 0


# -- how much is fill -------------------------------------------------------------------------

OCTAGON = 2 * (sqrt(2) - 1)


@pytest.mark.parametrize(
    ("change", "share"),
    [
        (Geometric(), 0),
        (Geometric(horizontal_flip=True, rotation=90), 0),
        (Geometric(quarter_turns=3), 0),
        (Geometric(scale=2), 0),
        (Geometric(crop=(0.1, 0.3, 0.5, 0.6)), 0),
        (Geometric(scale=0.5), 0.75),
        (Geometric(translation=(0.25, -0.5)), 0.625),
        (Geometric(translation=(1, 0)), 1),
        (Geometric(shear=(45, 0)), 0.25),
        (Geometric(rotation=45), 1 - OCTAGON),
        (Geometric(perspective=((0.2, 0), (0.2, 0), (0, 0), (0, 0))), 0.2),
    ],
)
def test_fill_share_of_known_shapes(change: Geometric, share: float) -> None:
    assert fill_share(change, 30, 30) == pytest.approx(share, abs=1e-9)


@settings(max_examples=80)
@given(parameters())
def test_fill_share_is_what_a_count_of_pixels_gives(change: Parameters) -> None:
    white = np.full((80, 120, 3), 255, np.uint8)
    counted = apply(white, replace(change, fill_mode="constant", fill_color=(0, 0, 0)))
    assert fill_share(change, 120, 80) == pytest.approx(1 - counted.mean() / 255, abs=0.02)


def test_the_typical_share_of_fill_is_the_mean_of_what_is_drawn() -> None:
    config = AugmentationConfig(rotation=30, translation=0.2, perspective=0.2)
    made = [sample(config, draws(9, 0, f"{number}.jpg")) for number in range(500)]
    mean = np.mean([fill_share(one, 224, 224) for one in made])
    assert fill_share_of(config) == pytest.approx(mean, abs=0.02)
    assert fill_share_of(AugmentationConfig(brightness=(0.5, 2), erasing=1)) == 0


def test_the_share_of_fill_grows_as_you_rotate() -> None:
    turned = [fill_share(Geometric(rotation=degrees), 224, 224) for degrees in range(46)]
    shares = [fill_share_of(AugmentationConfig(rotation=degrees)) for degrees in range(46)]
    assert shares[0] == turned[0] == 0
    for one in (turned, shares):
        assert all(before < after for before, after in pairwise(one))
    assert max(after - before for before, after in pairwise(shares)) < 0.01
