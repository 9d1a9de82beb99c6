"""What file names say about classes: the first proposal is what a person would have said."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.messages import InputError
from core.dataset.labels.rules import RULES, Rule, apply, propose

PETS = ["Abyssinian", "american_bulldog", "american_pit_bull_terrier", "pug"]


def numbered(pattern: str, *classes: str, count: int = 8) -> list[str]:
    return [pattern.format(name, number) for name in classes for number in range(count)]


def hexadecimal(seed: int) -> str:
    return random.Random(seed).randbytes(6).hex()


@pytest.mark.parametrize(
    ("pattern", "classes"),
    [
        ("{}_{:03}.jpg", ["daisy", "rose"]),
        ("{}.{}.jpg", ["cat", "dog"]),
        ("{}{}.jpeg", ["cat", "dog"]),
        ("{}_{}.jpg", PETS),
        ("{} ({}).png", ["dog", "hot dog"]),
        ("train/{}-{}.PNG", ["cat", "dog"]),
        ("{}_{:05}.JPEG", ["n02085620", "n02088364"]),
        ("{} {}.heic", ["lá bàng", "cây tre"]),
        ("{}_{}.webp", ["😀", "👨‍👩‍👧"]),
        ("{} ({}).png", ["COVID-19", "NORMAL"]),
        ("{}_{:04}.png", list("0123456789")),
        ("{}-{}.jpg", ["Lung_Opacity", "Viral Pneumonia"]),
    ],
)
def test_the_class_stands_in_front(pattern: str, classes: list[str]) -> None:
    best = propose(numbered(pattern, *classes))[0]
    assert best.counts == dict.fromkeys(classes, 8)
    assert best.unmatched == 0


def test_the_class_stands_behind() -> None:
    names = numbered("{1:03}_{0}.jpg", "cat", "american_bulldog")
    assert propose(names)[0].counts == {"cat": 8, "american_bulldog": 8}


def test_the_rest_may_be_anything() -> None:
    names = [f"{name}_{hexadecimal(seed)}.jpg" for seed in range(30) for name in ("cat", "dog")]
    assert propose(names)[0].counts == {"cat": 30, "dog": 30}


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["one.jpg"],
        ["sunset.jpg", "beach.jpg", "mum and dad.jpg", "holiday 2019.jpg"],
        numbered("{}_{:04}.jpg", "IMG"),
        numbered("{}_{:04}.jpg", "IMG", "DSC"),
        [f"IMG_202301{day:02}_{number}.jpg" for day in (1, 2, 3) for number in range(9)],
        [f"202301{day:02}_{number}.jpg" for day in (1, 2, 3) for number in range(9)],
        [f"{number}.jpg" for number in range(100)],
        [f"{hexadecimal(seed)}-{hexadecimal(seed + 1)}.jpg" for seed in range(100)],
    ],
)
def test_names_that_tell_nothing_give_no_proposal(names: list[str]) -> None:
    assert propose(names) == []


def test_names_of_another_kind_are_counted() -> None:
    best = propose([*numbered("{}_{}.jpg", "cat", "dog"), "readme.jpg"])[0]
    assert best.counts == {"cat": 8, "dog": 8}
    assert best.unmatched == 1


def test_other_rules_are_proposed_too_each_result_once() -> None:
    proposals = propose(numbered("{}_{}.jpg", *PETS))
    assert [str(one.rule) for one in proposals] == ["before:digit", "before:underscore"]
    assert proposals[0].score > proposals[1].score


def test_spellings_that_differ_in_case_are_one_class() -> None:
    names = ["Cat_1.jpg", "cat_2.jpg", "cat_3.jpg", "DOG_1.jpg", "dog_2.jpg"]
    assert apply(Rule("_"), names) == {
        "Cat_1.jpg": "cat",
        "cat_2.jpg": "cat",
        "cat_3.jpg": "cat",
        "DOG_1.jpg": "DOG",
        "dog_2.jpg": "DOG",
    }


def test_unicode_forms_are_one_class() -> None:
    forms = [unicodedata.normalize(form, f"lá bàng_{form}.jpg") for form in ("NFC", "NFD")]
    assert set(apply(Rule("_"), forms).values()) == {"lá bàng"}


@pytest.mark.parametrize(
    ("rule", "name", "expected"),
    [
        (Rule("_"), "a/b_c/cat_b_1.jpg", "cat"),
        (Rule("_", "before-last"), "cat_b_1.jpg", "cat_b"),
        (Rule("_", "after-last"), "1_b_cat.jpg", "cat"),
        (Rule("digit"), "cat - (12) b3.jpg", "cat"),
        (Rule("digit", "after-last"), "a1_(12) cat.jpg", "cat"),
        (Rule("."), "cat.jpg", None),
        (Rule("digit"), "12.jpg", None),
        (Rule("_"), "__1.jpg", None),
        (Rule("-"), "cat.jpg", None),
    ],
)
def test_what_a_rule_takes(rule: Rule, name: str, expected: str | None) -> None:
    assert apply(rule, [name]).get(name) == expected


def test_rules_can_be_kept_as_text() -> None:
    assert [Rule.parse(str(rule)) for rule in RULES] == list(RULES)
    assert str(Rule("_")) == "before:underscore"
    with pytest.raises(InputError, match="before:digit"):
        Rule.parse("before:_")


@given(st.lists(st.text("aB1_- .é/\n", max_size=8) | st.text(max_size=8), max_size=20))
def test_proposals_agree_with_their_rule(names: list[str]) -> None:
    proposals = propose(names)
    assert [one.score for one in proposals] == sorted(
        (one.score for one in proposals), reverse=True
    )
    for one in proposals:
        assert 0 < one.score <= 1
        assert len(one.counts) > 1
        assert sum(one.counts.values()) + one.unmatched == len(names)
        assert set(apply(one.rule, names).values()) == set(one.counts)


@given(st.lists(st.text(max_size=12)), st.sampled_from(RULES))
def test_a_class_is_clean_and_part_of_its_name(names: list[str], rule: Rule) -> None:
    for name, label in apply(rule, names).items():
        assert name in names
        assert label == unicodedata.normalize("NFC", label.strip())
        assert label
