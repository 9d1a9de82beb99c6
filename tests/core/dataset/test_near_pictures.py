import threading
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.common.messages import ThawError
from core.dataset import look_alikes
from core.dataset.look_alikes import INPUT_SIDE, LENGTH, Descriptions, perceptual_hash, stars

MARGIN = 6  # of a base picture, for moved copies


def base(seed: int) -> np.ndarray:
    coarse = np.random.default_rng([11, seed]).integers(0, 256, (5, 5, 3), dtype=np.uint8)
    side = INPUT_SIDE + MARGIN
    return np.asarray(Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC))


BASES = [base(seed) for seed in range(3)] + [
    np.full((INPUT_SIDE + MARGIN, INPUT_SIDE + MARGIN, 3), 230)
]


def copy(number: int, right: int, noise: int) -> bytes:
    picture = BASES[number][:INPUT_SIDE, right : right + INPUT_SIDE]
    grain = np.random.default_rng([13, noise]).normal(0, 1, picture.shape)
    return perceptual_hash(np.clip(picture + grain, 0, 255).astype(np.uint8))


def brute_force(descriptions: list[bytes]) -> list[tuple[int, ...]]:
    """The groups as documented, by a look at each pair."""
    pairs = np.array(list(combinations(range(len(descriptions)), 2)), np.intp).reshape(-1, 2)
    same = {
        (int(first), int(second))
        for (first, second), good in zip(
            pairs, Descriptions(descriptions).same(pairs[:, 0], pairs[:, 1]), strict=True
        )
        if good
    }
    groups: list[tuple[int, ...]] = []
    for first in range(len(descriptions)):
        members = [
            second
            for second in range(first + 1, len(descriptions))
            if (first, second) in same and not any({first, second} <= {*one} for one in groups)
        ]
        if members:
            groups.append((first, *members))
    return groups


copies = st.tuples(st.integers(0, len(BASES) - 1), st.integers(0, MARGIN), st.integers(0, 9))


@settings(max_examples=60)
@given(
    st.lists(copies.map(lambda one: copy(*one)), max_size=24),
    st.integers(1, 7),
    st.integers(1, 9),
    st.integers(1, 5),
)
def test_the_search_finds_what_a_look_at_each_pair_finds(
    descriptions: list[bytes], rows: int, columns: int, some: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(look_alikes, "_ROWS", rows)
        patch.setattr(look_alikes, "_COLUMNS", columns)
        patch.setattr(look_alikes, "_SOME", some)
        assert stars(descriptions) == brute_force(descriptions)


def test_the_drawn_copies_are_and_are_not_alike() -> None:
    moves = [copy(0, right, right) for right in range(MARGIN + 1)]
    groups = stars(moves)
    assert len(groups) > 1
    assert all(len(group) < len(moves) for group in groups)
    assert stars([copy(number, 0, 0) for number in range(len(BASES))]) == []


def test_a_crowd_of_blank_pictures_is_one_group() -> None:
    descriptions = [copy(len(BASES) - 1, 0, noise) for noise in range(700)]
    assert stars(descriptions) == [tuple(range(700))]


def test_sameness_is_symmetric() -> None:
    table = Descriptions([copy(1, right, right) for right in range(MARGIN + 1)])
    first, second = np.array(list(combinations(range(MARGIN + 1), 2)), np.intp).T
    np.testing.assert_array_equal(table.same(first, second), table.same(second, first))


def test_few_or_no_pictures() -> None:
    assert stars([]) == []
    assert stars([copy(0, 0, 0)]) == []
    assert len(copy(0, 0, 0)) == LENGTH


def test_the_search_stops() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(ThawError) as caught:
        stars([copy(0, 0, 0), copy(0, 0, 1)], stop)
    assert caught.value.code == "stopped"
