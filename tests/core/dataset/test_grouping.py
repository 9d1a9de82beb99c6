"""Which pictures belong together: by prefix, subfolder or time."""

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset.folder import Layout
from core.dataset.split import GroupFacts, Split, group_facts, groups
from core.dataset.summary import DatasetSummary, Sample
from core.images.load import Header
from core.recipe.config import GroupBy, parse_group_by


def summary(*samples: Sample, layout: Layout = "classes") -> DatasetSummary:
    return DatasetSummary(Path("p"), layout, ("a", "b"), samples, (), (), 0, len(samples))


def photo(path: str, taken: float | None) -> Sample:
    return Sample(path, 0, header=Header("JPEG", 4, 3, "RGB", taken=taken))


def named(dataset: DatasetSummary, group_by: str | None) -> dict[str, set[str]]:
    """The paths of each group; pictures that stand alone under an empty name."""
    result: dict[str, set[str]] = {}
    for group in groups(dataset, group_by):
        result.setdefault(group.name, set()).update(one.path for one in group.samples)
    return result


def test_what_a_recipe_writes_is_understood() -> None:
    assert parse_group_by("prefix:_") == GroupBy("prefix", separator="_")
    assert parse_group_by("prefix::") == GroupBy("prefix", separator=":")
    assert parse_group_by("subfolder") == GroupBy("subfolder")
    assert parse_group_by("time:0.5") == GroupBy("time", seconds=0.5)


@pytest.mark.parametrize(
    "text",
    ["", "prefix", "prefix:", "prefix:a/b", "subfolder:", "time", "time:", "time:0", "time:-1"]
    + ["time:1e3", "time:nan", "time: 5", "time:86401", "Subfolder", "time:٣"],
)
def test_anything_else_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="subfolder"):
        parse_group_by(text)


def test_a_prefix_stands_before_the_first_separator_whatever_the_class() -> None:
    names = ("a/p1_left_2.jpg", "b/p1_right.png", "a/p2_1.jpg", "b/deep/p2_2.jpg")
    alone = ("a/plain.jpg", "a/_empty.jpg", "a/only.suffix_1")
    dataset = summary(*(Sample(path, 0) for path in (*names, *alone)))
    assert named(dataset, "prefix:_") == {
        "p1": {"a/p1_left_2.jpg", "b/p1_right.png"},
        "p2": {"a/p2_1.jpg", "b/deep/p2_2.jpg"},
        "": set(alone),
    }


def test_a_separator_may_be_long_or_a_dot() -> None:
    dataset = summary(Sample("a/x - y - 1.jpg", 0), Sample("a/x.1.jpg", 0), Sample("a/x.jpg", 0))
    assert named(dataset, "prefix: - ")["x"] == {"a/x - y - 1.jpg"}
    assert named(dataset, "prefix:.")["x"] == {"a/x.1.jpg"}


def test_a_name_from_a_mac_is_the_same_name() -> None:
    dataset = summary(Sample("a/La\u0301_1.jpg", 0), Sample("a/L\u00e1_2.jpg", 0))
    assert set(named(dataset, "prefix:_")) == {"L\u00e1"}


def test_the_same_subfolder_in_two_classes_is_one_group() -> None:
    paths = ("a/p1/1.jpg", "b/p1/2.jpg", "a/p2/deep/3.jpg", "a/p2/4.jpg", "a/5.jpg")
    dataset = summary(*(Sample(path, 0) for path in paths))
    assert named(dataset, "subfolder") == {
        "p1": set(paths[:2]),
        "p2": set(paths[2:4]),
        "": {"a/5.jpg"},
    }


def test_subfolders_lie_a_folder_deeper_in_split_folders() -> None:
    paths = ("train/a/p1/1.jpg", "train/a/2.jpg", "train/b/p1/3.jpg")
    dataset = summary(*(Sample(path, 0) for path in paths), layout="splits")
    assert named(dataset, "subfolder") == {"p1": {paths[0], paths[2]}, "": {paths[1]}}


def test_a_burst_is_a_chain_of_photographs_across_classes() -> None:
    dataset = summary(
        photo("a/1.jpg", 100.0),
        photo("a/2.jpg", 108.1),
        photo("b/3.jpg", 104.0),
        photo("b/4.jpg", 112.2),
        photo("b/5.jpg", None),
        Sample("b/6.jpg", 1),
    )
    assert named(dataset, "time:4.1") == {
        "a/1.jpg": {"a/1.jpg", "b/3.jpg", "a/2.jpg", "b/4.jpg"},
        "": {"b/5.jpg", "b/6.jpg"},
    }
    assert named(dataset, "time:4") == {
        "a/1.jpg": {"a/1.jpg", "b/3.jpg"},
        "a/2.jpg": {"a/2.jpg"},
        "b/4.jpg": {"b/4.jpg"},
        "": {"b/5.jpg", "b/6.jpg"},
    }


@given(
    st.lists(st.none() | st.integers(0, 200), max_size=30),
    st.integers(1, 20),
    st.randoms(use_true_random=False),
)
def test_bursts_have_no_wide_gap_inside_and_no_narrow_one_between(
    times: list[int | None], seconds: int, shuffler: random.Random
) -> None:
    samples = [photo(f"a/{number:02}.jpg", taken) for number, taken in enumerate(times)]
    shuffler.shuffle(samples)
    found = groups(summary(*samples), f"time:{seconds}")
    assert sorted(one.path for group in found for one in group.samples) == sorted(
        one.path for one in samples
    )
    bursts = sorted(
        sorted(
            one.header.taken for one in group.samples if one.header and one.header.taken is not None
        )
        for group in found
        if not group.alone
    )
    for burst in bursts:
        assert all(b - a <= seconds for a, b in pairwise(burst))
    for burst, after in pairwise(bursts):
        assert after[0] - burst[-1] > seconds


def test_without_a_choice_every_picture_stands_alone() -> None:
    found = groups(summary(Sample("a/p_1.jpg", 0), Sample("a/p_2.jpg", 0)), None)
    assert [len(group.samples) for group in found] == [1, 1]
    assert all(group.alone for group in found)


def test_the_facts_for_a_person() -> None:
    one, two, three, other = (Sample(f"a/{name}.jpg", 0) for name in ("p_1", "p_2", "q_1", "plain"))
    found = groups(summary(one, two, three, other), "prefix:_")
    split = Split(train=(one, three), validation=(two,), test=(other,))
    assert group_facts(found, split) == GroupFacts(count=2, largest=2, alone=1, parted=1)
    assert group_facts((), Split((), (), ())) == GroupFacts(0, 0, 0, 0)
