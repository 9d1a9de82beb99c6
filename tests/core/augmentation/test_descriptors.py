import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from core.augmentation.label_check import DESCRIPTOR_SIDE, LENGTH, describe

Images = NDArray[np.uint8]


def _disc(back: int, front: int, side: int = 10) -> Images:
    picture = np.full((DESCRIPTOR_SIDE, DESCRIPTOR_SIDE, 3), back, np.uint8)
    cv2.circle(picture, (16, 16), side, (front, front, front), -1)
    return picture


def _apart(one: Images, other: Images) -> float:
    first, second = describe(np.stack([one, other]))
    return float(np.linalg.norm(first - second))


@given(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(0, 3), *map(st.just, (DESCRIPTOR_SIDE, DESCRIPTOR_SIDE, 3)))
    )
)
def test_any_picture_has_a_finite_descriptor(pictures: Images) -> None:
    found = describe(pictures)
    assert found.shape == (len(pictures), LENGTH)
    assert np.isfinite(found).all()
    for number in range(len(pictures)):
        assert np.allclose(describe(pictures[number : number + 1])[0], found[number], atol=1e-6)


def test_light_matters_less_than_shape() -> None:
    disc, square = _disc(60, 200), np.full((DESCRIPTOR_SIDE, DESCRIPTOR_SIDE, 3), 60, np.uint8)
    square[7:26, 7:26] = 200
    assert _apart(disc, _disc(30, 140)) < _apart(disc, square) / 2
    assert _apart(disc, _disc(200, 60)) < _apart(disc, square)


def test_colour_is_seen() -> None:
    red, blue = _disc(60, 60), _disc(60, 60)
    cv2.circle(red, (16, 16), 10, (220, 60, 60), -1)
    cv2.circle(blue, (16, 16), 10, (60, 60, 220), -1)
    assert _apart(red, blue) > 0.3


def test_a_turned_edge_is_another_direction() -> None:
    upright = np.zeros((DESCRIPTOR_SIDE, DESCRIPTOR_SIDE, 3), np.uint8)
    upright[:, 16:] = 255
    turned = upright.transpose(1, 0, 2)
    assert _apart(upright, turned) > 1
    assert _apart(upright, upright) == 0


@pytest.mark.parametrize(
    "pictures",
    [
        np.zeros((1, 16, 16, 3), np.uint8),
        np.zeros((1, DESCRIPTOR_SIDE, DESCRIPTOR_SIDE, 3), np.float32),
    ],
)
def test_other_pictures_are_refused(pictures: Images) -> None:
    with pytest.raises(ValueError, match=r"expected uint8 \[N, 32, 32, 3\]"):
        describe(pictures)
