"""What the health report says, and when."""

from dataclasses import replace
from typing import Any

import pytest

from core.dataset.duplicates import Group
from core.dataset.edits import Reason
from core.dataset.health import report
from core.dataset.summary import DatasetSummary, Excluded, Problem, ProblemCode
from core.images.load import Header
from core.recipe.config import RunConfig
from gui.data.findings import cards as findings_cards
from gui.data.findings import figures
from gui.data.findings.cards import Card, Looked
from gui.data.findings.pairs import pairs_of
from tests.support.window.datasets import exact, made, parted

EVEN = {"cat": (20, 9, 9), "dog": (20, 9, 9)}
SQUARE = Header("JPEG", 300, 300, "RGB")


def looked(summary: DatasetSummary, groups: list[Group] | None = None, **config: Any) -> Looked:
    parts = parted(summary)
    pairs = None if groups is None else pairs_of(groups, summary, parts)
    recipe = RunConfig.model_validate(config)
    health = report(summary, parts, image_size=recipe.dataset.image_size)
    return Looked(summary, parts, recipe, health, pairs)


def cards(summary: DatasetSummary, *more: Any, **config: Any) -> dict[str, Card]:
    return {card.kind: card for card in findings_cards.cards(looked(summary, *more, **config))}


def codes(card: Card) -> list[str]:
    return [action.code for action in card.actions]


def test_nothing_wrong_says_what_was_looked_at() -> None:
    found = cards(made(EVEN))
    assert list(found) == ["fine"]
    assert found["fine"].title == "Nothing wrong was found"
    assert "Not looked for yet: duplicates, damage inside files." in found["fine"].text
    assert not found["fine"].counts
    assert "classes, duplicates." in cards(made(EVEN), [])["fine"].text


def test_the_most_serious_comes_first() -> None:
    summary = made(
        {"cat": (40, 9, 9), "dog": (5, 2, 9)},
        problems=(Problem("a.jpg", ProblemCode.EMPTY_FILE),),
        warnings=(Problem("b.jpg", ProblemCode.TINY_IMAGE, {"width": 3, "height": 4}),),
        excluded=(Excluded("c.jpg", "cat", "train", Reason.LEAK),),
    )
    groups = [
        exact("train/cat/0.jpg", "train/cat/1.jpg"),
        exact("train/cat/2.jpg", "train/dog/0.jpg"),
        exact("train/cat/3.jpg", "test/cat/3.jpg"),
    ]
    found = cards(summary, groups, dataset={"fit": "crop"})
    assert list(found) == [
        "leaks",
        "conflicts",
        "copies",
        "problems",
        "warnings",
        "imbalance",
        "few_training",
        "few_validation",
        "crop",
        "excluded",
    ]
    assert [card.kind for card in found.values() if card.level == "wrong"] == ["leaks", "conflicts"]
    assert not found["excluded"].counts


def test_unreadable_files_name_the_first_with_its_reason() -> None:
    problems = (
        Problem("cat/0\n.jpg", ProblemCode.UNREADABLE_IMAGE, {"reason": "bad header"}),
        Problem("cat/1.jpg", ProblemCode.EMPTY_FILE),
    )
    card = cards(made(EVEN, problems=problems))["problems"]
    assert card.title == "2 files cannot be used"
    assert card.text == (
        "Left out of training. The first is cat/0 .jpg: the picture cannot be decoded: bad header."
    )
    assert codes(card) == ["review", "filter:problems"]


def test_warnings_of_one_kind_are_one_sentence() -> None:
    tiny = [
        Problem(f"cat/{n}.jpg", ProblemCode.TINY_IMAGE, {"width": 3, "height": 4}) for n in range(3)
    ]
    nested = Problem("cat", ProblemCode.NESTED_FOLDER, {"name": "cat"})
    assert cards(made(EVEN, warnings=tuple(tiny)))["warnings"].title == "3 pictures are tiny"
    one = cards(made(EVEN, warnings=(tiny[0],)))["warnings"]
    assert one.title == "cat/0.jpg: the picture is tiny: 3 x 4 pixels"
    assert codes(one) == ["filter:warnings"]
    mixed = cards(made(EVEN, warnings=(*tiny, nested)))["warnings"]
    assert mixed.title == "4 warnings"
    assert mixed.text == (
        "3 pictures are tiny. cat holds subfolders: their pictures belong to cat."
    )


def test_nested_folders_alone_are_a_note() -> None:
    nested = Problem("cat", ProblemCode.NESTED_FOLDER, {"name": "cat"})
    found = cards(made(EVEN, warnings=(nested,)))
    assert list(found) == ["fine", "warnings"]
    assert not found["warnings"].counts


@pytest.mark.parametrize(
    "code",
    [
        ProblemCode.TINY_IMAGE,
        ProblemCode.EMPTY_CLASS,
        ProblemCode.SINGLE_PICTURE_CLASS,
        ProblemCode.CLASS_NOT_TRAINED,
        ProblemCode.CLASS_NOT_VALIDATED,
        ProblemCode.NESTED_FOLDER,
        ProblemCode.FOLDER_UNREADABLE,
    ],
)
def test_several_warnings_of_each_kind_have_their_words(code: ProblemCode) -> None:
    values = {"name": "cat", "width": 1, "height": 1, "path": "cat", "reason": "no"}
    warnings = (Problem("cat", code, values), Problem("dog", code, values))
    assert cards(made(EVEN, warnings=warnings))["warnings"].title.startswith("2 ")
    assert "warnings" not in cards(made(EVEN, warnings=warnings))["warnings"].title


def test_an_imbalance_offers_weights_and_weights_can_be_taken_back() -> None:
    uneven = made({"cat": (120, 9, 9), "dog": (10, 9, 9)})
    card = cards(uneven)["imbalance"]
    assert card.title == "The largest class has 12 times the pictures of the smallest"
    assert "cat has 120 training pictures, dog has 10." in card.text
    assert card.counts
    assert codes(card) == ["weight"]
    weighted = cards(uneven, class_weights=True)["imbalance"]
    assert not weighted.counts
    assert "weights the classes" in weighted.text
    assert codes(weighted) == ["unweight"]
    assert "imbalance" not in cards(made(EVEN))
    assert cards(made(EVEN), class_weights=True)["imbalance"].title.startswith("All classes")


def test_classes_with_too_few_pictures_are_named_the_smallest_first() -> None:
    sizes = {f"c{n}": (9 - n, 9, 9) for n in range(6)}
    card = cards(made(sizes))["few_training"]
    assert card.title == "6 classes have fewer than 10 training pictures"
    assert card.text.startswith("c5 (4), c4 (5), c3 (6), c2 (7) and 2 more.")
    assert codes(card) == ["review"]
    one = cards(made({"cat": (20, 9, 9), "dog": (20, 3, 9)}))["few_validation"]
    assert one.title == "1 class has fewer than 5 validation pictures"
    assert codes(one) == ["filter:class:1"]


def test_a_crop_is_warned_of_only_where_one_is_chosen_and_costs_much() -> None:
    wide = made(EVEN, header=Header("JPEG", 400, 200, "RGB"))
    card = cards(wide, dataset={"fit": "crop"})["crop"]
    assert card.title == "Cropping loses 50\N{NO-BREAK SPACE}% of the picture area on average"
    assert card.text.startswith("76 of 76 pictures lose more than a quarter:")
    assert "crop" not in cards(wide, dataset={"fit": "pad"})
    assert "crop" not in cards(made(EVEN, header=SQUARE), dataset={"fit": "crop"})


def test_forgotten_pictures_are_a_finding_and_unlabelled_ones_of_a_flat_folder_a_note() -> None:
    def card(layout: str, count: int) -> Card | None:
        one = replace(looked(made(EVEN, layout=layout)), unlabelled=count)
        return next((one for one in findings_cards.cards(one) if one.kind == "unlabelled"), None)

    assert card("classes", 0) is None
    forgotten = card("classes", 1)
    assert forgotten is not None
    assert forgotten.counts
    assert forgotten.title == "1 picture has no class and is not used"
    assert [action.code for action in forgotten.actions] == ["filter:unlabelled"]
    chosen = card("flat", 1200)
    assert chosen is not None
    assert not chosen.counts
    assert chosen.title == "1,200 pictures have no class and are not used"


def test_the_excluded_are_counted_by_reason() -> None:
    reasons = [Reason.LEAK, Reason.LEAK, Reason.BY_HAND, "unheard-of"]
    excluded = tuple(Excluded(f"{n}.jpg", "cat", "train", one) for n, one in enumerate(reasons))
    card = cards(made(EVEN, excluded=excluded))["excluded"]
    assert card.title == "4 pictures are excluded by you"
    assert card.text == "as leaks 2 · by hand 1 · for another reason 1"


def test_figures_in_words() -> None:
    headers = Header("PNG", 100, 100, "L")
    summary = made({"cat": (1, 1, 0), "dog": (1, 1, 0)}, header=headers)
    facts = dict(figures.figure_facts(looked(summary).health, 224, ignored=3))
    space = "\N{NO-BREAK SPACE}"
    assert facts["Pictures"] == "4"
    assert facts["Width"] == "100 px, all of them"
    assert facts["Enlarged"] == f"100{space}% are smaller than the 224 px that the network gets"
    assert facts["Shapes"] == f"100{space}% square"
    assert facts["Cropping"] == "would lose nothing"
    assert facts["Grayscale"] == f"100{space}%"
    assert facts["Formats"] == "PNG 4"
    assert facts["Misnamed"].startswith("4 are of another format")
    assert "train/cat/0.jpg (PNG)" in facts["Misnamed"]
    assert facts["Ignored"] == "3 other files are no pictures"


def test_without_headers_there_are_no_figures() -> None:
    health = looked(made(EVEN, header=None)).health
    assert figures.figure_facts(health, 224, ignored=0) == [("Pictures", "76, 0 of them measured")]


def test_every_bar_names_what_it_counts() -> None:
    health = looked(made(EVEN)).health
    assert health.sizes is not None
    assert health.shapes is not None
    bars, ticks = figures.side_bars(health.sizes)
    assert [bar.tooltip for bar in bars if bar.count] == ["256 to 512 px: 76 pictures"]
    assert [tick.label for tick in ticks] == ["64", "128", "256", "512", "1k", "2k", "4k"]
    bars, ticks = figures.shape_bars(health.shapes)
    assert [bar.tooltip for bar in bars if bar.count] == ["5:4 to 3:2: 76 pictures"]
    assert bars[0].tooltip == "narrower than 1:3: 0 pictures"
    assert bars[-1].tooltip == "wider than 3:1: 0 pictures"
