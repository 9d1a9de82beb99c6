"""Duplicates become pairs that tell what is wrong with them."""

from dataclasses import replace

from core.dataset.duplicates import Group
from core.dataset.summary import DatasetSummary
from gui.data.findings import pairs as findings_pairs
from gui.data.findings.pairs import Pair, is_accepted, merges, moves, pairs_of, paths_of
from tests.support.window.datasets import exact, made, near, parted, paths

DATASET = made({"cat": (4, 3, 2), "dog": (4, 3, 2)})
CAT, CAT_1, CAT_2 = (f"train/cat/{number}.jpg" for number in range(3))
DOG = "train/dog/0.jpg"
CHECKED, CHECKED_1 = "validation/cat/0.jpg", "validation/cat/1.jpg"
TESTED = "test/cat/0.jpg"


def pairs(*groups: Group, dataset: DatasetSummary = DATASET) -> list[Pair]:
    return pairs_of(groups, dataset, parted(dataset))


def kinds(found: list[Pair]) -> list[str]:
    return [pair.kind for pair in found]


def test_a_pair_says_the_worst_of_itself() -> None:
    found = pairs(exact(CAT, CAT_1), exact(CAT, DOG), exact(CAT_2, CHECKED), exact(DOG, CHECKED_1))
    assert kinds(found) == ["copies", "conflicts", "leaks", "leaks"]


def test_the_training_picture_stands_first() -> None:
    found = pairs(exact(TESTED, CHECKED, CAT), near(CHECKED_1, CAT_1))
    assert paths(found) == [(CAT, CHECKED), (CAT, TESTED), (CAT_1, CHECKED_1)]


def test_others_of_a_near_group_are_held_against_its_first_only() -> None:
    """They look like it, not always like each other."""
    found = pairs(near(CHECKED, CAT, CAT_1, CHECKED_1))
    assert paths(found) == [(CAT, CHECKED), (CAT_1, CHECKED), (CHECKED, CHECKED_1)]
    assert kinds(found) == ["leaks", "leaks", "copies"]
    assert not any(pair.exact for pair in found)


def test_what_is_excluded_is_in_no_pair() -> None:
    left = replace(
        DATASET, samples=tuple(one for one in DATASET.samples if one.path not in (CAT, CHECKED))
    )
    assert paths(pairs(exact(CAT, CAT_1, CAT_2), dataset=left)) == [(CAT_1, CAT_2)]
    assert pairs(exact(CAT, CAT_1), dataset=left) == []
    assert pairs(near(CHECKED, CAT_1, CAT_2), dataset=left) == []


def test_a_pair_is_accepted_where_both_are() -> None:
    (pair,) = pairs(exact(CAT, CAT_1))
    assert is_accepted(pair, frozenset((CAT, CAT_1, DOG)))
    assert not is_accepted(pair, frozenset((CAT, DOG)))


def test_paths_and_moves_name_each_picture_once() -> None:
    found = pairs(near(CHECKED, CAT, CAT_1), exact(CHECKED_1, TESTED))
    assert paths_of(found, second=True) == [CHECKED, TESTED]
    assert paths_of(found, first=True) == [CAT, CAT_1, CHECKED_1]
    assert moves(found) == {"train": [CHECKED], "validation": [TESTED]}


def test_one_class_for_both() -> None:
    found = pairs(exact(CAT, DOG), exact(CAT_1, "train/dog/1.jpg"))
    assert merges(found, into_first=True) == {"cat": [DOG, "train/dog/1.jpg"]}
    assert merges(found, into_first=False) == {"dog": [CAT, CAT_1]}


def test_titles_count_pictures_in_plain_words() -> None:
    assert (
        findings_pairs.title(pairs(exact(CAT, CHECKED)))
        == "1 validation picture is in training too"
    )
    assert (
        findings_pairs.title(pairs(exact(CAT, CHECKED), exact(CAT_1, TESTED)))
        == "2 validation and test pictures are in training too"
    )
    assert (
        findings_pairs.title(pairs(near(CHECKED, CAT, CAT_1)))
        == "1 validation picture is in training too"
    )
    assert (
        findings_pairs.title(pairs(exact(CHECKED, TESTED)))
        == "1 picture is on both sides of the split"
    )
    assert findings_pairs.title(pairs(exact(CAT, DOG))) == "1 picture is in two classes"
    assert findings_pairs.title(pairs(exact(CAT, CAT_1, CAT_2))) == "2 pictures are there twice"


def test_odd_names_are_described_on_one_line() -> None:
    summary = made({"a\nb": (2, 2, 2)})
    (pair,) = pairs(exact("train/a\nb/0.jpg", "test/a\nb/0.jpg"), dataset=summary)
    assert findings_pairs.described(pair) == (
        "Exact copy: train/a b/0.jpg (a b, training) and test/a b/0.jpg (a b, test)"
    )
