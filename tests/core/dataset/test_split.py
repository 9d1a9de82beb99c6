"""The split: drawn by a seed, in groups that stay together, or as the folder and people have it."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.dataset.folder import Layout, SplitName
from core.dataset.split import (
    GroupFacts,
    Split,
    check_trainable,
    counts,
    cut,
    group_facts,
    groups,
    split,
)
from core.dataset.summary import DatasetSummary, Sample
from core.images.load import Header
from core.recipe.config import DatasetConfig, GroupBy, parse_group_by
from tests.support.pictures import refusal

NAMES = ("cat", "dog", "fox")
PARTS: tuple[SplitName, ...] = ("train", "validation", "test")


def summary(samples: list[Sample], *own: SplitName, layout: Layout = "classes") -> DatasetSummary:
    """A dataset of ``samples``; ``own`` are the parts that the folder has itself."""
    ordered = tuple(sorted(samples, key=lambda one: one.key))
    return DatasetSummary(
        Path("p"), layout, NAMES, ordered, (), (), 0, len(ordered), own_splits=frozenset(own)
    )


def sized(*sizes: int, validation: int = 0, test: int = 0) -> DatasetSummary:
    """Classes of these sizes; ``validation=3`` adds three such images to each class."""
    samples = [
        Sample(f"{part}/{NAMES[label]}/{number:04}.jpg", label, part)
        for label, size in enumerate(sizes)
        for part, count in zip(PARTS, (size, validation, test), strict=True)
        for number in range(count)
    ]
    if not validation and not test:
        return summary(samples)
    own: set[SplitName] = {one.split for one in samples}
    return summary(samples, *own, layout="splits")


def patients(*sizes: tuple[int, int]) -> list[Sample]:
    """For each class so many patients of so many images."""
    return [
        Sample(f"{NAMES[label]}/p{label}{number}_{picture}.jpg", label)
        for label, (count, size) in enumerate(sizes)
        for number in range(count)
        for picture in range(size)
    ]


def parts(result: Split) -> dict[str, str]:
    return {one.path: name for name, part in vars(result).items() for one in part}


def shares(result: Split) -> list[tuple[int, int, int]]:
    return [(one.train, one.validation, one.test) for one in counts(result, NAMES)]


def pinned(samples: list[Sample], moved: Mapping[str, SplitName]) -> list[Sample]:
    """``samples``, of which a person assigned those that are ``moved``."""
    return [
        replace(one, split=moved[one.path], pinned=True) if one.path in moved else one
        for one in samples
    ]


# -- shares of single images ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sizes", "validation", "test", "expected"),
    [
        ((100, 50, 10), 0.2, 0.1, [(70, 20, 10), (35, 10, 5), (7, 2, 1)]),
        ((37, 19, 18), 0.2, 0.1, [(26, 7, 4), (13, 4, 2), (12, 4, 2)]),
        # of small classes something is kept to train on
        ((1, 2, 3), 0.2, 0.01, [(1, 0, 0), (1, 1, 0), (1, 1, 1)]),
        ((4, 5, 0), 0.2, 0.01, [(2, 1, 1), (3, 1, 1), (0, 0, 0)]),
    ],
)
def test_each_class_gives_its_share(
    sizes: tuple[int, ...], validation: float, test: float, expected: list[tuple[int, int, int]]
) -> None:
    config = DatasetConfig(validation_fraction=validation, test_fraction=test)
    found = split(sized(*sizes), config)
    assert shares(found) == expected
    assert [one.name for one in counts(found, NAMES)] == list(NAMES)


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=3),
    st.floats(0.01, 0.6),
    st.floats(0, 0.3),
    st.integers(0, 2**62),
)
@example([1, 3, 33], 0.33, 0.33, 5)
@example([37], 0.15, 0.15, 5)
def test_every_image_is_in_one_part(
    class_sizes: list[int], validation: float, test: float, seed: int
) -> None:
    dataset = sized(*class_sizes)
    config = DatasetConfig(validation_fraction=validation, test_fraction=test, split_seed=seed)
    found = split(dataset, config)
    assert split(dataset, config) == found
    every = [(one.path, one.split, name) for name, part in vars(found).items() for one in part]
    assert sorted(path for path, _, _ in every) == [one.path for one in dataset.samples]
    assert all(named == name for _, named, name in every)
    for (train, for_validation, for_test), size in zip(shares(found), class_sizes, strict=False):
        assert (train >= 1) == (size >= 1)
        assert (for_validation >= 1) == (size >= 2)
        assert abs(for_validation - size * validation) <= 1
        assert abs(for_test - size * test) <= 1


def test_other_classes_and_the_other_part_change_nothing() -> None:
    alone = {one.path for one in split(sized(20), DatasetConfig()).validation}
    together = split(sized(20, 30, 40), DatasetConfig(test_fraction=0.2))
    assert {one.path for one in together.validation if "/cat/" in one.path} == alone


def test_only_the_split_seed_decides_and_all_are_cut_about_as_often() -> None:
    picked: Counter[str] = Counter()
    drawn = set()
    for seed in range(300):
        found = split(sized(10), DatasetConfig(split_seed=seed))
        assert len(found.validation) == 2
        drawn.add(found.validation)
        picked.update(one.path for one in found.validation)
    assert len(drawn) > 30  # of 45
    assert len(picked) == 10
    assert all(30 <= count <= 95 for count in picked.values())


def test_the_folders_own_parts_stay_what_they_are() -> None:
    config = DatasetConfig(validation_fraction=0.5, test_fraction=0.3)
    for own, expected in (
        ({"validation": 4, "test": 3}, (20, 8, 6)),
        ({"validation": 4}, (14, 8, 6)),
        ({"test": 3}, (10, 10, 6)),
    ):
        found = split(sized(10, 10, **own), config)
        assert (len(found.train), len(found.validation), len(found.test)) == expected


@pytest.mark.parametrize(
    ("dataset", "code"),
    [
        (sized(0, 0, validation=3), "no_training_pictures"),
        (sized(9, 0, validation=3), "one_class"),
        (sized(1, 1), "no_validation_pictures"),
    ],
)
def test_what_cannot_be_trained_is_refused(dataset: DatasetSummary, code: str) -> None:
    parts = split(dataset, DatasetConfig())
    assert refusal(check_trainable, parts, dataset.classes).code == code
    check_trainable(split(sized(2, 1), DatasetConfig()), NAMES)


def test_a_share_of_the_training_images_is_a_part_of_a_larger_one() -> None:
    dataset = sized(100, 50, 3)
    whole, tenth, fifth = (
        split(dataset, DatasetConfig(train_fraction=fraction)) for fraction in (1, 0.12, 0.2)
    )
    assert [train for train, _, _ in shares(tenth)] == [10, 5, 1]
    assert {*tenth.train} < {*fifth.train} < {*whole.train}
    assert tenth.validation == whole.validation
    assert {*tenth.train, *tenth.unused} == {*whole.train}
    assert not whole.unused


# -- which images belong together -------------------------------------------------------------


def photo(path: str, taken: float | None) -> Sample:
    return Sample(path, 0, header=Header("JPEG", 4, 3, "RGB", taken=taken))


def named(
    group_by: str | None, *samples: str | Sample, layout: Layout = "classes"
) -> dict[str, set[str]]:
    """The paths of each group; images that stand alone under an empty name."""
    dataset = summary([Sample(one, 0) if isinstance(one, str) else one for one in samples])
    result: dict[str, set[str]] = {}
    for group in groups(replace(dataset, layout=layout), group_by):
        assert group.alone == (group.name == "")
        assert len(group.samples) == 1 or not group.alone
        result.setdefault(group.name, set()).update(one.path for one in group.samples)
    return result


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("prefix:_", GroupBy("prefix", separator="_")),
        ("prefix::", GroupBy("prefix", separator=":")),
        ("subfolder", GroupBy("subfolder")),
        ("time:0.5", GroupBy("time", seconds=0.5)),
        *(
            (text, None)
            for text in ("", "prefix", "prefix:", "prefix:a/b", "subfolder:", "time", "time:")
            + ("time:0", "time:-1", "time:1e3", "time:nan", "time: 5", "time:86401")
            + ("Subfolder", "time:٣")
        ),
    ],
)
def test_what_a_recipe_may_group_by(text: str, meaning: GroupBy | None) -> None:
    if meaning is not None:
        assert parse_group_by(text) == meaning
        return
    with pytest.raises(ValueError, match="subfolder"):
        parse_group_by(text)


def test_a_prefix_stands_before_the_first_separator_whatever_the_class() -> None:
    paths = ("a/p1_left_2.jpg", "b/p1_right.png", "a/p2_1.jpg", "b/deep/p2_2.jpg")
    alone = ("a/plain.jpg", "a/_empty.jpg", "a/only.suffix_1")
    assert named("prefix:_", *paths, *alone) == {
        "p1": {*paths[:2]},
        "p2": {*paths[2:]},
        "": {*alone},
    }
    several = ("a/x - y - 1.jpg", "a/x.1.jpg", "a/x.jpg")
    assert named("prefix: - ", *several)["x"] == {"a/x - y - 1.jpg"}
    assert named("prefix:.", *several)["x"] == {"a/x.1.jpg"}
    on_a_mac = ("a/La\u0301_1.jpg", "a/L\u00e1_2.jpg")
    assert set(named("prefix:_", *on_a_mac)) == {"L\u00e1"}
    assert set(named(None, *paths)) == {""}


def test_the_same_subfolder_in_two_classes_is_one_group() -> None:
    paths = ("a/p1/1.jpg", "b/p1/2.jpg", "a/p2/deep/3.jpg", "a/p2/4.jpg", "a/5.jpg")
    assert named("subfolder", *paths) == {
        "p1": {*paths[:2]},
        "p2": {*paths[2:4]},
        "": {paths[4]},
    }
    inner = ("train/a/p1/1.jpg", "train/a/2.jpg", "train/b/p1/3.jpg")
    assert named("subfolder", *inner, layout="splits") == {
        "p1": {inner[0], inner[2]},
        "": {inner[1]},
    }


def test_a_burst_is_a_chain_of_photographs_across_classes() -> None:
    times = {"a/1": 100.0, "a/2": 108.1, "b/3": 104.0, "b/4": 112.2, "b/5": None}
    dataset = [*(photo(path, taken) for path, taken in times.items()), Sample("b/6", 1)]
    assert named("time:4.1", *dataset) == {
        "a/1": {"a/1", "b/3", "a/2", "b/4"},
        "": {"b/5", "b/6"},
    }
    assert named("time:4", *dataset) == {
        "a/1": {"a/1", "b/3"},
        "a/2": {"a/2"},
        "b/4": {"b/4"},
        "": {"b/5", "b/6"},
    }


def test_the_facts_for_a_person() -> None:
    one, two, three, other = (Sample(f"a/{name}.jpg", 0) for name in ("p_1", "p_2", "q_1", "plain"))
    found = groups(summary([one, two, three, other]), "prefix:_")
    two = replace(two, split="validation")
    parted = Split(train=(one, three), validation=(two,), test=(other,))
    assert group_facts(found, parted) == GroupFacts(count=2, largest=2, alone=1, parted=1)
    unused = replace(parted, train=(one,), unused=(three,))
    assert group_facts(found, unused) == group_facts(found, parted)
    assert group_facts((), Split((), (), ())) == GroupFacts(0, 0, 0, 0)


# -- whole groups, cut so that every class gives its share ------------------------------------


@pytest.mark.parametrize(
    ("sizes", "wanted", "expected"),
    [
        ([50, 10, 30, 10], 20, [10, 10]),
        ([90, 10], 20, [10]),
        ([50, 50], 20, [50]),
        ([100], 20, []),
        ([7, 6, 5, 4, 3], 5, [5]),
        ([9, 9, 9, 4, 4], 7, [4, 4]),
        ([5, 5], 0, []),
    ],
)
def test_one_class_gives_the_nearest(sizes: list[int], wanted: int, expected: list[int]) -> None:
    taken = cut([{0: size} for size in sizes], {0: wanted})
    assert sorted(sizes[one] for one in taken) == expected


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        # single images are taken in order
        ([{position % 2: 1} for position in range(20)], {0: 3, 1: 2}, [{0, 2, 4, 1, 3}]),
        # a group of several classes counts in each
        ([{0: 8, 1: 2}, {0: 2, 1: 8}, {0: 5, 1: 5}, {0: 5, 1: 5}], {0: 5, 1: 5}, [{2}, {3}]),
        # no class gives its last group
        ([{0: 1, 1: 9}, {1: 9}, {1: 9}, {2: 4}], {0: 1, 1: 9, 2: 2}, [{1}, {2}]),
    ],
)
def test_what_is_cut(
    found: list[dict[int, int]], wanted: dict[int, int], expected: list[set[int]]
) -> None:
    assert cut(found, wanted) in expected


WITHIN = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), min_size=1, max_size=40)
ACROSS = st.lists(
    st.dictionaries(st.integers(0, 3), st.integers(1, 9), min_size=1), min_size=1, max_size=25
)


def added_up(found: list[dict[int, int]], positions: set[int]) -> Counter[int]:
    total: Counter[int] = Counter()
    for position in positions:
        total.update(found[position])
    return total


@settings(max_examples=50)
@given(WITHIN, st.floats(0.05, 0.9))
def test_classes_give_some_and_keep_some(sizes: list[tuple[int, int]], fraction: float) -> None:
    found = [{label: size} for label, size in sizes]
    have = Counter(label for label, _ in sizes)
    total = added_up(found, set(range(len(found))))
    wanted = {label: max(1, round(count * fraction)) for label, count in total.items()}
    gives = Counter(sizes[one][0] for one in cut(found, wanted))
    for label, count in have.items():
        assert (gives[label] > 0) == (count > 1)
        assert gives[label] < count


@settings(max_examples=50)
@given(ACROSS, st.floats(0.05, 0.9))
def test_groups_across_leave_every_class_one(found: list[dict[int, int]], fraction: float) -> None:
    every = set(range(len(found)))
    total = added_up(found, every)
    taken = cut(found, {label: round(count * fraction) for label, count in total.items()})
    assert set(added_up(found, every - taken)) == set(total)


@settings(max_examples=50)
@given(WITHIN, WITHIN)
def test_other_classes_do_not_matter(
    own: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    found = [{label: size} for label, size in own]
    others = [{label + 4: size} for label, size in other]
    together = cut(found + others, dict.fromkeys(range(8), 10))
    alone = cut(found, dict.fromkeys(range(4), 10))
    assert alone == {one for one in together if one < len(found)}


@pytest.mark.parametrize("across", [False, True])
def test_the_shares_come_within_a_percent_or_two(across: bool) -> None:
    off = []
    for seed in range(12):
        rng = random.Random(seed)
        found = []
        for number in range(200):
            labels = rng.choices(range(5), k=rng.randint(1, 12))
            found.append(dict(Counter(labels if across else [number % 5] * len(labels))))
        total = added_up(found, set(range(200)))
        gives = added_up(found, cut(found, {one: round(count / 5) for one, count in total.items()}))
        off += [abs(gives[label] / total[label] - 0.2) for label in total]
    assert sum(off) / len(off) < 0.006
    assert max(off) < 0.02


# -- splits in groups -------------------------------------------------------------------------


@st.composite
def pictures(draw: st.DrawFn) -> list[Sample]:
    """Up to fifty in three classes, some in subfolders, with prefixes and times."""
    folders, prefixes = ["", "one/", "two/", "three/"], ["", "a_", "b_", "c_", "d_", "e_"]
    one = st.tuples(
        st.integers(0, 2),
        st.sampled_from(folders),
        st.sampled_from(prefixes),
        st.none() | st.integers(0, 100),
    )
    return [
        replace(photo(f"{NAMES[label]}/{folder}{prefix}{number}.jpg", taken), label=label)
        for number, (label, folder, prefix, taken) in enumerate(draw(st.lists(one, max_size=50)))
    ]


@settings(max_examples=60)
@given(
    pictures(),
    st.sampled_from([None, "prefix:_", "subfolder", "time:5"]),
    st.sampled_from([0.0, 0.1, 0.3]),
    st.integers(0, 99),
    st.randoms(use_true_random=False),
)
def test_groups_stay_together_and_the_order_of_files_changes_nothing(
    samples: list[Sample], group_by: str | None, test: float, seed: int, shuffler: random.Random
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
def test_images_without_a_group_are_drawn_as_ever(group_by: str) -> None:
    dataset = summary(patients((40, 1), (17, 1), (2, 1)))
    config = DatasetConfig(test_fraction=0.1, split_seed=3)
    grouped = split(dataset, config.model_copy(update={"group_by": group_by}))
    assert grouped == split(dataset, config)


def test_a_new_image_moves_few_others() -> None:
    dataset = patients((40, 5), (40, 5))
    config = DatasetConfig(group_by="prefix:_")
    before = parts(split(summary(dataset), config))
    after = parts(split(summary([*dataset, Sample("cat/new_1.jpg", 0)]), config))
    moved = {path for path, part in before.items() if after[path] != part}
    assert all(path.startswith("cat/") for path in moved)
    assert len(moved) <= 10


# -- assigned by a person ---------------------------------------------------------------------


@settings(max_examples=40)
@given(
    st.dictionaries(st.integers(0, 59), st.sampled_from(PARTS), max_size=12),
    st.sampled_from([0.0, 0.2]),
    st.integers(0, 99),
)
def test_assigned_images_move_alone(pins: dict[int, SplitName], test: float, seed: int) -> None:
    samples = patients((30, 1), (20, 1), (10, 1))
    config = DatasetConfig(test_fraction=test, split_seed=seed)
    moved = {samples[place].path: part for place, part in pins.items()}
    free = parts(split(summary(samples), config))
    assert parts(split(summary(pinned(samples, moved)), config)) == free | moved


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("number", [0, 3, 6, 9])
def test_assigning_in_a_folder_with_splits_moves_these_alone(part: SplitName, number: int) -> None:
    samples = [
        Sample(f"{folder}/{name}/{place}.jpg", label, own)
        for label, name in enumerate(NAMES)
        for folder, own in (("Train", PARTS[0]), ("valid", PARTS[1]))
        for place in range(10)
    ]

    def found(samples: list[Sample]) -> dict[str, str]:
        dataset = summary(samples, "train", "validation", layout="splits")
        return parts(split(dataset, DatasetConfig(test_fraction=0.2)))

    for folder in ("Train", "valid"):
        moved = {f"{folder}/dog/{number}.jpg": part}
        assert found(pinned(samples, moved)) == found(samples) | moved


def test_a_leak_moved_to_training_takes_its_burst_along() -> None:
    samples, config = patients((20, 3), (20, 3)), DatasetConfig(group_by="prefix:_")
    before = split(summary(samples), config)
    leak = before.validation[0].path
    after = parts(split(summary(pinned(samples, {leak: "train"})), config))
    burst = leak.rpartition("_")[0]
    assert after == parts(before) | {f"{burst}_{number}.jpg": "train" for number in range(3)}


def test_a_group_that_a_person_parts_keeps_its_others_where_they_were_drawn() -> None:
    samples, config = patients((20, 4), (20, 4)), DatasetConfig(group_by="prefix:_")
    before = split(summary(samples), config)
    first, second, third, _ = before.validation[:4]
    chosen: dict[str, SplitName] = {first.path: "train", second.path: "test"}
    found = parts(split(summary(pinned(samples, chosen)), config))
    assert found == parts(before) | chosen
    assert found[third.path] == "validation"


def test_a_burst_never_pulls_an_image_out_of_the_folders_own_part() -> None:
    samples = [
        Sample(f"{folder}/{name}/p{patient}_{folder}{number}.jpg", label, folder)
        for label, name in enumerate(NAMES)
        for folder in PARTS[:2]
        for patient in range(6)
        for number in range(3)
    ]
    path = "validation/cat/p0_validation1.jpg"
    moved = summary(pinned(samples, {path: "train"}), "train", "validation", layout="splits")
    found = parts(split(moved, DatasetConfig(group_by="prefix:_", test_fraction=0.3)))
    assert {one for one, part in found.items() if part == "validation"} == {
        one.path for one in samples if one.split == "validation"
    } - {path}
    assert Counter(found.values())["test"] > 0
    assert all(found[one.path] == "train" for one in samples if "train/cat/p0_" in one.path)
