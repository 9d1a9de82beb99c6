"""Groups that stay together, cut so that every class gives its share."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset.split import cut


def given_by(groups: list[dict[int, int]], taken: set[int]) -> Counter[int]:
    total: Counter[int] = Counter()
    for position in taken:
        total.update(groups[position])
    return total


@pytest.mark.parametrize(
    ("sizes", "wanted", "expected"),
    [
        ([50, 10, 30, 10], 20, [10, 10]),
        ([90, 10], 20, [10]),
        ([10, 90], 20, [10]),
        ([50, 50], 20, [50]),
        ([100], 20, []),
        ([7, 6, 5, 4, 3], 5, [5]),
        ([9, 9, 9, 4, 4], 7, [4, 4]),
        ([30, 30, 30], 1, [30]),
        ([5, 5], 0, []),
    ],
)
def test_one_class_gives_the_nearest_number(
    sizes: list[int], wanted: int, expected: list[int]
) -> None:
    groups = [{0: size} for size in sizes]
    assert sorted(sizes[one] for one in cut(groups, {0: wanted})) == expected


def test_single_pictures_are_taken_in_order() -> None:
    groups = [{position % 2: 1} for position in range(20)]
    assert cut(groups, {0: 3, 1: 2}) == {0, 2, 4, 1, 3}


def test_a_group_of_several_classes_counts_in_each() -> None:
    groups = [{0: 8, 1: 2}, {0: 2, 1: 8}, {0: 5, 1: 5}, {0: 5, 1: 5}]
    assert cut(groups, {0: 5, 1: 5}) in ({2}, {3})


def test_no_class_gives_its_last_group() -> None:
    groups = [{0: 1, 1: 9}, {1: 9}, {1: 9}, {2: 4}]
    assert cut(groups, {0: 1, 1: 9, 2: 2}) in ({1}, {2})


WITHIN = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), min_size=1, max_size=40)
ACROSS = st.lists(
    st.dictionaries(st.integers(0, 3), st.integers(1, 9), min_size=1), min_size=1, max_size=25
)


@given(WITHIN, st.floats(0.05, 0.9))
def test_each_class_gives_some_and_keeps_some(
    sizes: list[tuple[int, int]], fraction: float
) -> None:
    groups = [{label: size} for label, size in sizes]
    have = Counter(label for label, _ in sizes)
    total = given_by(groups, set(range(len(groups))))
    wanted = {label: max(1, round(count * fraction)) for label, count in total.items()}
    taken = cut(groups, wanted)
    gives = Counter(sizes[one][0] for one in taken)
    for label, count in have.items():
        assert (gives[label] > 0) == (count > 1)
        assert gives[label] < count


@given(ACROSS, st.floats(0.05, 0.9))
def test_groups_across_classes_leave_every_class_one_too(
    groups: list[dict[int, int]], fraction: float
) -> None:
    total = given_by(groups, set(range(len(groups))))
    taken = cut(groups, {label: round(count * fraction) for label, count in total.items()})
    left = given_by(groups, set(range(len(groups))) - taken)
    assert set(left) == set(total)


@given(WITHIN, WITHIN)
def test_classes_that_share_no_group_do_not_matter(
    own: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    groups = [{label: size} for label, size in own]
    wanted = dict.fromkeys(range(4), 10)
    others = [{label + 4: size} for label, size in other]
    together = cut(groups + others, wanted | dict.fromkeys(range(4, 8), 10))
    assert cut(groups, wanted) == {one for one in together if one < len(groups)}


@pytest.mark.parametrize("across", [False, True])
def test_the_shares_come_within_a_percent_or_two(across: bool) -> None:
    off = []
    for seed in range(20):
        rng = random.Random(seed)
        groups = []
        for number in range(200):
            labels = rng.choices(range(5), k=rng.randint(1, 12))
            groups.append(dict(Counter(labels if across else [number % 5] * len(labels))))
        total = given_by(groups, set(range(200)))
        wanted = {label: round(count / 5) for label, count in total.items()}
        gives = given_by(groups, cut(groups, wanted))
        off += [abs(gives[label] / total[label] - 0.2) for label in total]
    assert sum(off) / len(off) < 0.006
    assert max(off) < 0.02
