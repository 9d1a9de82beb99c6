"""What an epoch trains on: every picture once, or every class equally often."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from core.compute.loaders import picture_of, repeated, times_before
from core.training.setup import balanced, batch_groups

LABELS = st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=60)
SEEDS = st.integers(min_value=0, max_value=2**63 - 1)
EPOCHS = st.integers(min_value=0, max_value=1000)


def keys_of(labels: list[int]) -> list[str]:
    return [f"{label}/{number}.png" for number, label in enumerate(labels)]


@given(LABELS, SEEDS, EPOCHS)
def test_each_class_is_seen_equally_often(labels: list[int], seed: int, epoch: int) -> None:
    chosen = balanced(range(len(labels)), labels, keys_of(labels), seed, epoch)
    assert len(chosen) == len(set(chosen)) == len(labels)
    seen = Counter(labels[picture_of(one)] for one in chosen)
    assert seen.keys() == set(labels)
    assert max(seen.values()) - min(seen.values()) <= 1


@given(LABELS, SEEDS, EPOCHS)
def test_within_a_class_too_pictures_are_seen_equally_often(
    labels: list[int], seed: int, epoch: int
) -> None:
    chosen = balanced(range(len(labels)), labels, keys_of(labels), seed, epoch)
    times = Counter(map(picture_of, chosen))
    for label in set(labels):
        counts = [times[one] for one, other in enumerate(labels) if other == label]
        assert max(counts) - min(counts) <= 1
    numbered = {picture: set(range(count)) for picture, count in times.items()}
    found: dict[int, set[int]] = {}
    for one in chosen:
        found.setdefault(picture_of(one), set()).add(times_before(one))
    assert found == numbered, "repeats are numbered from 0, without gaps"


@given(LABELS, SEEDS, EPOCHS, st.randoms(use_true_random=False))
def test_the_order_in_which_pictures_are_listed_makes_no_difference(
    labels: list[int], seed: int, epoch: int, random: object
) -> None:
    keys = keys_of(labels)
    given = list(range(len(labels)))
    random.shuffle(given)  # type: ignore[attr-defined]
    chosen = balanced(range(len(labels)), labels, keys, seed, epoch)
    assert balanced(given, labels, keys, seed, epoch) == chosen
    assert batch_groups(chosen[::-1], keys, 7, seed, epoch) == batch_groups(
        chosen, keys, 7, seed, epoch
    )


def test_another_epoch_leaves_out_other_pictures_of_a_large_class() -> None:
    labels = [0] * 40 + [1] * 4
    keys = keys_of(labels)
    epochs = [set(balanced(range(44), labels, keys, 0, epoch)) for epoch in range(8)]
    assert len({frozenset(one) for one in epochs}) == 8
    assert {picture_of(one) for epoch in epochs for one in epoch} == set(range(44))


def test_another_epoch_lets_another_class_have_one_more() -> None:
    labels = [0, 0, 0, 1, 1]
    keys = keys_of(labels)
    larger = set()
    for epoch in range(20):
        counts = Counter(
            labels[picture_of(one)] for one in balanced(range(5), labels, keys, 0, epoch)
        )
        larger.add(max(counts, key=counts.__getitem__))
    assert larger == {0, 1}


def test_pictures_that_are_out_of_the_run_are_never_chosen() -> None:
    labels = [0, 0, 0, 1, 1, 1, 2]
    chosen = balanced([0, 1, 3], labels, keys_of(labels), 0, 0)
    assert {picture_of(one) for one in chosen} <= {0, 1, 3}
    assert len(chosen) == 3


def test_an_epoch_without_pictures_has_no_batches() -> None:
    assert batch_groups(balanced([], [], [], 0, 0), [], 4, 0, 0) == []


@given(LABELS, SEEDS, EPOCHS, st.integers(min_value=1, max_value=9))
def test_batches_hold_every_position_once(
    labels: list[int], seed: int, epoch: int, size: int
) -> None:
    keys = keys_of(labels)
    chosen = balanced(range(len(labels)), labels, keys, seed, epoch)
    groups = batch_groups(chosen, keys, size, seed, epoch)
    assert sorted(one for group in groups for one in group) == sorted(chosen)
    assert [len(group) for group in groups[:-1]] == [size] * (len(groups) - 1)


def test_repeats_of_a_picture_are_spread_over_the_batches() -> None:
    labels = [0] * 30 + [1]
    groups = batch_groups(
        balanced(range(31), labels, keys_of(labels), 0, 0), keys_of(labels), 4, 0, 0
    )
    holding = [any(picture_of(one) == 30 for one in group) for group in groups]
    assert sum(holding) > 4, "15 or 16 repeats of it in 8 batches"


@given(st.integers(min_value=0, max_value=10**6), st.integers(min_value=0, max_value=10**6))
def test_a_repeat_knows_its_picture_and_its_number(picture: int, times: int) -> None:
    position = repeated(picture, times)
    assert (picture_of(position), times_before(position)) == (picture, times)
    assert repeated(picture, 0) == picture
