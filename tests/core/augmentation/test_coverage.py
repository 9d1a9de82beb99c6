from dataclasses import replace
from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings

from core.augmentation.augment import apply, fill_share
from core.augmentation.geometry import Geometric
from core.augmentation.parameters import Parameters
from tests.support.warps import parameters


def test_fill_share_of_known_shapes() -> None:
    assert fill_share(Geometric(), 224, 224) == 0
    assert fill_share(Geometric(horizontal_flip=True, rotation=90), 31, 31) == 0
    assert fill_share(Geometric(quarter_turns=3), 31, 31) == 0
    assert fill_share(Geometric(scale=2), 20, 30) == 0
    assert fill_share(Geometric(crop=(0.1, 0.3, 0.5, 0.6)), 20, 30) == pytest.approx(0)
    assert fill_share(Geometric(scale=0.5), 20, 30) == pytest.approx(0.75)
    assert fill_share(Geometric(translation=(0.25, -0.5)), 20, 30) == pytest.approx(0.625)
    assert fill_share(Geometric(translation=(1, 0)), 20, 30) == pytest.approx(1)
    assert fill_share(Geometric(shear=(45, 0)), 20, 20) == pytest.approx(0.25)
    octagon = 2 * (sqrt(2) - 1)
    assert fill_share(Geometric(rotation=45), 224, 224) == pytest.approx(1 - octagon)
    still, moved = (0.0, 0.0), (0.2, 0.0)
    trapezium = Geometric(perspective=(moved, moved, still, still))
    assert fill_share(trapezium, 20, 30) == pytest.approx(0.2)


def test_fill_share_grows_as_the_picture_turns() -> None:
    turned = [fill_share(Geometric(rotation=degrees), 224, 224) for degrees in range(46)]
    assert all(before < after for before, after in pairwise(turned))


@settings(deadline=None, max_examples=200)
@given(parameters())
def test_fill_share_is_what_a_count_of_pixels_gives(change: Parameters) -> None:
    white = np.full((80, 120, 3), 255, np.uint8)
    counted = apply(white, replace(change, fill_mode="constant", fill_color=(0, 0, 0)))
    assert fill_share(change, 120, 80) == pytest.approx(1 - counted.mean() / 255, abs=0.02)
