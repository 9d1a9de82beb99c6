"""The Model page on a session: every change goes to the recipe and comes back; its rate finder."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.recipe.presets import PRESETS
from core.runs.events import CacheProgress, EpochFinished
from core.training import rates
from core.training.rate_curve import RateFound
from gui.base import words as base_words
from gui.model import settings as model_settings
from gui.model.cards import FIRST, OTHERS
from gui.model.page import ModelPage
from gui.model.rate_finder import RateFinderDialog
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.download_server import publishing
from tests.support.pictures import PictureFolder, draw_folder
from tests.support.window.acting import click, press, retype
from tests.support.window.fakes import (
    SPEED,
    FakeFinder,
    open_folder,
    replace_finder,
    replace_training,
    steps,
)
from tests.support.wording import said

CLASSES = 3
Show = Callable[..., RateFinderDialog]
# what rail, menu and bar leave of 1280 x 640, 1024 x 700 and 1280 x 800
SIZES = [(1080, 530), (964, 590), (1080, 690)]
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_folder(tmp_path_factory.mktemp("dataset"), CLASSES, per_class=4)


@pytest.fixture
def session(qtbot: QtBot, session: Session, folder: Path) -> Session:
    open_folder(qtbot, session, folder)
    return session


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> ModelPage:
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 530)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def show(qtbot: QtBot, session: Session) -> Show:
    def make(stage: int = 0) -> RateFinderDialog:
        dialog = RateFinderDialog(session, stage)
        qtbot.addWidget(dialog)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    return make


def measure(session: Session) -> None:
    """As if the machine had been measured."""
    session.engine.speed = SPEED
    session.engine.changed.emit()


def thawed(session: Session) -> list[tuple[int, ...]]:
    return [stage.thawed for stage in session.recipe.stages]


def fact(page: ModelPage, name: str) -> str:
    return next(one.value for one in page.facts.facts if one.name == name)


def is_all_seen(part: QWidget) -> bool:
    return part.visibleRegion().boundingRect() == part.rect()


# -- changes ----------------------------------------------------------------------------------


def test_each_click_on_a_cell_is_one_step_of_undo(session: Session, page: ModelPage) -> None:
    second = page.selector.row(2)
    before = second.fields.result.text()
    click(second.cell(4))
    assert thawed(session) == [(), (4, 5)]
    assert (second.cell(4).state, page.selector.row(1).cell(4).state) == ("thawed", "frozen")
    assert (page.drawing.tint(4), page.drawing.tint(3)) == ("thawed", "frozen")
    click(second.cell(3))
    session.undo()
    assert thawed(session) == [(), (4, 5)]
    click(second.cell(4))
    click(second.cell(5))
    assert second.cell(5).state == "frozen"
    assert second.fields.result.text() != before
    session.undo()
    assert second.cell(5).state == "thawed"
    assert second.fields.result.text() == before


def test_without_a_dataset_no_head_is_counted_and_no_rate_tried(
    qtbot: QtBot, tmp_path: Path
) -> None:
    session = Session(Settings(tmp_path / "settings"))
    page = ModelPage(session)
    qtbot.addWidget(page)
    trains = page.selector.row(2).fields.trains
    assert f"7.08{SPACE}M" in trains.text()
    assert page.drawing.text.head_parameters() == "?"
    dialog = RateFinderDialog(session, 0)
    qtbot.addWidget(dialog)
    assert not dialog.start_button.isEnabled()
    assert dialog.problem.text == base_words.translate("no_dataset", {})
    session.close()


def test_the_image_size_changes_shapes_head_and_rate(session: Session, page: ModelPage) -> None:
    page.all_settings.setChecked(True)
    page.settings.setCurrentIndex(model_settings.CLASSES)
    box = page.settings.general.fields["dataset.image_size"].control
    assert [box.itemData(index) for index in range(box.count())] == list(range(32, 513, 32))
    before = page.drawing.grab().toImage()
    press(box, Qt.Key.Key_Home)
    assert session.recipe.dataset.image_size == 32
    assert page.drawing.text.output(5) == "1 × 1 × 512"
    assert page.drawing.text.head_parameters() == f"{512 * CLASSES + CLASSES:,}"
    assert page.drawing.grab().toImage() != before
    shown = page.selector.row(1).fields.learning_rate.placeholderText()
    at_224, _ = rates.learning_rates(RunConfig(), 0)
    assert float(shown) == rates.learning_rates(session.recipe, 0)[0] > at_224


def test_a_hidden_page_follows_when_it_is_seen_again(
    qtbot: QtBot, session: Session, page: ModelPage, picture_folder: PictureFolder
) -> None:
    page.all_settings.setChecked(True)
    page.hide()
    stage = {"epochs": 7, "thawed": [2], "learning_rate": 0.25}
    data = {"batch_size": 5, "model": {"depth": 2}, "stages": [stage]}
    session.set_recipe(recipes.make(data))
    page.show()
    assert page.batch_size.text() == "5"
    page.settings.setCurrentIndex(model_settings.WEIGHTS)
    depth = page.settings.weights.fields["depth"].control
    assert depth.choices[2].isChecked()
    row = page.selector.row(1)
    assert (row.fields.epochs.text(), row.fields.learning_rate.text()) == ("7", "0.25")
    assert [cell.state for cell in row.cells] == ["frozen", "thawed", *["left out"] * 3]
    page.all_settings.setChecked(False)
    session.undo()
    session.change("stages.1.thawed", [2])
    retype(page.batch_size, "x")
    open_folder(qtbot, session, picture_folder(classes=2, name="others"))  # has its own choices
    assert page.selector.row(2).cell(2).state == "frozen"
    assert page.batch_size.text() == "32"
    assert page.drawing.text.head_classes() == "2 classes"


def test_while_a_run_trains_the_page_is_for_the_next_one(
    qtbot: QtBot,
    session: Session,
    page: ModelPage,
    show: Show,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = replace_training(monkeypatch)
    assert not page.locked.isVisible()
    with qtbot.waitSignal(session.training_started):
        session.start_training()
    assert page.locked.isVisible()
    dialog = show()
    assert not dialog.start_button.isEnabled()
    assert dialog.problem.text
    click(page.selector.row(1).cell(5))
    assert thawed(session)[0] == (5,)
    assert session.running_recipe is not None
    assert session.running_recipe.stages[0].thawed == ()
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert not page.locked.isVisible()
    assert dialog.start_button.isEnabled()
    assert dialog.problem.text == ""


# -- where things stand -----------------------------------------------------------------------


@pytest.mark.parametrize("all_settings", [False, True])
def test_stages_and_fields_are_seen_without_scrolling_the_cells_below_their_blocks(
    qtbot: QtBot, session: Session, page: ModelPage, all_settings: bool
) -> None:
    measure(session)
    page.all_settings.setChecked(all_settings)
    for width, height in SIZES:
        page.resize(width, height)
        qtbot.waitUntil(lambda width=width: page.selector.columns.width == width - 24)
        qtbot.waitUntil(lambda: page.drawing.columns == page.selector.columns)
        for row in page.selector.rows:
            for part in (row.cells[0], row.head, row.fields.result, row.note):
                assert page.rect().contains(part.rect().translated(part.mapTo(page, QPoint())))
                assert is_all_seen(part)
            columns = page.drawing.columns
            spans = [*(columns.block(number) for number in range(1, 6)), columns.head]
            for cell, span in zip([*row.cells, row.head], spans, strict=True):
                left = cell.mapTo(page, QPoint()).x() - page.drawing.mapTo(page, QPoint()).x()
                assert (left, cell.width()) == (span.left, span.width)
        cards = (page.cards.cards[name] for name in FIRST)
        for part in (*cards, page.drawing, *page.facts.labels, page.all_settings, page.finder):
            assert is_all_seen(part)
        assert page.batch_size.isVisible() is not all_settings
        assert page.settings.isVisible() is all_settings
        assert not page.grab().isNull()  # painted as narrow as it gets
        if not all_settings:
            assert is_all_seen(page.batch_size)
        elif height >= 690:
            assert is_all_seen(page.settings)


def test_many_stages_scroll_below_it(qtbot: QtBot, session: Session, page: ModelPage) -> None:
    page.resize(1080, 690)
    click(page.all_settings)
    area = page.selector.findChild(QScrollArea)
    before = area.height()
    tools = page.selector.row(1).tools
    buttons = tools.findChildren(QToolButton)
    click(next(one for one in buttons if one.defaultAction() is tools.actions_by_name["add"]))
    qtbot.waitUntil(lambda: area.height() > before and not area.verticalScrollBar().isVisible())
    assert page.selector.row(3).width() == area.width()
    session.change("stages", [{"thawed": [5]}] * 12)
    assert len(page.selector.rows) == 12
    qtbot.waitUntil(lambda: page.selector.columns.width < page.width() - 24)
    assert page.drawing.columns == page.selector.columns
    assert is_all_seen(page.drawing)
    assert page.selector.row(12).visibleRegion().isEmpty()


# -- the presets ------------------------------------------------------------------------------


def test_a_card_shows_its_cost_and_sets_all_stages_in_one_step(
    session: Session, page: ModelPage
) -> None:
    card = page.cards.cards["fine-tune-all"]
    assert f"14.8{SPACE}M" in card.cost.text
    measure(session)
    expected = session.estimate(PRESETS["fine-tune-all"].apply(session.recipe))
    assert expected is not None
    assert base_words.duration(expected.total) in card.cost.text
    session.change("stages.1.epochs", 1000)  # the followed one: as it is, not as it would be
    changed = session.estimate()
    assert changed is not None
    own = page.cards.cards["fine-tune-last"].cost.text
    assert own.endswith(base_words.duration(changed.total))
    session.change("stages", [{"epochs": 3, "thawed": [2]}])
    before = session.recipe
    click(card)
    assert thawed(session) == [(), (1, 2, 3, 4, 5)]
    assert page.cards.followed == "fine-tune-all"
    assert not card.changes.isVisible()
    after = session.recipe
    click(card)
    assert session.recipe == after
    session.undo()
    assert session.recipe == before
    assert page.cards.cards[page.cards.followed].changes.isVisible()


def test_what_differs_is_marked_and_put_back_singly_or_at_once(
    session: Session, page: ModelPage
) -> None:
    card, row = page.cards.cards["fine-tune-last"], page.selector.row(2)
    assert not card.changes.isVisible()
    retype(row.fields.epochs, "3")
    click(row.cell(4))
    assert card.changes.text().startswith("2 ")
    assert card.changes.toolTip().count("stage 2: ") == 2
    assert "10" in row.fields.marks["epochs"].toolTip()
    assert "5" in row.mark.toolTip()
    assert not page.selector.row(1).fields.marks["epochs"].isVisible()
    click(row.fields.marks["epochs"])
    assert [one.epochs for one in session.recipe.stages] == [20, 10]
    assert thawed(session) == [(), (4, 5)]
    assert card.changes.text().startswith("1 ")
    click(row.mark)
    assert session.recipe == RunConfig()
    assert not card.changes.isVisible()
    assert not row.mark.isVisible()
    page.all_settings.setChecked(True)
    page.settings.setCurrentIndex(model_settings.HEAD)
    session.change("seed", 5)
    session.change("model.head", {"kind": "fc", "hidden": [64, 32], "pooling": "average"})
    session.change("stages.0.optimizer", "sgd")
    session.change("stages.1.thawed", [4, 5])
    assert card.changes.text().startswith("5 ")
    assert "•" in page.settings.tabText(model_settings.HEAD)
    click(page.settings.head.fields["pooling"].mark)
    assert session.recipe.model.head.pooling == "flatten"
    assert card.changes.text().startswith("4 ")
    click(card.changes)
    assert session.recipe == RunConfig(seed=5)
    session.undo()
    assert session.recipe.model.head.hidden == (64, 32)


def test_other_presets_get_a_card_and_gradual_thawing_keeps_other_changes(
    session: Session, page: ModelPage
) -> None:
    session.engine.speed = SPEED
    click(page.more)
    assert list(page.more.cards) == list(OTHERS)
    press(page.more.panel, Qt.Key.Key_Escape)
    assert not page.more.panel.isVisible()
    click(page.more)
    early = page.more.cards["early-features"]
    assert " · " in early.cost.text
    click(early)
    assert (session.recipe.model.depth, thawed(session)) == (3, [()])
    assert page.cards.followed == "early-features"
    click(page.cards.cards["feature-extractor"])
    assert session.recipe.model.depth == 5
    gradual, shown = (part.cards["gradual-thawing"] for part in (page.more, page.cards))
    assert gradual.every is not None
    assert shown.every is not None
    click(page.more)
    retype(gradual.every, "2")
    assert page.more.panel.isVisible()  # typing chooses nothing
    click(gradual, gradual.suits.geometry().center())
    assert not page.more.panel.isVisible()
    assert [one.epochs for one in session.recipe.stages] == [2] * 6
    session.change("stages.3.optimizer", "sgd")
    assert shown.every.text() == "2"
    retype(shown.every, "12")
    assert [one.epochs for one in session.recipe.stages] == [12] * 6
    assert session.recipe.stages[3].optimizer == "sgd"
    assert page.cards.followed == "gradual-thawing"
    session.undo()  # the two digits are one step
    assert [one.epochs for one in session.recipe.stages] == [2] * 6


# -- the chosen stage -------------------------------------------------------------------------


def test_facts_and_settings_are_the_chosen_stages(session: Session, page: ModelPage) -> None:
    page.all_settings.setChecked(True)
    click(page.selector.row(2).name)
    assert "2" in page.facts.stage.text()
    assert page.settings.tabText(model_settings.STAGE) == "Stage 2"
    assert (fact(page, "kept")[-1], fact(page, "trainable")) == ("4", f"7.15{SPACE}M")
    click(page.selector.row(2).cell(4))
    assert (fact(page, "kept")[-1], fact(page, "trainable")) == ("3", f"13.1{SPACE}M")
    page.settings.stage.changed.emit("stages.1.schedule", "constant")
    assert session.recipe.stages[1].schedule == "constant"
    click(page.finder)
    dialog = page.findChild(RateFinderDialog)
    assert dialog.stage == 1
    dialog.close()
    click(page.selector.row(1).name)
    assert fact(page, "kept")[-1] == "5"
    assert page.settings.stage.fields["schedule"].values.value == "cosine"


def test_an_epochs_time_is_shown_once_the_machine_is_measured_and_corrected_by_the_run(
    qtbot: QtBot, session: Session, page: ModelPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    notes = [row.note for row in page.selector.rows]
    before = notes[1].text()
    assert page.drawing.text.from_here(1) == ""
    measure(session)
    expected = session.estimate()
    everything = session.estimate(recipes.make({"stages": [{}, {"thawed": [1, 2, 3, 4, 5]}]}))
    assert expected is not None
    assert everything is not None
    assert page.drawing.text.from_here(1) == base_words.duration(everything.epochs[1])
    costs = page.drawing.text.costs
    assert list(costs[1:]) == sorted(costs[1:], reverse=True)
    assert costs[0] < costs[5]
    assert notes[1].text().startswith(before)
    assert base_words.duration(expected.epochs[1]) in notes[1].text()
    session.start_training()
    qtbot.waitUntil(lambda: session.history.best is not None)
    page.selector.choose(0)
    took = base_words.duration(777.0)
    assert fact(page, "epoch") != took
    for number in (2, 3):
        score = session.history.epochs[0].train
        session._event(EpochFinished(1, number, score, score, seconds=777.0))
    qtbot.waitUntil(lambda: fact(page, "epoch") == took)
    assert took in notes[0].text()
    assert page.drawing.text.from_here(0) == took
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()


# -- all settings -----------------------------------------------------------------------------


def test_showing_all_settings_is_remembered(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    retype(page.batch_size, "16")
    assert session.recipe.batch_size == 16
    click(page.all_settings)
    assert page.settings.isVisible()
    assert not page.batch_size.isVisible()
    assert page.drawing.layout_now().is_folded
    again = ModelPage(session)
    qtbot.addWidget(again)
    with qtbot.waitExposed(again):
        again.show()
    assert again.settings.isVisible()
    again.settings.setCurrentIndex(model_settings.CLASSES)
    batch_size = again.settings.general.fields["batch_size"].control
    assert batch_size.value == 16


def test_a_depth_that_a_stage_forbids_is_refused(session: Session, page: ModelPage) -> None:
    page.all_settings.setChecked(True)
    page.settings.setCurrentIndex(model_settings.CLASSES)
    panel = page.settings.weights
    depth = panel.fields["depth"]
    depth.changed.emit(3)
    assert session.recipe.model.depth == 5
    assert "config_thawed_beyond_depth" in said(depth.error)
    assert depth.error.startswith("Stage 2")
    assert page.settings.currentIndex() == model_settings.WEIGHTS
    session.engine_changed.emit()  # the machine has been measured meanwhile
    assert depth.error
    session.change("seed", 7)
    session.undo()
    assert not depth.error
    click(panel.blocks.choices[1])
    assert depth.error
    click(panel.blocks.choices[5])
    assert not depth.error
    session.change("stages.1.thawed", [])
    depth.changed.emit(3)
    assert session.recipe.model.depth == 3


# -- the rate finder --------------------------------------------------------------------------


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch) -> FakeFinder:
    return replace_finder(monkeypatch)


def try_rates(
    qtbot: QtBot, dialog: RateFinderDialog, finder: FakeFinder, last: RateFound | ThawError
) -> None:
    click(dialog.start_button)
    finder.say(*steps(), last)
    qtbot.waitUntil(lambda: not dialog.is_busy)


def test_the_suggestion_is_drawn_and_applied_by_a_click(
    qtbot: QtBot, session: Session, show: Show, finder: FakeFinder
) -> None:
    dialog = show(1)
    assert "2" in dialog.stages.currentText()
    before = session.recipe
    try_rates(qtbot, dialog, finder, RateFound(2, 0.0031, from_start=True))
    assert finder.asked == [(before, 1)]
    assert session.recipe == before, "nothing is applied unasked"
    assert " 2: 0.0031." in dialog.answer.text()
    assert dialog.note.text == base_words.translate("rate_from_start", {"stage": 2}) + "."
    qtbot.waitUntil(lambda: dialog.canvas.is_settled, timeout=60_000)
    figure = dialog.canvas.figure
    assert figure is not None
    assert figure.axes.get_xscale() == "log"
    assert len(np.asarray(figure.smoothed.get_xdata())) == 80
    assert list(np.asarray(figure.suggested.get_xdata())) == [0.0031, 0.0031]
    assert figure.suggested.get_visible()
    click(dialog.apply_button)
    assert session.recipe.stages[1].learning_rate == 0.0031
    assert not dialog.apply_button.isEnabled()
    session.undo()
    assert session.recipe == before
    assert dialog.apply_button.isEnabled()


def test_the_curve_grows_while_it_runs_and_stop_answers_at_once(
    qtbot: QtBot, session: Session, show: Show, finder: FakeFinder
) -> None:
    dialog = show()
    click(dialog.start_button)
    stop = dialog.start_button.text()
    assert not dialog.stages.isEnabled()
    finder.say(CacheProgress(1, 20, 80))
    qtbot.waitUntil(lambda: "20" in dialog.state.text() and "80" in dialog.state.text())
    finder.say(*steps(30))
    qtbot.waitUntil(lambda: "30" in dialog.state.text())
    assert (dialog.bar.value(), dialog.bar.maximum()) == (30, 80)
    qtbot.waitUntil(lambda: dialog.canvas.figure is not None, timeout=60_000)
    dialog.canvas.draw_now()
    assert dialog.canvas.figure is not None
    assert len(np.asarray(dialog.canvas.figure.steps.get_xdata())) == 30
    assert not dialog.canvas.figure.suggested.get_visible()
    answer = dialog.answer.text()
    click(dialog.start_button)
    assert dialog.start_button.text() != stop
    assert dialog.answer.text() != answer
    assert not dialog.apply_button.isEnabled()
    qtbot.waitUntil(finder.stopped.is_set)
    finder.stopped.clear()
    click(dialog.start_button)
    qtbot.waitUntil(lambda: len(finder.asked) == 2)
    dialog.close()
    assert not session.rates.is_busy
    qtbot.waitUntil(finder.stopped.is_set)


def test_after_an_error_without_a_suggestion_and_for_another_stage_nothing_can_be_applied(
    qtbot: QtBot, show: Show, finder: FakeFinder
) -> None:
    dialog = show()
    try_rates(qtbot, dialog, finder, ThawError("out_of_memory"))
    assert dialog.problem.text == base_words.translate("out_of_memory", {})
    assert dialog.problem.kind == "wrong"
    answers = [dialog.answer.text()]
    try_rates(qtbot, dialog, finder, RateFound(1, None))
    assert not dialog.apply_button.isEnabled()
    answers.append(dialog.answer.text())
    try_rates(qtbot, dialog, finder, RateFound(1, 0.01))
    assert dialog.apply_button.isEnabled()
    answers.append(dialog.answer.text())
    dialog.stages.setCurrentIndex(1)
    assert not dialog.apply_button.isEnabled()
    assert not dialog.canvas.has_data()
    assert len({*answers, dialog.answer.text()}) == 4


def test_missing_weights_are_downloaded_first(
    qtbot: QtBot, session: Session, show: Show, finder: FakeFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "torchvision-v1"
    with publishing(monkeypatch, name, b"weights" * 1000):
        session.change("model.weights", name)
        dialog = show()
        click(dialog.start_button)
        assert dialog.download is not None
        click(dialog.download.download_button)
        qtbot.waitUntil(lambda: bool(finder.asked))
    dialog.reject()
