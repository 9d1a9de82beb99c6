"""The health report: pairs, cards, lists and figures, and what a user does about them."""

from dataclasses import replace
from functools import partial
from operator import contains
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from core.dataset.duplicates import Group
from core.dataset.edits import Reason
from core.dataset.health import report
from core.dataset.summary import DatasetSummary, Excluded, Problem, ProblemCode
from core.images.load import Header
from core.recipe.config import RunConfig
from gui.base import theme
from gui.controls.thumbnails import Load
from gui.data import words as data_words
from gui.data.findings import cards as findings_cards
from gui.data.findings import figures
from gui.data.findings import pairs as findings_pairs
from gui.data.findings.cards import Card, CardKind, Looked
from gui.data.findings.figures import Bar, BarChart, Tick
from gui.data.findings.lists import DuplicatePairs
from gui.data.findings.pairs import Pair, is_accepted, merges, moves, pairs_of, paths_of
from gui.data.findings.panel import FindingsPanel
from tests.support.window.acting import click
from tests.support.window.data_page import emitted, green, numbers, on_screen
from tests.support.window.datasets import exact, made, near, parted, paths
from tests.support.wording import said

EVEN = {"cat": (20, 9, 9), "dog": (20, 9, 9)}
EMPTY = Problem("a.jpg", ProblemCode.EMPTY_FILE)
DAMAGED = Problem("a\nb/\udcff.jpg", ProblemCode.UNREADABLE_IMAGE, {"reason": "bad header"})
LEAKS = [exact(f"train/cat/{n}.jpg", f"validation/cat/{n}.jpg") for n in range(3)]
LEFT = Qt.MouseButton.LeftButton

# -- pairs ----------------------------------------------------------------------------------

SMALL = made({"cat": (4, 3, 2), "dog": (4, 3, 2)})
CAT, CAT_1, CAT_2 = (f"train/cat/{number}.jpg" for number in range(3))
DOG = "train/dog/0.jpg"
CHECKED, CHECKED_1 = "validation/cat/0.jpg", "validation/cat/1.jpg"
TESTED = "test/cat/0.jpg"


def pairs(*groups: Group, dataset: DatasetSummary = SMALL) -> list[Pair]:
    return pairs_of(groups, dataset, parted(dataset))


def kinds(found: list[Pair]) -> list[str]:
    return [pair.kind for pair in found]


def test_a_pair_says_the_worst_of_itself_and_training_stands_first() -> None:
    found = pairs(exact(CAT, CAT_1), exact(CAT, DOG), exact(CAT_2, CHECKED), exact(DOG, CHECKED_1))
    assert kinds(found) == ["copies", "conflicts", "leaks", "leaks"]
    found = pairs(exact(TESTED, CHECKED, CAT), near(CHECKED_1, CAT_1))
    assert paths(found) == [(CAT, CHECKED), (CAT, TESTED), (CAT_1, CHECKED_1)]
    found = pairs(near(CHECKED, CAT, CAT_1, CHECKED_1))  # all look like the first, not alike
    assert paths(found) == [(CAT, CHECKED), (CAT_1, CHECKED), (CHECKED, CHECKED_1)]
    assert kinds(found) == ["leaks", "leaks", "copies"]
    assert not any(pair.exact for pair in found)
    samples = tuple(one for one in SMALL.samples if one.path not in (CAT, CHECKED))
    left = replace(SMALL, samples=samples)
    assert paths(pairs(exact(CAT, CAT_1, CAT_2), dataset=left)) == [(CAT_1, CAT_2)]
    assert pairs(exact(CAT, CAT_1), dataset=left) == []
    assert pairs(near(CHECKED, CAT_1, CAT_2), dataset=left) == []
    (pair,) = pairs(exact(CAT, CAT_1))
    assert is_accepted(pair, frozenset((CAT, CAT_1, DOG)))
    assert not is_accepted(pair, frozenset((CAT, DOG)))


def test_pairs_name_and_count_each_image_once() -> None:
    titles = [
        findings_pairs.title(pairs(*groups))
        for groups in (
            [exact(CAT, CHECKED)],
            [near(CHECKED, CAT, CAT_1)],
            [exact(CAT, CHECKED), exact(CAT_1, TESTED)],
            [exact(CHECKED, TESTED)],
            [exact(CAT, DOG)],
            [exact(CAT, CAT_1, CAT_2)],
        )
    ]
    assert [numbers(title) for title in titles] == [[1], [1], [2], [1], [1], [2]]
    assert titles[0] == titles[1]
    assert len(set(titles)) == 5
    (pair,) = pairs(exact("train/a\nb/0.jpg", "test/a\nb/0.jpg"), dataset=made({"a\nb": (2, 2, 2)}))
    (line,) = findings_pairs.described(pair).splitlines()
    assert line.index("train/a b/0.jpg (a b, ") < line.index("test/a b/0.jpg (a b, ")
    found = pairs(near(CHECKED, CAT, CAT_1), exact(CHECKED_1, TESTED))
    assert paths_of(found, second=True) == [CHECKED, TESTED]
    assert paths_of(found, first=True) == [CAT, CAT_1, CHECKED_1]
    assert moves(found) == {"train": [CHECKED], "validation": [TESTED]}
    found = pairs(exact(CAT, DOG), exact(CAT_1, "train/dog/1.jpg"))
    assert merges(found, into_first=True) == {"cat": [DOG, "train/dog/1.jpg"]}
    assert merges(found, into_first=False) == {"dog": [CAT, CAT_1]}


# -- cards ----------------------------------------------------------------------------------


def looked(summary: DatasetSummary, groups: list[Group] | None = None, **config: Any) -> Looked:
    parts = parted(summary)
    found = None if groups is None else pairs_of(groups, summary, parts)
    recipe = RunConfig.model_validate(config)
    health = report(summary, parts, image_size=recipe.dataset.image_size)
    return Looked(summary, parts, recipe, health, found)


def cards(summary: DatasetSummary, *more: Any, **config: Any) -> dict[str, Card]:
    return {card.kind: card for card in findings_cards.cards(looked(summary, *more, **config))}


def told(card: Card) -> tuple[list[float], list[float], list[str], bool]:
    """The numbers in its title and its text, what can be done, and whether it counts."""
    codes = [action.code for action in card.actions]
    return numbers(card.title), numbers(f"{card.text}."), codes, card.counts


def test_a_clean_dataset_has_one_card_that_says_what_was_looked_at() -> None:
    found = looked(made(EVEN))
    seen = set()
    for one in (found, replace(found, pairs=[]), replace(found, pairs=[], verified=True)):
        (card,) = findings_cards.cards(one)
        assert (card.kind, card.level, card.counts) == ("fine", "right", False)
        seen.add(card.text)
    assert len(seen) == 3
    for header, fit in ((WIDE, "pad"), (Header("JPEG", 300, 300, "RGB"), "crop")):
        assert list(cards(made(EVEN, header=header), dataset={"fit": fit})) == ["fine"]


TINY = [
    Problem(f"cat/{n}.jpg", ProblemCode.TINY_IMAGE, {"width": 5, "height": 7}) for n in range(3)
]
NESTED = Problem("cat", ProblemCode.NESTED_FOLDER, {"name": "cat"})
OUT = [
    Excluded(f"{number}.jpg", "cat", "train", reason)
    for number, reason in enumerate((Reason.LEAK, Reason.LEAK, Reason.BY_HAND, "unheard-of"))
]
SMALLER = {f"c{n}": (9 - n, 9, 9) for n in range(6)}
UNEVEN = {"cat": (120, 9, 9), "dog": (10, 9, 9)}
WIDE = Header("JPEG", 400, 200, "RGB")
CROP = {"dataset": {"fit": "crop"}}


def test_the_most_serious_comes_first() -> None:
    sizes = {"cat": (40, 9, 9), "dog": (5, 2, 9)}
    summary = made(sizes, problems=(EMPTY,), warnings=TINY[:1], excluded=OUT[:1])
    groups = [
        exact("train/cat/0.jpg", "train/cat/1.jpg"),
        exact("train/cat/2.jpg", "train/dog/0.jpg"),
        exact("train/cat/3.jpg", "test/cat/3.jpg"),
    ]
    found = cards(summary, groups, **CROP)
    serious = ["leaks", "conflicts", "copies", "problems", "warnings"]
    mild = ["imbalance", "few_training", "few_validation", "crop", "excluded"]
    assert list(found) == serious + mild
    assert [card.kind for card in found.values() if card.level == "wrong"] == serious[:2]


def test_what_a_card_says_and_offers() -> None:
    def check(kind: str, summary: DatasetSummary, *expected: object, **config: Any) -> None:
        found = cards(summary, **config)
        assert told(found[kind]) == expected
        assert ("fine" in found) == (not found[kind].counts)

    check("problems", made(EVEN, problems=(EMPTY,)), [1], [], ["filter:problems"], True)
    both, listed = made(EVEN, problems=(DAMAGED, EMPTY)), ["review", "filter:problems"]
    check("problems", both, [2], [], listed, True)
    tiny, small = made(EVEN, warnings=TINY), ["review", "filter:warnings"]
    check("warnings", tiny, [3], [], small, True)
    check("warnings", made(EVEN, warnings=TINY[:1]), [5, 7], [], ["filter:warnings"], True)
    check("warnings", made(EVEN, warnings=(NESTED,)), [], [], [], False)
    on, uneven = {"class_weights": True}, made(UNEVEN)
    check("imbalance", uneven, [12], [120, 10], ["weight"], True)
    check("imbalance", uneven, [12], [120, 10], ["unweight"], False, **on)
    check("imbalance", made(EVEN), [], [20, 20], ["unweight"], False, **on)
    check("few_training", made(SMALLER), [6, 10], [4, 5, 6, 7, 2], ["review"], True)
    few = made({"cat": (20, 9, 9), "dog": (20, 3, 9)})
    check("few_validation", few, [1, 5], [3], ["filter:class:1"], True)
    check("crop", made(EVEN, header=WIDE), [50], [76, 76], ["fit"], True, **CROP)
    out, back = made(EVEN, excluded=OUT), ["filter:excluded", "include"]
    check("excluded", out, [4], [2, 1, 1], back, False)


def test_cards_name_what_they_are_about() -> None:
    damaged = cards(made(EVEN, problems=(DAMAGED, EMPTY)))["problems"]
    assert "a b/\\udcff.jpg" in damaged.text
    assert "bad header" in damaged.text
    assert cards(made(EVEN, warnings=TINY[:1]))["warnings"].title.startswith("cat/0.jpg: ")
    uneven, weighted = (cards(made(UNEVEN), class_weights=on)["imbalance"] for on in (False, True))
    assert uneven.text.index("cat") < uneven.text.index("dog")
    assert uneven.text != weighted.text
    few = cards(made(SMALLER))["few_training"]
    assert few.text.startswith("c5 (4), c4 (5), c3 (6), c2 (7) "), "the smallest first"
    for layout, count in (("classes", 1), ("flat", 1200)):
        one = replace(looked(made(EVEN, layout=layout)), unlabelled=count)
        card = {card.kind: card for card in findings_cards.cards(one)}["unlabelled"]
        assert told(card) == ([count], [], ["filter:unlabelled"], layout == "classes")
    assert "unlabelled" not in cards(made(EVEN))


def test_warnings_of_several_kinds_have_a_sentence_each() -> None:
    several, nested, mixed = (
        cards(made(EVEN, warnings=warnings))["warnings"]
        for warnings in (TINY, [NESTED], [*TINY, NESTED])
    )
    assert numbers(mixed.title) == [4]
    assert mixed.text == f"{several.title}. {nested.title}."
    values = {"name": "cat", "width": 1, "height": 1, "path": "cat", "reason": "no"}
    titles = set()
    for code in (
        ProblemCode.TINY_IMAGE,
        ProblemCode.EMPTY_CLASS,
        ProblemCode.SINGLE_PICTURE_CLASS,
        ProblemCode.CLASS_NOT_TRAINED,
        ProblemCode.CLASS_NOT_VALIDATED,
        ProblemCode.NESTED_FOLDER,
        ProblemCode.FOLDER_UNREADABLE,
    ):
        warnings = (Problem("cat", code, values), Problem("dog", code, values))
        titles.add(cards(made(EVEN, warnings=warnings))["warnings"].title)
    assert len(titles) == 7
    assert {tuple(numbers(title)) for title in titles} == {(2,)}


def test_figures_and_bars_name_what_they_count() -> None:
    summary = made({"cat": (1, 1, 0), "dog": (1, 1, 0)}, header=Header("PNG", 100, 100, "L"))
    values = [
        value for _name, value in figures.figure_facts(looked(summary).health, 224, ignored=3)
    ]
    assert [numbers(value)[:2] for value in values] == [
        *([4], [100], [100], [0.01]),
        [100, 224],  # enlarged
        *([100], [], [100]),  # square; nothing lost by a crop; gray
        *([4], [4], [3]),  # one format, misnamed, ignored
    ]
    assert values[8] == "PNG 4"
    assert "train/cat/0.jpg (PNG)" in values[9]
    unknown = looked(made(EVEN, header=None)).health
    assert [numbers(v) for _, v in figures.figure_facts(unknown, 224, ignored=0)] == [[76, 0]]
    health = looked(made(EVEN)).health
    bars, ticks = figures.side_bars(health.sizes)
    assert [numbers(bar.tooltip) for bar in bars if bar.count] == [[256, 512, 76]]
    assert [tick.label for tick in ticks] == ["64", "128", "256", "512", "1k", "2k", "4k"]
    bars, ticks = figures.shape_bars(health.shapes)
    assert [numbers(bar.tooltip) for bar in bars if bar.count] == [[5, 4, 3, 2, 76]]
    assert numbers(bars[0].tooltip) == [1, 3, 0]
    assert numbers(bars[-1].tooltip) == [3, 1, 0]


def test_bars_are_as_high_as_their_counts_and_a_rare_one_is_never_lost(qtbot: QtBot) -> None:
    chart = BarChart()
    qtbot.addWidget(chart)
    chart.resize(200, chart.sizeHint().height())
    chart.show_bars([Bar(10, "a: 10"), Bar(5, "b: 5"), Bar(0, "c: 0"), Bar(1, "d: 1")], [])
    heights = [chart.bar_rect(number).height() for number in range(4)]
    assert heights[0] == 2 * heights[1]
    assert heights[2] == 0
    image, color = chart.grab().toImage(), theme.data_color("frozen")
    for number, height in enumerate(heights):
        middle = chart.bar_rect(number).center().toPoint()
        assert (image.pixelColor(middle) == color) == (height > 0)
    chart.show_bars([Bar(1_000_000, "many"), Bar(1, "one")], [Tick(2, "a label at the end")])
    assert chart.bar_rect(1).height() >= 1
    assert chart.accessibleDescription() == "many; one"
    assert not chart.grab().isNull()
    chart.show_bars([], [])
    assert chart.counts == []
    assert not chart.grab().isNull()


def opened(qtbot: QtBot, load: Load) -> FindingsPanel:
    panel = FindingsPanel(load=load)
    return on_screen(qtbot, panel, 605, 520, lambda one: one.pairs.list.close_thumbnails())


@pytest.fixture
def panel(qtbot: QtBot) -> FindingsPanel:
    return opened(qtbot, green)


@pytest.fixture
def leaky(panel: FindingsPanel) -> FindingsPanel:
    """Three leaks, reviewed."""
    show(panel, made(EVEN))
    panel.show_duplicates(LEAKS)
    panel.review("leaks")
    return panel


def show(panel: FindingsPanel, summary: DatasetSummary, **config: Any) -> None:
    panel.show_dataset(summary, parted(summary), RunConfig.model_validate(config))


def shown(panel: FindingsPanel) -> dict[str, list[float]]:
    """The findings, with the numbers in their titles."""
    cards = panel.overview.cards.items()
    visible = {kind: one for kind, one in cards if one.isVisibleTo(panel.overview)}
    return {kind: numbers(one.title.text()) for kind, one in visible.items()}


def press(panel: FindingsPanel, kind: CardKind, code: str) -> None:
    click(panel.overview.cards[kind].button(code))


def take(menu: QMenu, place: int) -> None:
    menu.actions()[place].trigger()


def place_of(pairs: DuplicatePairs, row: int, *, right: bool = False) -> QPoint:
    """In the middle of one of a pair's images."""
    rect = pairs.visualRect(pairs.model().index(row, 0))
    return QPoint(rect.left() + rect.width() * (3 if right else 1) // 4, rect.center().y())


def test_the_count_follows_the_findings_until_another_folder(
    panel: FindingsPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = made(EVEN, problems=(EMPTY,))
    parts = parted(summary)
    panel.show_duplicates(None, frozenset(("of before.jpg",)))  # known before the images
    assert emitted(panel.count_changed, panel.show_dataset, summary, parts, RunConfig()) == [1]
    with monkeypatch.context() as patch:
        patch.setattr("gui.data.findings.panel.report", None)  # it is worked out once
        panel.show_dataset(summary, parts, RunConfig(batch_size=8))
        assert emitted(panel.count_changed, panel.show_duplicates, LEAKS) == [2]
    assert shown(panel) == {"leaks": [3], "problems": [1]}
    assert panel.findings_count == 2
    panel.show_verified(True)
    panel.review("leaks")
    show(panel, made(EVEN, folder=Path("others")))
    assert list(shown(panel)) == ["fine"]
    assert panel.findings_count == 0
    assert panel.currentWidget() is panel.overview
    assert panel.overview.duplicates.start.isVisible()
    assert panel.overview.verify.start.isVisible()


def test_cards_ask_for_what_their_buttons_say(panel: FindingsPanel) -> None:
    excluded = tuple(Excluded(f"{n}.jpg", "cat", "train", Reason.BY_HAND) for n in range(2))
    sizes = {"cat": (90, 9, 9), "dog": (9, 9, 9)}
    summary = made(sizes, problems=(EMPTY,), excluded=excluded, ignored=3)
    recipe = RunConfig.model_validate({"dataset": {"fit": "crop"}})
    panel.show_dataset(summary, parted(summary), recipe, unlabelled=1)
    asked: tuple[tuple[CardKind, str, Any, list[object]], ...] = (
        ("imbalance", "weight", panel.changed, ["class_weights", True]),
        ("few_training", "filter:class:1", panel.filter_asked, ["class:1"]),
        ("problems", "filter:problems", panel.filter_asked, ["problems"]),
        ("unlabelled", "filter:unlabelled", panel.filter_asked, ["unlabelled"]),
        ("excluded", "include", panel.include_asked, [["0.jpg", "1.jpg"]]),
        ("crop", "fit", panel.fit_asked, []),
    )
    for kind, code, signal, args in asked:
        assert emitted(signal, press, panel, kind, code) == args
    assert numbers(panel.overview.figures.lines[-1]) == [2]  # ignored, the one without a class not
    button = panel.overview.cards["imbalance"].button("weight")
    before = button.text()
    button.setFocus()
    show(panel, summary, class_weights=True)
    assert button.text() != before
    assert button.hasFocus(), "though its words change"
    assert emitted(panel.changed, click, button) == ["class_weights", False]


def test_figures_follow_the_recipe_and_known_gray_images(panel: FindingsPanel) -> None:
    def figure(place: int) -> list[float]:
        return numbers(panel.overview.figures.lines[place])

    summary = made(EVEN)
    show(panel, summary, dataset={"image_size": 224})
    assert (figure(4), figure(7)) == ([224], [])  # enlarged, gray
    assert sum(panel.overview.figures.sides.counts) == 76
    assert sum(panel.overview.figures.shapes.counts) == 76
    show(panel, summary, dataset={"image_size": 320})
    assert figure(4) == [100, 320]
    panel.show_duplicates([], gray=frozenset(one.path for one in summary.samples[:38]))
    assert figure(7) == [50]
    show(panel, made(EVEN, header=None))
    assert len(panel.overview.figures.lines) == 1


def test_looks_are_asked_for_shown_and_cancelled(panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    panel.show_estimates(40, None)
    duplicates, verify = panel.overview.duplicates, panel.overview.verify
    assert "40\N{NO-BREAK SPACE}s" in duplicates.start.text()
    assert numbers(verify.start.text()) == []
    assert emitted(panel.duplicates_asked, click, duplicates.start) == []
    panel.show_progress("duplicates", 12, 76)
    assert numbers(duplicates.count.text()) == [12, 76]
    assert duplicates.bar.value() == 12
    assert not duplicates.start.isVisible()
    assert not verify.start.isEnabled()
    assert emitted(panel.cancel_asked, click, duplicates.cancel) == ["duplicates"]
    panel.show_duplicates(None)
    assert duplicates.start.isVisible()
    assert numbers(duplicates.words.text) == []
    panel.show_duplicates([])
    assert not duplicates.start.isVisible()
    assert numbers(duplicates.words.text) == [76]
    before = verify.words.text
    assert emitted(panel.verify_asked, click, verify.start) == []
    panel.show_progress("verify", 0, 76)
    assert verify.is_running
    panel.show_running(None)
    assert not verify.is_running
    panel.show_verified(True)
    assert verify.words.text != before


def test_all_leaks_are_told_in_words_and_move_to_training_at_once(leaky: FindingsPanel) -> None:
    review, card = leaky.pairs, leaky.overview.cards["leaks"]
    assert card.accessibleName() == card.title.text()
    assert card.button("review").accessibleDescription() == card.accessibleName()
    spoken = review.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == findings_pairs.described(review.list.pairs[0])
    assert review.list.accessibleName() == card.accessibleName()
    assert leaky.currentWidget() is review
    assert numbers(review.concerned.text()) == [3]
    offered = (review.move_over, review.exclude, review.keep_both)
    assert all(one.isVisible() and one.text() for one in offered)
    assert not any(one.isVisible() for one in (review.put_into, review.exclude_copy))
    checked = [f"validation/cat/{n}.jpg" for n in range(3)]
    assert emitted(leaky.split_asked, click, review.move_over) == [checked, "train"]
    left = [one for one in made(EVEN).samples if one.path != checked[0]]
    show(leaky, replace(made(EVEN), samples=tuple(left)))
    assert leaky.currentWidget() is review
    assert len(review.list.pairs) == 2
    leaky.show_duplicates([])
    assert leaky.currentWidget() is leaky.overview, "nothing is left to review"


def test_selected_pairs_alone_are_opened_or_acted_on(leaky: FindingsPanel) -> None:
    review, pairs, key = leaky.pairs, leaky.pairs.list, Qt.Key
    all_of_them = review.concerned.text()
    assert pairs.hasFocus()
    QTest.keyClick(pairs, key.Key_Down)
    QTest.keyClick(pairs, key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert numbers(review.concerned.text()) == [2]
    assert emitted(leaky.opened, QTest.keyClick, pairs, key.Key_Return) == ["train/cat/2.jpg"]
    both = ["train/cat/1.jpg", "validation/cat/1.jpg"]
    for right, path in enumerate(both):
        place = place_of(pairs, 1, right=bool(right))
        click(pairs.viewport(), place)
        double = partial(QTest.mouseDClick, pairs.viewport(), LEFT, pos=place)
        assert emitted(leaky.opened, double) == [path]
    assert numbers(review.concerned.text()) == []
    splits = (data_words.split_word("validation"), data_words.split_word("train"))
    assert all(map(contains, [one.text() for one in review.exclude_menu.actions()], splits))
    for place, path in enumerate(reversed(both)):
        told = emitted(leaky.exclude_asked, take, review.exclude_menu, place)
        assert told == [[path], Reason.LEAK]
    assert emitted(leaky.accept_asked, click, review.keep_both) == [both]
    click(review.select_none)
    assert review.concerned.text() == all_of_them
    QTest.keyClick(pairs, key.Key_Escape)
    assert leaky.currentWidget() is leaky.overview
    assert leaky.overview.cards["leaks"].button("review").hasFocus()


def test_label_conflicts_get_one_class_and_copies_lose_all_but_the_first(
    panel: FindingsPanel,
) -> None:
    show(panel, made({"cat": (20, 9, 9), "a & b": (20, 9, 9)}))
    both = ["train/a & b/0.jpg", "train/cat/0.jpg"]
    panel.show_duplicates([exact(*both)])
    panel.review("conflicts")
    merge, exclude = panel.pairs.merge_menu, panel.pairs.exclude_menu
    assert panel.pairs.put_into.text()
    assert [one.text() for one in merge.actions()] == ["a && b", "cat"]
    assert emitted(panel.label_asked, take, merge, 0) == [both[1:], "a & b"]
    assert emitted(panel.label_asked, take, merge, 1) == [both[:1], "cat"]
    named = [one.text() for one in exclude.actions()]
    assert all(map(contains, named, ("cat", "a && b")))
    assert emitted(panel.exclude_asked, take, exclude, 2) == [both, Reason.LABEL_CONFLICT]
    names = [f"train/cat/{n}.jpg" for n in range(4)]
    panel.show_duplicates([exact(*names[:3]), near(names[0], names[3])])
    panel.review("copies")
    assert numbers(panel.pairs.header.text.text()) == [2, 1]
    assert panel.pairs.exclude_copy.text()
    told = emitted(panel.exclude_asked, click, panel.pairs.exclude_copy)
    assert told == [names[1:], Reason.DUPLICATE]


def test_ignored_pairs_are_counted_and_can_be_shown_again(leaky: FindingsPanel) -> None:
    accepted = frozenset(LEAKS[0].paths + LEAKS[1].paths + LEAKS[2].paths[:1])
    leaky.show_duplicates(LEAKS, accepted)
    extra = leaky.overview.duplicates.extra
    assert (shown(leaky), numbers(extra.text())) == ({"leaks": [1]}, [2])
    click(extra)
    assert (shown(leaky), numbers(extra.text())) == ({"leaks": [3]}, [])
    leaky.review("leaks")
    click(leaky.pairs.keep_both)
    assert numbers(extra.text()) == [2]
    leaky.show_duplicates(LEAKS, accepted | set(LEAKS[2].paths))
    assert leaky.currentWidget() is leaky.overview
    assert list(shown(leaky)) == ["fine"]
    assert numbers(leaky.overview.duplicates.words.text) == [76]


def test_only_pairs_that_are_seen_have_their_images_made(qtbot: QtBot) -> None:
    asked: set[str] = set()

    def load(path: Path, edge: int) -> np.ndarray[Any, Any]:
        asked.add(path.name)
        return green(path, edge)

    panel = opened(qtbot, load)
    show(panel, made({"cat": (500, 500, 9), "dog": (20, 9, 9)}))
    panel.show_duplicates(
        [exact(f"train/cat/{n}.jpg", f"validation/cat/{n}.jpg") for n in range(500)]
    )
    panel.review("leaks")
    qtbot.waitUntil(lambda: {"0.jpg", "1.jpg", "2.jpg"} <= asked)
    assert len(panel.pairs.list.pairs) == 500
    panel.pairs.list.scrollToBottom()
    qtbot.waitUntil(lambda: "499.jpg" in asked)
    panel.pairs.list.close_thumbnails()
    assert len(asked) < 30


def test_unreadable_files_and_small_classes_are_listed_and_shown_in_the_grid(
    panel: FindingsPanel,
) -> None:
    show(panel, made(EVEN, problems=(EMPTY, DAMAGED)))
    press(panel, "problems", "review")
    lines = panel.lines
    assert lines.header.title.text == panel.overview.cards["problems"].title.text()
    (empty, nothing), (damaged, reason) = (line.split("\n") for line in lines.lines)
    assert (empty, damaged) == ("a.jpg", "a b/\\udcff.jpg")
    assert "empty_file" in said(nothing)
    assert "bad header" in reason
    assert emitted(panel.filter_asked, click, lines.grid) == ["problems"]
    click(lines.header.back)
    assert panel.currentWidget() is panel.overview
    show(panel, made({"ant": (20, 9, 9), "bee": (8, 9, 9), "cat": (7, 9, 9)}))
    press(panel, "few_training", "review")
    (first, its_counts), (second, _) = (line.split("\n") for line in lines.lines)
    assert (first, second, numbers(its_counts)) == ("cat", "bee", [7, 9])
    assert not lines.grid.isVisible()
    lines.list.setCurrentIndex(lines.list.model().index(0, 0))
    told = emitted(panel.filter_asked, QTest.keyClick, lines.list, Qt.Key.Key_Return)
    assert told == ["class:2"]
