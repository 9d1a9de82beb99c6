"""The split where pictures belong together, and where a person assigned some."""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset.folder import Layout, SplitName
from core.dataset.split import Split, counts, groups, split
from core.dataset.summary import DatasetSummary, Sample
from core.images.load import Header
from core.recipe.config import DatasetConfig

NAMES = ("cat", "dog", "fox")
GROUP_BY = st.sampled_from([None, "prefix:_", "subfolder", "time:5"])


def summary(samples: list[Sample], *own: SplitName, layout: Layout = "classes") -> DatasetSummary:
    ordered = tuple(sorted(samples, key=lambda one: one.key))
    return DatasetSummary(
        Path("p"), layout, NAMES, ordered, (), (), 0, len(ordered), own_splits=frozenset(own)
    )


def patients(*sizes: tuple[int, int], pictures: int = 1, across: bool = False) -> list[Sample]:
    """For each class so many patients of so many pictures, in one class or in the next too."""
    return [
        Sample(f"{NAMES[place]}/p{label}{number}_{picture}.jpg", place)
        for label, (count, size) in enumerate(sizes)
        for number in range(count)
        for picture in range(size)
        for place in [(label + picture) % len(sizes) if across else label]
    ]


def parts(result: Split) -> dict[str, str]:
    return {one.path: name for name, part in vars(result).items() for one in part}


@st.composite
def pictures(draw: st.DrawFn) -> list[Sample]:
    """Up to fifty in three classes, some in subfolders, with prefixes and times."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, 2),
                st.sampled_from(["", "one/", "two/", "three/"]),
                st.sampled_from(["", "a_", "b_", "c_", "d_", "e_"]),
                st.none() | st.integers(0, 100),
            ),
            max_size=50,
        )
    )
    return [
        Sample(
            f"{NAMES[label]}/{folder}{prefix}{number}.jpg",
            label,
            header=Header("JPEG", 4, 3, "RGB", taken=taken),
        )
        for number, (label, folder, prefix, taken) in enumerate(drawn)
    ]


@given(
    pictures(),
    GROUP_BY,
    st.sampled_from([0.0, 0.1, 0.3]),
    st.integers(0, 99),
    st.randoms(use_true_random=False),
)
def test_groups_stay_together_and_the_order_of_files_changes_nothing(
    samples: list[Sample],
    group_by: str | None,
    test: float,
    seed: int,
    shuffler: random.Random,
) -> None:
    config = DatasetConfig(group_by=group_by, test_fraction=test, split_seed=seed)
    dataset = summary(samples)
    found = split(dataset, config)
    assert sorted(parts(found)) == sorted(one.path for one in samples)
    assert sum(map(len, vars(found).values())) == len(samples)
    for group in groups(dataset, group_by):
        assert len({parts(found)[one.path] for one in group.samples}) == 1
    assert {one.label for one in found.train} == {one.label for one in samples}
    shuffled = list(samples)
    shuffler.shuffle(shuffled)
    assert parts(split(replace(dataset, samples=tuple(shuffled)), config)) == parts(found)


@pytest.mark.parametrize("group_by", ["prefix:-", "subfolder", "time:9"])
def test_pictures_without_a_group_are_drawn_as_ever(group_by: str) -> None:
    dataset = summary(patients((40, 1), (17, 1), (2, 1)))
    config = DatasetConfig(test_fraction=0.1, split_seed=3)
    grouped = split(dataset, config.model_copy(update={"group_by": group_by}))
    assert grouped == split(dataset, config)


@pytest.mark.parametrize("across", [False, True])
def test_every_class_gives_about_its_share(across: bool) -> None:
    dataset = summary(patients((40, 5), (20, 7), (60, 3), across=across))
    config = DatasetConfig(group_by="prefix:_", test_fraction=0.1)
    for seed in range(10):
        found = split(dataset, config.model_copy(update={"split_seed": seed}))
        for one in counts(found, NAMES):
            total = one.train + one.validation + one.test
            assert one.validation / total == pytest.approx(0.2, abs=0.03)
            assert one.test / total == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(
    ("patient_count", "expected"), [(1, (1, 0, 0)), (2, (1, 1, 0)), (3, (1, 1, 1))]
)
def test_classes_of_few_groups_keep_something_to_train_on(
    patient_count: int, expected: tuple[int, int, int]
) -> None:
    dataset = summary(patients((patient_count, 6), (9, 1)))
    found = split(dataset, DatasetConfig(group_by="prefix:_", test_fraction=0.1))
    one = counts(found, NAMES)[0]
    assert (one.train // 6, one.validation // 6, one.test // 6) == expected


def test_over_many_seeds_every_group_is_cut() -> None:
    dataset = summary(patients((10, 4), (10, 4)))
    picked: Counter[str] = Counter()
    for seed in range(100):
        config = DatasetConfig(group_by="prefix:_", split_seed=seed)
        picked.update(one.path.partition("_")[0] for one in split(dataset, config).validation)
    assert len(picked) == 20
    assert all(4 * 8 <= count <= 4 * 36 for count in picked.values()), "20 of 100, more or less"


def test_a_new_picture_moves_few_others() -> None:
    dataset = patients((40, 5), (40, 5))
    config = DatasetConfig(group_by="prefix:_")
    before = parts(split(summary(dataset), config))
    after = parts(split(summary([*dataset, Sample("cat/new_1.jpg", 0)]), config))
    moved = {path for path, part in before.items() if after[path] != part}
    assert all(path.startswith("cat/") for path in moved)
    assert len(moved) <= 10


PINS = st.dictionaries(
    st.integers(0, 59), st.sampled_from(["train", "validation", "test"]), max_size=12
)


@given(PINS, st.sampled_from([0.0, 0.2]), st.integers(0, 99))
def test_assigning_pictures_moves_these_alone(
    pins: dict[int, SplitName], test: float, seed: int
) -> None:
    free = summary(patients((30, 1), (20, 1), (10, 1)))
    config = DatasetConfig(test_fraction=test, split_seed=seed)
    pinned = [
        replace(one, split=pins[place], pinned=True) if place in pins else one
        for place, one in enumerate(free.samples)
    ]
    moved = {pinned[place].path: part for place, part in pins.items()}
    assert parts(split(summary(pinned), config)) == parts(split(free, config)) | moved


@given(st.sampled_from(["train", "validation", "test"]), st.integers(0, 9))
def test_assigning_in_a_folder_with_splits_moves_these_alone(part: SplitName, number: int) -> None:
    samples = [
        Sample(f"{folder}/{name}/{place}.jpg", label, own)
        for label, name in enumerate(NAMES)
        for folder, own in (("Train", "train"), ("valid", "validation"))
        for place in range(10)
    ]
    config = DatasetConfig(test_fraction=0.2)
    free = summary(samples, "train", "validation", layout="splits")
    for folder in ("Train", "valid"):
        path = f"{folder}/dog/{number}.jpg"
        pinned = [
            replace(one, split=part, pinned=True) if one.path == path else one for one in samples
        ]
        found = split(summary(pinned, "train", "validation", layout="splits"), config)
        assert parts(found) == parts(split(free, config)) | {path: part}


def test_a_leak_moved_to_training_takes_its_burst_along() -> None:
    dataset = summary(patients((20, 3), (20, 3)))
    config = DatasetConfig(group_by="prefix:_")
    leak = split(dataset, config).validation[0]
    pinned = [
        replace(one, split="train", pinned=True) if one.path == leak.path else one
        for one in dataset.samples
    ]
    before, after = parts(split(dataset, config)), parts(split(summary(pinned), config))
    burst = leak.path.rpartition("_")[0]
    assert {path for path in before if before[path] != after[path]} == {
        f"{burst}_{number}.jpg" for number in range(3)
    }
    assert after[leak.path] == "train"


def test_a_group_that_a_person_parts_keeps_its_others_where_they_were_drawn() -> None:
    dataset = summary(patients((20, 4), (20, 4)))
    config = DatasetConfig(group_by="prefix:_")
    first, second, third, _ = split(dataset, config).validation[:4]
    chosen: dict[str, SplitName] = {first.path: "train", second.path: "test"}
    pinned = [
        replace(one, split=chosen[one.path], pinned=True) if one.path in chosen else one
        for one in dataset.samples
    ]
    found = parts(split(summary(pinned), config))
    assert found == parts(split(dataset, config)) | chosen
    assert found[third.path] == "validation"


def test_a_burst_never_pulls_a_picture_out_of_the_folders_own_part() -> None:
    samples = [
        Sample(f"{folder}/{name}/p{patient}_{folder}{number}.jpg", label, own)
        for label, name in enumerate(NAMES)
        for folder, own in (("train", "train"), ("validation", "validation"))
        for patient in range(6)
        for number in range(3)
    ]
    path = "validation/cat/p0_validation1.jpg"
    moved = [
        replace(one, split="train", pinned=True) if one.path == path else one for one in samples
    ]
    config = DatasetConfig(group_by="prefix:_", test_fraction=0.3)
    found = parts(split(summary(moved, "train", "validation", layout="splits"), config))
    assert {path for path, part in found.items() if part == "validation"} == {
        one.path for one in samples if one.split == "validation"
    } - {path}
    assert Counter(found.values())["test"] > 0
    assert all(found[one.path] == "train" for one in samples if "train/cat/p0_" in one.path)
