import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.messages import InputError
from core.dataset.folder import SplitName
from core.dataset.split import Split, check_trainable, counts, split
from core.dataset.summary import DatasetSummary, Sample
from core.recipe.config import DatasetConfig

NAMES = ("cat", "dog", "fox")


def summary(*sizes: int, validation: int = 0, test: int = 0) -> DatasetSummary:
    """Classes of these sizes; ``validation=3`` adds three such pictures to each class."""
    shares: list[dict[SplitName, int]] = [
        {"train": size, "validation": validation, "test": test} for size in sizes
    ]
    samples = [
        Sample(f"{part}/{NAMES[label]}/{number:04}.jpg", label, part)
        for label, share in enumerate(shares)
        for part, count in share.items()
        for number in range(count)
    ]
    samples.sort(key=lambda one: one.key)
    return DatasetSummary(
        folder=Path("pictures"),
        layout="splits" if validation or test else "classes",
        classes=NAMES[: len(sizes)],
        samples=tuple(samples),
        problems=(),
        warnings=(),
        ignored=0,
        found=len(samples),
        own_splits=frozenset(one.split for one in samples) if validation or test else frozenset(),
    )


def sizes(parts: Split) -> tuple[int, int, int]:
    return len(parts.train), len(parts.validation), len(parts.test)


def paths(samples: tuple[Sample, ...]) -> set[str]:
    return {sample.path for sample in samples}


def test_each_class_gives_its_share() -> None:
    dataset = summary(100, 50, 10)
    parts = split(dataset, DatasetConfig(validation_fraction=0.2, test_fraction=0.1))
    shares = [(one.train, one.validation, one.test) for one in counts(parts, dataset.classes)]
    assert shares == [(70, 20, 10), (35, 10, 5), (7, 2, 1)]
    assert [one.name for one in counts(parts, dataset.classes)] == list(NAMES)


@pytest.mark.parametrize(
    ("size", "expected"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1)), (4, (2, 1, 1))]
)
def test_small_classes_keep_something_to_train_on(
    size: int, expected: tuple[int, int, int]
) -> None:
    assert sizes(split(summary(size), DatasetConfig(test_fraction=0.01))) == expected


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=3),
    st.floats(0.01, 0.6),
    st.floats(0, 0.3),
    st.integers(0, 2**62),
)
def test_every_picture_is_in_one_part(
    class_sizes: list[int], validation: float, test: float, seed: int
) -> None:
    dataset = summary(*class_sizes)
    config = DatasetConfig(validation_fraction=validation, test_fraction=test, split_seed=seed)
    parts = split(dataset, config)
    every = [*parts.train, *parts.validation, *parts.test]
    assert sorted(one.path for one in every) == sorted(one.path for one in dataset.samples)
    assert {one.split for one in parts.train} <= {"train"}
    assert {one.split for one in parts.validation} <= {"validation"}
    assert {one.split for one in parts.test} <= {"test"}
    for count, size in zip(counts(parts, dataset.classes), class_sizes, strict=True):
        assert (count.train >= 1) == (size >= 1)
        assert (count.validation >= 1) == (size >= 2)


@given(st.randoms(use_true_random=False), st.integers(0, 1000))
def test_the_order_of_files_changes_nothing(shuffler: random.Random, seed: int) -> None:
    dataset = summary(20, 13)
    samples = list(dataset.samples)
    shuffler.shuffle(samples)
    config = DatasetConfig(split_seed=seed)
    shuffled = split(replace(dataset, samples=tuple(samples)), config)
    assert paths(shuffled.validation) == paths(split(dataset, config).validation)


def test_other_classes_and_the_other_part_change_nothing() -> None:
    alone = paths(split(summary(20), DatasetConfig()).validation)
    together = split(summary(20, 30, 40), DatasetConfig(test_fraction=0.2))
    assert {path for path in paths(together.validation) if "/cat/" in path} == alone


def test_only_the_split_seed_decides_who_is_cut() -> None:
    dataset = summary(30, 30)
    chosen = {
        seed: frozenset(paths(split(dataset, DatasetConfig(split_seed=seed)).validation))
        for seed in range(5)
    }
    assert len(set(chosen.values())) == 5
    assert chosen[0] == paths(split(dataset, DatasetConfig(split_seed=0)).validation)


def test_over_many_seeds_every_picture_is_cut_about_as_often() -> None:
    picked: Counter[int] = Counter()
    for seed in range(300):
        for sample in split(summary(10), DatasetConfig(split_seed=seed)).validation:
            picked[int(sample.path[-8:-4])] += 1
    assert sum(picked.values()) == 600
    assert all(30 <= picked[number] <= 95 for number in range(10))


def test_the_folders_own_parts_stay_what_they_are() -> None:
    config = DatasetConfig(validation_fraction=0.5, test_fraction=0.3)
    assert sizes(split(summary(10, 10, validation=4, test=3), config)) == (20, 8, 6)
    assert sizes(split(summary(10, 10, validation=4), config)) == (14, 8, 6)
    assert sizes(split(summary(10, 10, test=3), config)) == (10, 10, 6)


def test_what_cannot_be_trained_is_refused() -> None:
    def code(dataset: DatasetSummary, parts: Split | None = None) -> str:
        with pytest.raises(InputError) as caught:
            check_trainable(parts or split(dataset, DatasetConfig()), dataset.classes)
        assert str(caught.value)
        return caught.value.code

    assert code(summary(0, 0, validation=3)) == "no_training_pictures"
    assert code(summary(9, 0, validation=3)) == "one_class"
    assert code(summary(1, 1)) == "no_validation_pictures"
    check_trainable(split(summary(2, 1), DatasetConfig()), NAMES[:2])


def test_a_key_is_the_same_on_a_mac() -> None:
    name: SplitName = "train"
    composed, decomposed = "L\u00e1/b\u00e0ng.jpg", "La\u0301/ba\u0300ng.jpg"
    assert Sample(composed, 0, name).key == Sample(decomposed, 0, name).key == composed


def test_a_share_of_the_training_pictures_is_a_part_of_a_larger_one() -> None:
    dataset = summary(100, 50, 3)
    whole = split(dataset, DatasetConfig())
    tenth = split(dataset, DatasetConfig(train_fraction=0.1))
    fifth = split(dataset, DatasetConfig(train_fraction=0.2))
    assert [one.train for one in counts(tenth, dataset.classes)] == [8, 4, 1]
    assert paths(tenth.train) < paths(fifth.train) < paths(whole.train)
    assert tenth.validation == whole.validation
    assert paths(tenth.train) | paths(tenth.unused) == paths(whole.train)
    assert not whole.unused
