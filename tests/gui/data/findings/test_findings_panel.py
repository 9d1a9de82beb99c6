"""The health report as a person uses it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QPushButton
from pytestqt.qtbot import QtBot

from core.dataset.edits import Reason
from core.dataset.summary import DatasetSummary, Excluded, Problem, ProblemCode
from core.recipe.config import RunConfig
from gui.data.findings.cards import CardKind
from gui.data.findings.lists import DuplicatePairs
from gui.data.findings.panel import FindingsPanel
from tests.support.window.datasets import HEADER, exact, made, near, parted, paths

EVEN = {"cat": (20, 9, 9), "dog": (20, 9, 9)}
LEAKS = [exact(f"train/cat/{n}.jpg", f"validation/cat/{n}.jpg") for n in range(3)]
LEFT = Qt.MouseButton.LeftButton


def gray(path: Path, edge: int) -> np.ndarray[Any, Any]:
    return np.full((edge, edge, 3), 99, np.uint8)


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[FindingsPanel]:
    made_one = FindingsPanel(load=gray)
    qtbot.addWidget(made_one)
    made_one.resize(605, 520)
    with qtbot.waitExposed(made_one):
        made_one.show()
    yield made_one
    made_one.pairs.list.close_thumbnails()


def show(panel: FindingsPanel, summary: DatasetSummary, **config: Any) -> None:
    panel.show_dataset(summary, parted(summary), RunConfig.model_validate(config))


def press(qtbot: QtBot, panel: FindingsPanel, kind: CardKind, code: str) -> None:
    qtbot.mouseClick(panel.overview.cards[kind].button(code), LEFT)


def titles(panel: FindingsPanel) -> list[str]:
    cards = panel.overview.cards.values()
    return [one.title.text() for one in cards if one.isVisibleTo(panel.overview)]


def choose(menu: QMenu, words: str) -> None:
    action = next(one for one in menu.actions() if one.text() == words)
    action.trigger()


def shown_buttons(panel: FindingsPanel) -> list[str]:
    buttons = panel.pairs.findChildren(QPushButton)
    return [one.text() for one in buttons if one.isVisible()]


def click_pair(qtbot: QtBot, pairs: DuplicatePairs, row: int, *, right: bool = False) -> QPoint:
    rect = pairs.visualRect(pairs.model().index(row, 0))
    place = QPoint(rect.left() + rect.width() * (3 if right else 1) // 4, rect.center().y())
    qtbot.mouseClick(pairs.viewport(), LEFT, pos=place)
    return place


# -- the overview ---------------------------------------------------------------------------


def test_a_clean_dataset_says_so_and_what_was_not_looked_at(panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    assert titles(panel) == ["Nothing wrong was found"]
    assert panel.overview.duplicates.words.text == "Duplicates: not looked for yet"
    assert panel.overview.duplicates.start.isVisible()
    panel.show_duplicates([])
    assert panel.overview.duplicates.words.text == "Duplicates: none among 76 pictures"
    assert not panel.overview.duplicates.start.isVisible()
    panel.show_verified(True)
    assert panel.overview.verify.words.text == "Every file was decoded fully"
    assert panel.findings_count == 0


def test_the_count_follows_the_findings(qtbot: QtBot, panel: FindingsPanel) -> None:
    problems = (Problem("a.jpg", ProblemCode.EMPTY_FILE),)
    with qtbot.waitSignal(panel.count_changed) as told:
        show(panel, made(EVEN, problems=problems))
    assert told.args == [1]
    with qtbot.waitSignal(panel.count_changed) as told:
        panel.show_duplicates(LEAKS)
    assert told.args == [2]
    assert titles(panel) == ["3 validation pictures are in training too", "1 file cannot be used"]
    assert panel.findings_count == 2


def test_another_folder_forgets_what_was_found(panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    panel.show_duplicates(LEAKS)
    panel.show_verified(True)
    panel.review("leaks")
    show(panel, made(EVEN, folder=Path("others")))
    assert titles(panel) == ["Nothing wrong was found"]
    assert panel.currentWidget() is panel.overview
    assert "not looked for yet" in panel.overview.duplicates.words.text
    assert panel.overview.verify.start.isVisible()


def test_cards_ask_for_what_their_buttons_say(qtbot: QtBot, panel: FindingsPanel) -> None:
    excluded = tuple(Excluded(f"{n}.jpg", "cat", "train", Reason.BY_HAND) for n in range(2))
    problems = (Problem("a.jpg", ProblemCode.EMPTY_FILE),)
    summary = made({"cat": (90, 9, 9), "dog": (9, 9, 9)}, problems=problems, excluded=excluded)
    show(panel, summary, dataset={"fit": "crop"})
    with qtbot.waitSignal(panel.changed) as told:
        press(qtbot, panel, "imbalance", "weight")
    assert told.args == ["class_weights", True]
    with qtbot.waitSignal(panel.filter_asked) as told:
        press(qtbot, panel, "few_training", "filter:class:1")
    assert told.args == ["class:1"]
    with qtbot.waitSignal(panel.filter_asked) as told:
        press(qtbot, panel, "problems", "filter:problems")
    assert told.args == ["problems"]
    with qtbot.waitSignal(panel.include_asked) as told:
        press(qtbot, panel, "excluded", "include")
    assert told.args == [["0.jpg", "1.jpg"]]
    with qtbot.waitSignal(panel.fit_asked):
        press(qtbot, panel, "crop", "fit")
    show(panel, summary, class_weights=True)
    with qtbot.waitSignal(panel.changed) as told:
        press(qtbot, panel, "imbalance", "unweight")
    assert told.args == ["class_weights", False]


def test_a_pressed_button_keeps_the_focus_when_its_words_change(
    qtbot: QtBot, panel: FindingsPanel
) -> None:
    summary = made({"cat": (90, 9, 9), "dog": (12, 9, 9)})
    show(panel, summary)
    button = panel.overview.cards["imbalance"].button("weight")
    button.setFocus()
    show(panel, summary, class_weights=True)
    assert button.text() == "Stop weighting"
    assert button.hasFocus()


def test_figures_follow_the_recipe_and_known_gray_pictures(panel: FindingsPanel) -> None:
    summary = made(EVEN)
    show(panel, summary, dataset={"image_size": 224})
    figures = panel.overview.figures
    assert "Enlarged: none is smaller than 224 px" in figures.lines
    assert "Grayscale: none" in figures.lines
    assert sum(figures.sides.counts) == sum(figures.shapes.counts) == 76
    show(panel, summary, dataset={"image_size": 320})
    assert figures.lines[4].endswith("the 320 px that the network gets")
    panel.show_duplicates([], gray=frozenset(one.path for one in summary.samples[:38]))
    assert "Grayscale: 50\N{NO-BREAK SPACE}%" in figures.lines


# -- closer looks ---------------------------------------------------------------------------


def test_looks_are_asked_for_shown_and_cancelled(qtbot: QtBot, panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    panel.show_estimates(40, None)
    duplicates, verify = panel.overview.duplicates, panel.overview.verify
    assert duplicates.start.text() == "Look for duplicates (40\N{NO-BREAK SPACE}s)"
    assert verify.start.text() == "Verify all files"
    with qtbot.waitSignal(panel.duplicates_asked):
        qtbot.mouseClick(duplicates.start, LEFT)
    panel.show_progress("duplicates", 12, 76)
    assert duplicates.count.text() == "12 of 76"
    assert duplicates.bar.value() == 12
    assert not duplicates.start.isVisible()
    assert not verify.start.isEnabled()
    with qtbot.waitSignal(panel.cancel_asked) as told:
        qtbot.mouseClick(duplicates.cancel, LEFT)
    assert told.args == ["duplicates"]
    panel.show_duplicates(None)
    assert duplicates.start.isVisible()
    with qtbot.waitSignal(panel.verify_asked):
        qtbot.mouseClick(verify.start, LEFT)
    panel.show_progress("verify", 0, 76)
    assert verify.is_running
    panel.show_running(None)
    assert not verify.is_running


# -- pairs ----------------------------------------------------------------------------------


def test_all_leaks_move_to_training_at_once(qtbot: QtBot, panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    panel.show_duplicates(LEAKS)
    press(qtbot, panel, "leaks", "review")
    assert panel.currentWidget() is panel.pairs
    assert panel.pairs.concerned.text() == "All 3 pairs:"
    assert shown_buttons(panel) == ["All findings", "Move to training", "Exclude", "Ignore"]
    with qtbot.waitSignal(panel.split_asked) as told:
        qtbot.mouseClick(panel.pairs.move_over, LEFT)
    assert told.args == [[f"validation/cat/{n}.jpg" for n in range(3)], "train"]


def test_selected_pairs_alone_are_acted_on(qtbot: QtBot, panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    panel.show_duplicates(LEAKS)
    panel.review("leaks")
    click_pair(qtbot, panel.pairs.list, 1)
    assert panel.pairs.concerned.text() == "The selected pair:"
    with qtbot.waitSignal(panel.exclude_asked) as told:
        choose(panel.pairs.exclude_menu, "The validation picture (right)")
    assert told.args == [["validation/cat/1.jpg"], Reason.LEAK]
    with qtbot.waitSignal(panel.exclude_asked) as told:
        choose(panel.pairs.exclude_menu, "The training picture (left)")
    assert told.args == [["train/cat/1.jpg"], Reason.LEAK]
    with qtbot.waitSignal(panel.accept_asked) as told:
        qtbot.mouseClick(panel.pairs.keep_both, LEFT)
    assert told.args == [["train/cat/1.jpg", "validation/cat/1.jpg"]]
    qtbot.mouseClick(panel.pairs.select_none, LEFT)
    assert panel.pairs.concerned.text() == "All 3 pairs:"


def test_the_keyboard_selects_and_goes_back(qtbot: QtBot, panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    panel.show_duplicates(LEAKS)
    press(qtbot, panel, "leaks", "review")
    pairs = panel.pairs.list
    assert pairs.hasFocus()
    qtbot.keyClick(pairs, Qt.Key.Key_Down)
    qtbot.keyClick(pairs, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert panel.pairs.concerned.text() == "The 2 selected pairs:"
    with qtbot.waitSignal(panel.opened) as told:
        qtbot.keyClick(pairs, Qt.Key.Key_Return)
    assert told.args == ["train/cat/2.jpg"]
    qtbot.keyClick(pairs, Qt.Key.Key_Escape)
    assert panel.currentWidget() is panel.overview
    assert panel.overview.cards["leaks"].button("review").hasFocus()


def test_a_double_click_opens_the_picture_under_it(qtbot: QtBot, panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    panel.show_duplicates(LEAKS)
    panel.review("leaks")
    for right, path in ((False, "train/cat/1.jpg"), (True, "validation/cat/1.jpg")):
        place = click_pair(qtbot, panel.pairs.list, 1, right=right)
        with qtbot.waitSignal(panel.opened) as told:
            qtbot.mouseDClick(panel.pairs.list.viewport(), LEFT, pos=place)
        assert told.args == [path]


def test_what_was_dealt_with_leaves_the_list_and_then_the_page(panel: FindingsPanel) -> None:
    summary = made(EVEN)
    show(panel, summary)
    panel.show_duplicates(LEAKS)
    panel.review("leaks")
    left = [one for one in summary.samples if one.path != "validation/cat/0.jpg"]
    show(panel, replace(summary, samples=tuple(left)))
    assert panel.currentWidget() is panel.pairs
    assert len(panel.pairs.list.pairs) == 2
    panel.show_duplicates([])
    assert panel.currentWidget() is panel.overview


def test_label_conflicts_get_one_class_or_lose_a_picture(
    qtbot: QtBot, panel: FindingsPanel
) -> None:
    show(panel, made({"cat": (20, 9, 9), "a & b": (20, 9, 9)}))
    panel.show_duplicates([exact("train/a & b/0.jpg", "train/cat/0.jpg")])
    panel.review("conflicts")
    with qtbot.waitSignal(panel.label_asked) as told:
        choose(panel.pairs.merge_menu, "a && b")
    assert told.args == [["train/cat/0.jpg"], "a & b"]
    with qtbot.waitSignal(panel.label_asked) as told:
        choose(panel.pairs.merge_menu, "cat")
    assert told.args == [["train/a & b/0.jpg"], "cat"]
    with qtbot.waitSignal(panel.exclude_asked) as told:
        choose(panel.pairs.exclude_menu, "Both")
    assert told.args == [["train/a & b/0.jpg", "train/cat/0.jpg"], Reason.LABEL_CONFLICT]


def test_copies_lose_all_but_the_first(qtbot: QtBot, panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    names = [f"train/cat/{n}.jpg" for n in range(4)]
    panel.show_duplicates([exact(*names[:3]), near(names[0], names[3])])
    panel.review("copies")
    assert panel.pairs.header.text.text().endswith("Exact copies: 2, nearly the same: 1.")
    with qtbot.waitSignal(panel.exclude_asked) as told:
        qtbot.mouseClick(panel.pairs.exclude_copy, LEFT)
    assert told.args == [names[1:], Reason.DUPLICATE]


def test_ignored_pairs_are_counted_and_can_be_shown_again(
    qtbot: QtBot, panel: FindingsPanel
) -> None:
    show(panel, made(EVEN))
    accepted = frozenset(LEAKS[0].paths + LEAKS[1].paths + LEAKS[2].paths[:1])
    panel.show_duplicates(LEAKS, accepted)
    extra = panel.overview.duplicates.extra
    assert extra.text() == "2 ignored: show again"
    assert titles(panel) == ["1 validation picture is in training too"]
    qtbot.mouseClick(extra, LEFT)
    assert titles(panel) == ["3 validation pictures are in training too"]
    assert extra.text() == "Hide what is ignored"
    panel.review("leaks")
    qtbot.mouseClick(panel.pairs.keep_both, LEFT)
    assert extra.text() == "2 ignored: show again"
    panel.show_duplicates(LEAKS, accepted | set(LEAKS[2].paths))
    assert panel.currentWidget() is panel.overview
    assert titles(panel) == ["Nothing wrong was found"]
    assert panel.overview.duplicates.words.text == "Duplicates: none among 76 pictures"


def test_a_screen_reader_gets_pairs_and_cards_in_words(panel: FindingsPanel) -> None:
    show(panel, made(EVEN))
    panel.show_duplicates(LEAKS)
    card = panel.overview.cards["leaks"]
    assert card.accessibleName() == "3 validation pictures are in training too"
    assert card.button("review").accessibleDescription() == card.accessibleName()
    panel.review("leaks")
    index = panel.pairs.list.model().index(0, 0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == (
        "Exact copy: train/cat/0.jpg (cat, training) and validation/cat/0.jpg (cat, validation)"
    )
    assert panel.pairs.list.accessibleName() == card.accessibleName()


# -- lists ----------------------------------------------------------------------------------


def test_unreadable_files_are_listed_with_their_reasons(qtbot: QtBot, panel: FindingsPanel) -> None:
    problems = (
        Problem("cat/0.jpg", ProblemCode.EMPTY_FILE),
        Problem("a\nb/\udcff.jpg", ProblemCode.UNREADABLE_IMAGE, {"reason": "bad header"}),
    )
    show(panel, made(EVEN, problems=problems))
    press(qtbot, panel, "problems", "review")
    assert panel.lines.header.title.text == "2 files cannot be used"
    assert panel.lines.lines == [
        "cat/0.jpg\nthe file is empty",
        "a b/\\udcff.jpg\nthe picture cannot be decoded: bad header",
    ]
    with qtbot.waitSignal(panel.filter_asked) as told:
        qtbot.mouseClick(panel.lines.grid, LEFT)
    assert told.args == ["problems"]
    qtbot.mouseClick(panel.lines.header.back, LEFT)
    assert panel.currentWidget() is panel.overview


def test_a_listed_class_is_shown_in_the_grid(qtbot: QtBot, panel: FindingsPanel) -> None:
    show(panel, made({"ant": (20, 9, 9), "bee": (8, 9, 9), "cat": (7, 9, 9)}))
    press(qtbot, panel, "few_training", "review")
    assert panel.lines.lines == [
        "cat\n7 training, 9 validation pictures",
        "bee\n8 training, 9 validation pictures",
    ]
    assert not panel.lines.grid.isVisible()
    panel.lines.list.setCurrentIndex(panel.lines.list.model().index(0, 0))
    with qtbot.waitSignal(panel.filter_asked) as told:
        qtbot.keyClick(panel.lines.list, Qt.Key.Key_Return)
    assert told.args == ["class:2"]


def test_the_same_health_is_not_worked_out_twice(
    panel: FindingsPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = made(EVEN)
    parts = parted(summary)
    panel.show_dataset(summary, parts, RunConfig())
    monkeypatch.setattr("gui.data.findings.panel.report", None)
    panel.show_dataset(summary, parts, RunConfig(batch_size=8))
    panel.show_duplicates(LEAKS)
    assert panel.findings_count == 1


# -- the list of pairs ----------------------------------------------------------------------


def test_only_pairs_that_are_seen_have_their_pictures_made(qtbot: QtBot) -> None:
    asked: list[str] = []

    def load(path: Path, edge: int) -> np.ndarray[Any, Any]:
        asked.append(path.name)
        return gray(path, edge)

    panel = FindingsPanel(load=load)
    qtbot.addWidget(panel)
    panel.resize(605, 520)
    with qtbot.waitExposed(panel):
        panel.show()
    summary = made({"cat": (500, 500, 9), "dog": (20, 9, 9)}, header=HEADER)
    show(panel, summary)
    groups = [exact(f"train/cat/{n}.jpg", f"validation/cat/{n}.jpg") for n in range(500)]
    panel.show_duplicates(groups)
    panel.review("leaks")
    qtbot.waitUntil(lambda: {"0.jpg", "1.jpg", "2.jpg"} <= set(asked))
    assert len(panel.pairs.list.pairs) == 500
    panel.pairs.list.scrollToBottom()
    qtbot.waitUntil(lambda: "499.jpg" in asked)
    panel.pairs.list.close_thumbnails()
    assert len(set(asked)) < 30
    assert paths(panel.pairs.list.pairs[:1]) == [("train/cat/0.jpg", "validation/cat/0.jpg")]


def test_a_picture_without_a_class_is_a_finding_and_no_other_file(
    qtbot: QtBot, panel: FindingsPanel
) -> None:
    summary = made(EVEN, ignored=3)
    panel.show_dataset(summary, parted(summary), RunConfig(), unlabelled=1)
    with qtbot.waitSignal(panel.filter_asked) as asked:
        press(qtbot, panel, "unlabelled", "filter:unlabelled")
    assert asked.args == ["unlabelled"]
    assert "Ignored: 2 other files are no pictures" in panel.overview.figures.lines
