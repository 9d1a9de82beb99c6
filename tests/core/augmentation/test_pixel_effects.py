"""Each effect beside torchvision's or OpenCV's own function, within one grey level."""

from collections.abc import Callable
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
    add_noise,
    adjust_brightness,
    adjust_contrast,
    adjust_gamma,
    adjust_saturation,
    compress,
    erase,
    gaussian_blur,
    shift_hue,
    to_grayscale,
)

factors = st.floats(0, 4)
hues = st.floats(-180, 180)
gammas = st.floats(0.1, 10)
sigmas = st.floats(0.01, 20)
seeds = st.integers(0, 2**53 - 1)

CUBE = np.stack(np.meshgrid(*[np.arange(0, 256, 5)] * 3), -1).astype(np.uint8)
EVERY_COLOR: Image = CUBE.reshape(52, -1, 3)


@st.composite
def images(draw: st.DrawFn, least: int = 1) -> Image:
    """Pictures of any size and content: noise, grey, flat, two levels, and a soft ramp."""
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


def tensor(image: Image) -> torch.Tensor:
    return torch.from_numpy(image).permute(2, 0, 1).contiguous()


def picture(made: torch.Tensor) -> Any:
    return made.permute(1, 2, 0).numpy()


def assert_same(mine: Image, theirs: Any) -> None:
    """Within one grey level for 99.9 % of the pixels, in an array of its own."""
    assert (mine.dtype, mine.shape) == (np.uint8, theirs.shape)
    apart = np.abs(mine.astype(float) - theirs).max(axis=2) > 1
    assert apart.mean() <= 0.001


@settings(deadline=None)
@given(images(), factors)
def test_brightness_is_torchvisions(image: Image, factor: float) -> None:
    assert_same(
        adjust_brightness(image, factor),
        picture(functional.adjust_brightness(tensor(image), factor)),
    )


@settings(deadline=None)
@given(images(), factors)
def test_contrast_is_torchvisions(image: Image, factor: float) -> None:
    assert_same(
        adjust_contrast(image, factor), picture(functional.adjust_contrast(tensor(image), factor))
    )


@settings(deadline=None)
@given(images(), factors)
def test_saturation_is_torchvisions(image: Image, factor: float) -> None:
    assert_same(
        adjust_saturation(image, factor),
        picture(functional.adjust_saturation(tensor(image), factor)),
    )


@settings(deadline=None)
@given(images(), hues)
def test_hue_is_torchvisions(image: Image, degrees: float) -> None:
    assert_same(
        shift_hue(image, degrees), picture(functional.adjust_hue(tensor(image), degrees / 360))
    )


@settings(deadline=None)
@given(images(), gammas)
def test_gamma_is_torchvisions(image: Image, gamma: float) -> None:
    assert_same(adjust_gamma(image, gamma), picture(functional.adjust_gamma(tensor(image), gamma)))


@settings(deadline=None)
@given(images())
def test_grayscale_is_torchvisions(image: Image) -> None:
    assert_same(to_grayscale(image), picture(functional.rgb_to_grayscale(tensor(image), 3)))


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        *[
            (
                lambda image, at=at: shift_hue(image, at),
                lambda image, at=at: functional.adjust_hue(image, at / 360),
            )
            for at in (-180, -120, -77, -0.01, 0.01, 30, 60, 180)
        ],
        *[
            (
                lambda image, at=at: adjust_saturation(image, at),
                lambda image, at=at: functional.adjust_saturation(image, at),
            )
            for at in (0, 0.5, 1.7, 4)
        ],
        (to_grayscale, lambda image: functional.rgb_to_grayscale(image, 3)),
    ],
)
def test_colors_of_the_whole_cube_are_torchvisions(
    mine: Callable[[Image], Image], theirs: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    assert_same(mine(EVERY_COLOR), picture(theirs(tensor(EVERY_COLOR))))


def test_a_gray_picture_stays_as_gray_as_it_is() -> None:
    levels = np.arange(256, dtype=np.uint8)
    gray = np.stack([levels] * 3, axis=-1)[None]
    assert np.array_equal(to_grayscale(gray), gray)
    assert np.array_equal(shift_hue(gray, 70), gray)


@settings(deadline=None)
@given(images(), sigmas)
def test_blur_is_opencvs(image: Image, sigma: float) -> None:
    size = round(6 * sigma + 1) | 1
    assert_same(
        gaussian_blur(image, sigma), cv2.GaussianBlur(image.astype(float), (size, size), sigma)
    )


@settings(deadline=None, max_examples=40)
@given(images(least=16), st.floats(0.1, 5))
def test_blur_is_torchvisions(image: Image, sigma: float) -> None:
    size = round(6 * sigma + 1) | 1
    blurred = functional.gaussian_blur(tensor(image), [size, size], [sigma, sigma])
    assert_same(gaussian_blur(image, sigma), picture(blurred))


@settings(deadline=None)
@given(images(), st.integers(1, 99))
def test_jpeg_is_torchvisions(image: Image, quality: int) -> None:
    assert_same(compress(image, quality), picture(functional.jpeg(tensor(image), quality)))


@settings(deadline=None)
@given(
    images(),
    st.tuples(st.floats(0.05, 1), st.floats(0.05, 1)),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_erasing_is_torchvisions(
    image: Image, size: tuple[float, float], place: tuple[float, float]
) -> None:
    left, top = place[0] * (1 - size[0]), place[1] * (1 - size[1])
    erased = erase(image, (left, top, *size))
    height, width = image.shape[:2]
    rows = max(1, round(size[1] * height))
    columns = max(1, round(size[0] * width))
    row = min(round(top * height), height - rows)
    column = min(round(left * width), width - columns)
    color = torch.tensor(MEAN_COLOR, dtype=torch.uint8)[:, None, None]
    theirs = functional.erase(tensor(image), row, column, rows, columns, color)
    assert np.array_equal(erased, picture(theirs))


# noise has no reference for one picture: torchvision draws from torch's generator


@settings(deadline=None)
@given(images(), st.floats(0.01, 128), seeds)
def test_noise_is_what_its_bits_say(image: Image, deviation: float, seed: int) -> None:
    words = np.random.PCG64(seed).random_raw(image.size // 4 + 1)
    quantiles = stats.norm.ppf((words.view(np.uint16)[: image.size] + 0.5) / 65536)
    expected = image + deviation * quantiles.reshape(image.shape)
    assert_same(add_noise(image, deviation, seed), np.clip(expected, 0, 255))


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_normal_and_each_value_its_own(seed: int) -> None:
    gray = np.full((101, 99, 3), 128, np.uint8)
    noise = (add_noise(gray, 20, seed).astype(float) - 128) / 20
    assert abs(noise.mean()) < 0.03
    assert abs(noise.std() - 1) < 0.02
    jitter = np.random.default_rng(seed).uniform(-0.5, 0.5, noise.size) / 20  # undoes rounding
    assert stats.kstest(noise.ravel() + jitter, "norm").pvalue > 0.01
    others = [noise[1:, 1:, 1:], noise[:-1, 1:, 1:], noise[1:, :-1, 1:], noise[1:, 1:, :-1]]
    correlation = np.corrcoef([other.ravel() for other in others])
    assert np.abs(correlation - np.eye(4)).max() < 0.03


def test_noise_is_spread_as_torchvisions() -> None:
    image = np.random.default_rng(0).integers(0, 256, (99, 101, 3), dtype=np.uint8)
    torch.manual_seed(0)
    scaled = functional.to_dtype(tensor(image), torch.float32, scale=True)
    theirs = 255 * picture(functional.gaussian_noise(scaled, 0, 30 / 255)) - image
    mine = add_noise(image, 30, 5).astype(float) - image
    shares = np.linspace(0.01, 0.99, 25)
    assert np.abs(np.quantile(mine, shares) - np.quantile(theirs, shares)).max() < 1.5


def test_twice_the_deviation_is_twice_the_same_noise() -> None:
    gray = np.full((20, 20, 3), 128, np.uint8)
    less = add_noise(gray, 10, 7).astype(int) - 128
    more = add_noise(gray, 20, 7).astype(int) - 128
    assert np.abs(more - 2 * less).max() <= 1
    assert not np.array_equal(add_noise(gray, 10, 8), add_noise(gray, 10, 7))


@pytest.mark.parametrize(
    "neutral",
    [
        lambda image: adjust_brightness(image, 1),
        lambda image: adjust_contrast(image, 1),
        lambda image: adjust_saturation(image, 1),
        lambda image: shift_hue(image, 0),
        lambda image: adjust_gamma(image, 1),
        lambda image: gaussian_blur(image, 0.05),
        lambda image: add_noise(image, 0, 3),
    ],
)
def test_next_to_nothing_changes_nothing(neutral: Callable[[Image], Image]) -> None:
    assert np.array_equal(neutral(EVERY_COLOR), EVERY_COLOR)
