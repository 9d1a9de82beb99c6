"""Each effect on places or colours beside OpenCV's, torchvision's or numpy's; what is fill."""

from dataclasses import replace
from functools import reduce
from math import sqrt
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional

from core.augmentation.augment import apply, fill_share_of, sample
from core.augmentation.draws import draws
from core.augmentation.effects.all import RECORDS
from core.augmentation.effects.color import to_grayscale
from core.augmentation.effects.erasing import MEAN_COLOR
from core.augmentation.effects.record import Image
from core.augmentation.geometry import fill_share, matrix, warp
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


def tensor(image: Image) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1).contiguous()


def assert_alike_inside(change: Parameters, reference: Image | torch.Tensor) -> None:
    """Within one grey level for 99.9 % of the pixels that show the image's inside."""
    ours = warp(noise(HEIGHT, WIDTH), change)
    if isinstance(reference, torch.Tensor):
        reference = reference.permute(1, 2, 0).numpy()
    where = inside(change, *ours.shape[:2])
    assume(where.mean() > 0.05)
    near = np.abs(ours.astype(int) - reference.astype(int))[where] <= 1
    assert near.mean() >= 0.999


def torchvisions(
    shift: list[float], scale: float = 1.0, shear: tuple[float, float] = (0.0, 0.0)
) -> torch.Tensor:
    image = tensor(noise(HEIGHT, WIDTH))
    return functional.affine(image, 0.0, shift, scale, list(shear), BILINEAR)


# -- what is exact ----------------------------------------------------------------------------


@settings(max_examples=30)
@given(sizes, st.booleans(), st.booleans(), st.sampled_from(FILL_MODES))
def test_nothing_and_flips_are_exact(
    size: tuple[int, int], horizontal: bool, vertical: bool, fill_mode: FillMode
) -> None:
    image = noise(*size)
    change = Parameters.of(horizontal_flip=horizontal, vertical_flip=vertical, fill_mode=fill_mode)
    expected = image[:: -1 if vertical else 1, :: -1 if horizontal else 1]
    assert np.array_equal(warp(image, change), expected)
    assert (warp(image, change) is image) == (not horizontal and not vertical)
    if horizontal and vertical:
        for half in (Parameters.of(rotation=180), Parameters.of(quarter_turns=2)):
            assert np.array_equal(warp(image, replace(half, fill_mode=fill_mode)), expected)


@pytest.mark.parametrize("side", [1, 2, 31, 64])
@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("fill_mode", FILL_MODES)
def test_quarter_turns_are_exact(side: int, quarters: int, fill_mode: FillMode) -> None:
    image = noise(side, side)
    expected = np.rot90(image, quarters)
    for change in (Parameters.of(quarter_turns=quarters), Parameters.of(rotation=90.0 * quarters)):
        assert np.array_equal(warp(image, replace(change, fill_mode=fill_mode)), expected)
    for across in (-1, 1):  # flipped before it is turned
        change = Parameters.of(
            horizontal_flip=across < 0, vertical_flip=True, quarter_turns=quarters
        )
        assert np.array_equal(warp(image, change), np.rot90(image[::-1, ::across], quarters))


# -- each move alone, as others do it ---------------------------------------------------------


@settings(max_examples=20)
@given(st.floats(-180, 180), seeds)
def test_rotation_is_torchvisions(degrees: float, seed: int) -> None:
    change = drawn(seed, rotation=tuple(sorted((degrees, 20.0))))
    image = tensor(noise(HEIGHT, WIDTH))
    assert_alike_inside(change, functional.rotate(image, change["rotation"], BILINEAR))


@settings(max_examples=20)
@given(st.floats(0.4, 1), st.floats(1, 4), seeds)
def test_scale_is_torchvisions(low: float, high: float, seed: int) -> None:
    change = drawn(seed, scale=(low, high))
    assert_alike_inside(change, torchvisions([0.0, 0.0], change["scale"]))


@settings(max_examples=20)
@given(st.floats(0.25, 0.9), st.floats(0.5, 1), st.floats(1, 2), seeds)
def test_crop_is_torchvisions(crop: float, low: float, high: float, seed: int) -> None:
    change = drawn(seed, crop=crop, crop_aspect=(low, high))
    left, top = round(change["crop"][0] * 160), round(change["crop"][1] * 120)
    width = min(round(change["crop"][2] * 160), 160 - left)  # torchvision crops whole pixels only
    height = min(round(change["crop"][3] * 120), 120 - top)
    change = Parameters.of(crop=(left / 160, top / 120, width / 160, height / 120))
    image = noise(120, 160)
    reference = functional.resized_crop(
        tensor(image), top, left, height, width, [120, 160], BILINEAR
    )
    ours = warp(image, change)
    rim = 1 + int(max(160 / width, 120 / height))  # there it has cut off neighbours that ours sees
    near = np.abs(ours.astype(int) - reference.permute(1, 2, 0).numpy().astype(int)) <= 1
    assert near[rim:-rim, rim:-rim].mean() >= 0.999


@settings(max_examples=20)
@given(st.floats(0, 0.8), st.floats(0, 0.8), seeds)
def test_translation_is_torchvisions(across: float, down: float, seed: int) -> None:
    change = drawn(seed, translation=(across, down))
    shift = [change["translation"][0] * WIDTH, change["translation"][1] * HEIGHT]
    assert_alike_inside(change, torchvisions(shift))


@settings(max_examples=20)
@given(st.floats(0, 60), st.floats(0, 60), seeds)
def test_shear_is_torchvisions(across: float, down: float, seed: int) -> None:
    change = drawn(seed, shear=(across, down))
    assert_alike_inside(change, torchvisions([0, 0], shear=change["shear"]))


@settings(max_examples=20)
@given(st.floats(0, 0.5), seeds)
def test_perspective_is_torchvisions(distortion: float, seed: int) -> None:
    change = drawn(seed, perspective=distortion)
    start = [[0.0, 0.0], [WIDTH, 0.0], [WIDTH, HEIGHT], [0.0, HEIGHT]]
    signs = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    end = [
        [x + sign_x * across * WIDTH, y + sign_y * down * HEIGHT]
        for (x, y), (sign_x, sign_y), (across, down) in zip(
            start, signs, change["perspective"], strict=True
        )
    ]
    reference = functional.perspective(tensor(noise(HEIGHT, WIDTH)), start, end, BILINEAR)
    assert_alike_inside(change, reference)


# -- all moves together -----------------------------------------------------------------------


@settings(max_examples=50)
@given(parameters(), sizes)
def test_a_chain_is_the_product_of_its_effects(change: Parameters, size: tuple[int, int]) -> None:
    height, width = size
    alone = [Parameters.of(**{name: change[name]}) for name in reversed(IN_ORDER)]
    singles = [matrix(one, width, height) for one in alone]
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


# -- how much is fill -------------------------------------------------------------------------

OCTAGON = 2 * (sqrt(2) - 1)


@pytest.mark.parametrize(
    ("change", "share"),
    [
        (Parameters(), 0),
        (Parameters.of(horizontal_flip=True, rotation=90), 0),
        (Parameters.of(scale=2), 0),
        (Parameters.of(scale=0.5), 0.75),
        (Parameters.of(translation=(0.25, -0.5)), 0.625),
        (Parameters.of(translation=(1, 0)), 1),
        (Parameters.of(shear=(45, 0)), 0.25),
        (Parameters.of(rotation=45), 1 - OCTAGON),
        (Parameters.of(perspective=((0.2, 0), (0.2, 0), (0, 0), (0, 0))), 0.2),
    ],
)
def test_fill_share_of_known_shapes(change: Parameters, share: float) -> None:
    assert fill_share(change) == pytest.approx(share, abs=0.004)


@settings(max_examples=80)
@given(parameters())
def test_fill_share_is_what_a_count_of_pixels_gives(change: Parameters) -> None:
    white = np.full((200, 200, 3), 255, np.uint8)
    counted = apply(white, replace(change, fill_mode="constant", fill_color=(0, 0, 0)))
    assert fill_share(change) == pytest.approx(1 - counted.mean() / 255, abs=0.02)


def test_the_typical_share_of_fill_is_the_mean_of_what_is_drawn() -> None:
    config = AugmentationConfig(rotation=30, translation=0.2, perspective=0.2)
    made = [sample(config, draws(9, 0, f"{number}.jpg")) for number in range(500)]
    mean = np.mean([fill_share(one) for one in made])
    assert fill_share_of(config) == pytest.approx(mean, abs=0.02)
    assert fill_share_of(AugmentationConfig(brightness=(0.5, 2), erasing=1)) == 0


# -- colours ----------------------------------------------------------------------------------

CUBE = np.stack(np.meshgrid(*[np.arange(0, 256, 5)] * 3), -1).astype(np.uint8)
EVERY_COLOR: Image = CUBE.reshape(52, -1, 3)
NOTHING = Parameters()
ONE_OF_EACH = Parameters.of(
    brightness=1.12,
    contrast=0.8,
    saturation=1.4,
    hue=8.2,
    gamma=0.9,
    grayscale=True,
    blur=0.84,
    sharpness=1.7,
    noise=(12.3, 5),
    jpeg=61,
    erasing=(0.1, 0.2, 0.4, 0.3),
)


@st.composite
def images(draw: st.DrawFn) -> Image:
    """Images of any size and content: noise, grey, flat, two levels, and a soft ramp."""
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    kind = draw(st.sampled_from(["noise", "gray", "flat", "edges", "ramp"]))
    shape = {"gray": (height, width, 1), "flat": (1, 1, 3)}.get(kind, (height, width, 3))
    values = generator.integers(0, 256, shape)
    if kind == "edges":
        values = 255 * (values > 127)
    if kind == "ramp":
        values = np.linspace(values[0, 0], values[-1, -1], height * width).reshape(shape)
    full: Image = np.broadcast_to(values, (height, width, 3)).astype(np.uint8)
    return full


def photo(height: int = 33, width: int = 47) -> Image:
    """Soft colours with some grain, as in a photo."""
    rows, columns = np.mgrid[:height, :width] / max(height, width)
    soft = np.stack([rows, columns, 1 - rows * columns], -1) * 180 + 30
    grain = np.random.default_rng(0).normal(0, 5, soft.shape)
    return np.clip(soft + grain, 0, 255).astype(np.uint8)


def assert_same(mine: Image, theirs: Any) -> None:
    """Within one grey level for 99.9 % of the pixels, in an array of its own."""
    if isinstance(theirs, torch.Tensor):
        theirs = theirs.permute(1, 2, 0).numpy()
    assert (mine.dtype, mine.shape) == (np.uint8, theirs.shape)
    apart = np.abs(mine.astype(float) - theirs).max(axis=2) > 1
    assert apart.mean() <= 0.001


# -- each effect on colours, as others do it --------------------------------------------------

FACTORS = st.floats(0, 4)
EFFECTS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {  # theirs, strengths
    "brightness": (functional.adjust_brightness, FACTORS),
    "contrast": (functional.adjust_contrast, FACTORS),
    "saturation": (functional.adjust_saturation, FACTORS),
    "hue": (
        lambda image, degrees: functional.adjust_hue(image, degrees / 360),
        st.floats(-180, 180),
    ),
    "gamma": (functional.adjust_gamma, st.floats(0.1, 10)),
    "grayscale": (
        lambda image, _: functional.rgb_to_grayscale(image, 3),
        st.none(),
    ),
    "sharpness": (functional.adjust_sharpness, FACTORS),
    "jpeg": (functional.jpeg, st.integers(1, 99)),
}


def pixels(name: str, image: Image, value: Any) -> Image:
    """What an effect makes of an image."""
    done = RECORDS[name].pixels
    assert done is not None
    return done(image, value)


@pytest.mark.parametrize("name", EFFECTS)
@settings(max_examples=40)
@given(data=st.data(), image=images() | st.just(EVERY_COLOR))
def test_an_effect_is_torchvisions(name: str, data: st.DataObject, image: Image) -> None:
    theirs, strengths = EFFECTS[name]
    strength = data.draw(strengths)
    assert_same(pixels(name, image, strength), theirs(tensor(image), strength))


@settings(max_examples=40)
@given(images(), st.floats(0.01, 20))
def test_blur_is_opencvs(image: Image, sigma: float) -> None:
    size = round(6 * sigma + 1) | 1
    theirs = cv2.GaussianBlur(image.astype(float), (size, size), sigma)
    assert_same(pixels("blur", image, sigma), theirs)


@settings(max_examples=40)
@given(images(), *[st.tuples(st.floats(0.05, 1), st.floats(0, 1))] * 2)
def test_erasing_is_torchvisions(
    image: Image, across: tuple[float, float], down: tuple[float, float]
) -> None:
    (width, right), (height, below) = across, down
    left, top = right * (1 - width), below * (1 - height)
    erased = pixels("erasing", image, (left, top, width, height))
    rows, columns = (
        max(1, round(share * size))
        for share, size in zip((height, width), image.shape[:2], strict=True)
    )
    row = min(round(top * image.shape[0]), image.shape[0] - rows)
    column = min(round(left * image.shape[1]), image.shape[1] - columns)
    color = torch.tensor(MEAN_COLOR, dtype=torch.uint8)[:, None, None]
    theirs = functional.erase(tensor(image), row, column, rows, columns, color)
    assert torch.equal(tensor(erased), theirs)


# Noise has no reference for one image: torchvision draws from torch's generator.


@settings(max_examples=40)
@given(images(), st.floats(0.01, 128), st.integers(0, 2**53 - 1))
def test_noise_is_what_its_bits_say(image: Image, deviation: float, seed: int) -> None:
    words = np.random.PCG64(seed).random_raw(image.size // 4 + 1)
    quantiles = stats.norm.ppf((words.view(np.uint16)[: image.size] + 0.5) / 65536)
    expected = image + deviation * quantiles.reshape(image.shape)
    assert_same(pixels("noise", image, (deviation, seed)), np.clip(expected, 0, 255))


def test_nothing_changes_nothing_and_gray_stays_gray() -> None:
    neutral = {
        "brightness": 1,
        "contrast": 1,
        "saturation": 1,
        "hue": 0,
        "gamma": 1,
        "sharpness": 1,
    }
    for name, strength in neutral.items():
        assert np.array_equal(pixels(name, EVERY_COLOR, strength), EVERY_COLOR), name
    assert np.array_equal(pixels("blur", EVERY_COLOR, 0.05), EVERY_COLOR)
    assert np.array_equal(pixels("noise", EVERY_COLOR, (0, 3)), EVERY_COLOR)
    gray = np.stack([np.arange(256, dtype=np.uint8)] * 3, axis=-1)[None]
    assert np.array_equal(to_grayscale(gray), gray)
    assert np.array_equal(pixels("hue", gray, 70), gray)


# -- all effects on colours -------------------------------------------------------------------


def test_values_that_change_nothing_are_no_change() -> None:
    image = photo()
    for made in (NOTHING, Parameters.of(rotation=0, brightness=1.0, jpeg=100, erasing=None)):
        assert not made.values
        assert made == NOTHING
        assert apply(image, made) is image


def test_effects_are_done_one_after_the_other_in_the_order_that_is_documented() -> None:
    image = photo()
    for name, value in ONE_OF_EACH.values:
        step = Parameters.of(**{name: value})
        changed = apply(image, step)
        assert step.values
        assert not np.array_equal(changed, image)
        image = changed
    assert np.array_equal(apply(photo(), ONE_OF_EACH), image)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 3), (33, 47)])
def test_images_of_any_size_and_layout_are_left_as_they_were(size: tuple[int, int]) -> None:
    image = photo(*size)
    views: list[Any] = [image, image[::-1], image[:, ::-1], np.repeat(image, 2, axis=1)[:, ::2]]
    frozen = image.copy()
    frozen.flags.writeable = False
    for view in [*views, frozen]:
        before = view.copy()
        made = apply(view, ONE_OF_EACH)
        assert (made.shape, made.dtype) == (view.shape, np.uint8)
        assert made.flags.c_contiguous
        assert np.array_equal(view, before)
        assert np.array_equal(made, apply(before, ONE_OF_EACH))
