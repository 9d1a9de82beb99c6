"""Each effect on colours beside torchvision's or OpenCV's own, and all of them in their order."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torchvision.transforms.v2 import functional

from core.augmentation.photometric import (
    MEAN_COLOR,
    Image,
    Photometric,
    add_noise,
    adjust_brightness,
    adjust_contrast,
    adjust_gamma,
    adjust_saturation,
    apply_photometric,
    compress,
    erase,
    gaussian_blur,
    shift_hue,
    to_grayscale,
)

CUBE = np.stack(np.meshgrid(*[np.arange(0, 256, 5)] * 3), -1).astype(np.uint8)
EVERY_COLOR: Image = CUBE.reshape(52, -1, 3)
NOTHING = Photometric()
ONE_OF_EACH = Photometric(
    brightness=1.12,
    contrast=0.8,
    saturation=1.4,
    hue=8.2,
    gamma=0.9,
    grayscale=True,
    blur=0.84,
    noise=12.3,
    noise_seed=5,
    jpeg=61,
    erasing=(0.1, 0.2, 0.4, 0.3),
)
NAMES = [name for name in vars(ONE_OF_EACH) if name != "noise_seed"]


@st.composite
def images(draw: st.DrawFn, least: int = 1) -> Image:
    """Images of any size and content: noise, grey, flat, two levels, and a soft ramp."""
    height, width = draw(st.integers(least, 40)), draw(st.integers(least, 40))
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


def tensor(image: Image) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1).contiguous()


def assert_same(mine: Image, theirs: Any) -> None:
    """Within one grey level for 99.9 % of the pixels, in an array of its own."""
    if isinstance(theirs, torch.Tensor):
        theirs = theirs.permute(1, 2, 0).numpy()
    assert (mine.dtype, mine.shape) == (np.uint8, theirs.shape)
    apart = np.abs(mine.astype(float) - theirs).max(axis=2) > 1
    assert apart.mean() <= 0.001


# -- each effect, as others do it -------------------------------------------------------------

Reference = Callable[[torch.Tensor, Any], torch.Tensor]
FACTORS = st.floats(0, 4)
EFFECTS: dict[str, tuple[Callable[[Image, Any], Image], Reference, st.SearchStrategy[Any]]] = {
    "brightness": (adjust_brightness, functional.adjust_brightness, FACTORS),
    "contrast": (adjust_contrast, functional.adjust_contrast, FACTORS),
    "saturation": (adjust_saturation, functional.adjust_saturation, FACTORS),
    "hue": (
        shift_hue,
        lambda image, degrees: functional.adjust_hue(image, degrees / 360),
        st.floats(-180, 180),
    ),
    "gamma": (adjust_gamma, functional.adjust_gamma, st.floats(0.1, 10)),
    "grayscale": (
        lambda image, _: to_grayscale(image),
        lambda image, _: functional.rgb_to_grayscale(image, 3),
        st.none(),
    ),
    "jpeg": (compress, functional.jpeg, st.integers(1, 99)),
}


@pytest.mark.parametrize("name", EFFECTS)
@settings(max_examples=40)
@given(data=st.data(), image=images())
def test_an_effect_is_torchvisions(name: str, data: st.DataObject, image: Image) -> None:
    mine, theirs, strengths = EFFECTS[name]
    strength = data.draw(strengths)
    assert_same(mine(image, strength), theirs(tensor(image), strength))


@pytest.mark.parametrize(
    ("name", "strength"),
    [
        *(("hue", degrees) for degrees in (-180, -120, -77, -0.01, 0.01, 30, 60, 180)),
        *(("saturation", factor) for factor in (0, 0.5, 1.7, 4)),
        ("grayscale", None),
    ],
)
def test_colors_of_the_whole_cube_are_torchvisions(name: str, strength: float | None) -> None:
    mine, theirs, _ = EFFECTS[name]
    assert_same(mine(EVERY_COLOR, strength), theirs(tensor(EVERY_COLOR), strength))


def test_a_gray_image_stays_as_gray_as_it_is() -> None:
    levels = np.arange(256, dtype=np.uint8)
    gray = np.stack([levels] * 3, axis=-1)[None]
    assert np.array_equal(to_grayscale(gray), gray)
    assert np.array_equal(shift_hue(gray, 70), gray)


@settings(max_examples=40)
@given(images(), st.floats(0.01, 20))
def test_blur_is_opencvs(image: Image, sigma: float) -> None:
    size = round(6 * sigma + 1) | 1
    theirs = cv2.GaussianBlur(image.astype(float), (size, size), sigma)
    assert_same(gaussian_blur(image, sigma), theirs)


@settings(max_examples=20)
@given(images(least=16), st.floats(0.1, 5))
def test_blur_is_torchvisions(image: Image, sigma: float) -> None:
    size = round(6 * sigma + 1) | 1
    theirs = functional.gaussian_blur(tensor(image), [size, size], [sigma, sigma])
    assert_same(gaussian_blur(image, sigma), theirs)


@settings(max_examples=40)
@given(images(), *[st.tuples(st.floats(0.05, 1), st.floats(0, 1))] * 2)
def test_erasing_is_torchvisions(
    image: Image, across: tuple[float, float], down: tuple[float, float]
) -> None:
    (width, right), (height, below) = across, down
    left, top = right * (1 - width), below * (1 - height)
    erased = erase(image, (left, top, width, height))
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
    assert_same(add_noise(image, deviation, seed), np.clip(expected, 0, 255))


@pytest.mark.parametrize(
    ("effect", "neutral"),
    [
        (adjust_brightness, (1,)),
        (adjust_contrast, (1,)),
        (adjust_saturation, (1,)),
        (shift_hue, (0,)),
        (adjust_gamma, (1,)),
        (gaussian_blur, (0.05,)),
        (add_noise, (0, 3)),
    ],
)
def test_nothing_changes_nothing(effect: Callable[..., Image], neutral: tuple[float, ...]) -> None:
    assert np.array_equal(effect(EVERY_COLOR, *neutral), EVERY_COLOR)


# -- all of them ------------------------------------------------------------------------------


def test_nothing_and_a_seed_of_no_noise_are_no_change() -> None:
    image = photo()
    for made in (NOTHING, Photometric(noise_seed=7)):
        assert made.is_identity
        assert apply_photometric(image, made) is image


def test_effects_are_done_one_after_the_other_in_the_order_that_is_documented() -> None:
    image = photo()
    for name in NAMES:
        seed = {"noise_seed": 5} if name == "noise" else {}
        step = replace(NOTHING, **{name: getattr(ONE_OF_EACH, name)}, **seed)
        changed = apply_photometric(image, step)
        assert not step.is_identity
        assert not np.array_equal(changed, image)
        image = changed
    assert np.array_equal(apply_photometric(photo(), ONE_OF_EACH), image)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 3), (33, 47)])
def test_images_of_any_size_and_layout_are_left_as_they_were(size: tuple[int, int]) -> None:
    image = photo(*size)
    views: list[Any] = [image, image[::-1], image[:, ::-1], np.repeat(image, 2, axis=1)[:, ::2]]
    frozen = image.copy()
    frozen.flags.writeable = False
    for view in [*views, frozen]:
        before = view.copy()
        made = apply_photometric(view, ONE_OF_EACH)
        assert (made.shape, made.dtype) == (view.shape, np.uint8)
        assert made.flags.c_contiguous
        assert np.array_equal(view, before)
        assert np.array_equal(made, apply_photometric(before, ONE_OF_EACH))


@pytest.mark.parametrize(
    ("name", "most"),
    [
        *(("brightness", one) for one in (0.2, 3.0)),
        *(("contrast", one) for one in (0.0, 3.0)),
        *(("saturation", one) for one in (0.0, 3.0)),
        *(("hue", one) for one in (-180.0, 180.0)),
        *(("gamma", one) for one in (0.4, 4.0)),
        ("blur", 8.0),
        ("noise", 60.0),
    ],
)
def test_pixels_move_smoothly_from_nothing_to_the_most(name: str, most: float) -> None:
    nothing, image = getattr(NOTHING, name), photo()
    shown = [
        apply_photometric(image, replace(NOTHING, **{name: value})).astype(float)
        for value in np.linspace(nothing, most, 101).tolist()
    ]
    steps = [np.abs(after - before).mean() for before, after in pairwise(shown)]
    assert np.array_equal(shown[0], image)
    assert 0 < max(steps) < 6
