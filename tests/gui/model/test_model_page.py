"""The Model page on a session: every change goes to the recipe and comes back."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QScrollArea, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe import network, vgg16
from core.recipe.config import RunConfig
from core.recipe.presets import PRESETS
from core.runs.events import EpochFinished
from core.training import rates
from gui.base import words as base_words
from gui.controls.inputs import QuietComboBox
from gui.controls.number_fields import NumberField
from gui.model import settings as model_settings
from gui.model.cards import FIRST
from gui.model.page import ModelPage
from gui.model.rate_finder import RateFinderDialog
from gui.model.weights import DepthField
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED, open_folder, replace_training

CLASSES = 3
# what rail, menu and bar leave of 1280 x 640, 1024 x 700 and 1280 x 800
SIZES = [(1080, 530), (964, 590), (1080, 690)]
SPACE = "\N{NO-BREAK SPACE}"


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path, picture_folder: PictureFolder) -> Session:
    made = Session(Settings(tmp_path / "settings"))
    open_folder(qtbot, made, picture_folder(classes=CLASSES))
    return made


@pytest.fixture
def page(qtbot: QtBot, session: Session) -> ModelPage:
    made = ModelPage(session)
    qtbot.addWidget(made)
    made.resize(1080, 530)
    with qtbot.waitExposed(made):
        made.show()
    return made


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def retype(qtbot: QtBot, field: NumberField, typed: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, typed)


def choose(qtbot: QtBot, box: QuietComboBox, item: str) -> None:
    """Open the list, go to ``item``, take it with the keyboard."""
    assert box.findText(item) >= 0
    box.showPopup()
    view = box.view()
    view.setCurrentIndex(box.model().index(box.findText(item), 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)


def thawed(session: Session) -> list[tuple[int, ...]]:
    return [stage.thawed for stage in session.recipe.stages]


def test_a_click_on_a_cell_changes_that_block_in_that_stage_only(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    click(qtbot, page.selector.row(2).cell(4))
    assert thawed(session) == [(), (4, 5)]
    assert page.selector.row(2).cell(4).state == "thawed"
    assert page.selector.row(1).cell(4).state == "frozen"
    assert page.drawing.tint(4) == "thawed"
    assert page.drawing.tint(3) == "frozen"


def test_the_keyboard_does_it_too_and_keeps_the_focus(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    cell = page.selector.row(2).cell(5)
    cell.setFocus()
    qtbot.keyClick(cell, Qt.Key.Key_Left)
    qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Space)
    assert thawed(session) == [(), (4, 5)]
    assert page.selector.row(2).cell(4).hasFocus()


def test_undo_restores_the_cell(qtbot: QtBot, session: Session, page: ModelPage) -> None:
    before = page.selector.row(2).fields.result.text()
    assert before.startswith("= ")
    click(qtbot, page.selector.row(2).cell(5))
    assert page.selector.row(2).cell(5).state == "frozen"
    assert page.selector.row(2).fields.result.text() != before
    session.undo()
    assert page.selector.row(2).cell(5).state == "thawed"
    assert page.selector.row(2).fields.result.text() == before


def test_the_digits_of_gradual_thawings_number_are_one_step_of_undo(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    session.set_recipe(PRESETS["gradual-thawing"].apply(session.recipe))
    field = page.cards.cards["gradual-thawing"].every
    assert field is not None
    retype(qtbot, field, "12")
    assert {stage.epochs for stage in session.recipe.stages} == {12}
    session.undo()
    assert {stage.epochs for stage in session.recipe.stages} == {4}


def test_the_digits_of_widths_are_one_step_of_undo(session: Session) -> None:
    session.change("model.head", {"kind": "fc"})
    for typed in ([5], [51], [512], [512, 6], [512, 64]):
        session.change("model.head.hidden", typed)
    session.undo()
    assert session.recipe.model.head.hidden is None


def test_two_quick_clicks_are_two_steps_of_undo(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    click(qtbot, page.selector.row(2).cell(4))
    click(qtbot, page.selector.row(2).cell(3))
    session.undo()
    assert thawed(session) == [(), (4, 5)]


def test_the_count_of_what_trains_is_cores_and_follows_at_once(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    first, second = (page.selector.row(number).fields.trains for number in (1, 2))
    head = network.head_parameters(session.recipe, CLASSES)
    assert head == 25_088 * CLASSES + CLASSES
    assert first.text() == "75.3\N{NO-BREAK SPACE}k train"
    assert f"{head:,} of {14_714_688 + head:,} parameters train" in first.toolTip()
    assert second.text() == "7.15\N{NO-BREAK SPACE}M train"
    click(qtbot, page.selector.row(2).cell(4))
    block4, block5 = vgg16.BLOCKS[3:]
    trained = block4.parameters + block5.parameters + head
    assert f"{trained:,} of" in second.toolTip()
    assert second.text() == "13.1\N{NO-BREAK SPACE}M train"


def test_without_a_dataset_the_head_is_not_counted(qtbot: QtBot, tmp_path: Path) -> None:
    page = ModelPage(Session(Settings(tmp_path / "settings")))
    qtbot.addWidget(page)
    assert page.selector.row(1).fields.trains.text() == "the head"
    trains = page.selector.row(2).fields.trains
    assert trains.text() == "over 7.08\N{NO-BREAK SPACE}M"
    assert trains.sizeHint().width() <= trains.maximumWidth()  # all of it is seen


@pytest.mark.parametrize(("typed", "rate"), [("1e-4", 1e-4), ("0,001", 0.001), ("0.02", 0.02)])
def test_a_typed_learning_rate_is_set(
    qtbot: QtBot, session: Session, page: ModelPage, typed: str, rate: float
) -> None:
    fields = page.selector.row(2).fields
    retype(qtbot, fields.learning_rate, typed)
    assert session.recipe.stages[1].learning_rate == rate
    assert session.recipe.stages[0].learning_rate is None
    assert fields.learning_rate.text() == typed
    assert fields.learning_rate.hasFocus()
    assert float(fields.result.text().removeprefix("= ")) == pytest.approx(rate / 5)


def test_an_empty_learning_rate_is_the_heads_default(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    session.change("stages.0.learning_rate", 0.5)
    field = page.selector.row(1).fields.learning_rate
    assert field.text() == "0.5"
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    assert session.recipe.stages[0].learning_rate is None
    rate, _ = rates.learning_rates(session.recipe, 0)
    assert float(field.placeholderText()) == rate


def test_the_convnets_rate_is_a_factor_of_the_heads(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    first, second = page.selector.row(1).fields, page.selector.row(2).fields
    retype(qtbot, second.backbone_factor, "0,5")
    assert session.recipe.stages[1].backbone_factor == 0.5
    assert float(second.result.text().removeprefix("= ")) == pytest.approx(
        rates.learning_rates(session.recipe, 1)[1]
    )
    # stage 1 freezes everything: there is nothing that the factor could mean
    assert first.result.text() == "all frozen"
    assert not first.backbone_factor.isEnabled()
    click(qtbot, page.selector.row(1).cell(5))
    assert first.backbone_factor.isEnabled()


def test_a_stage_can_leave_augmentation_out(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    session.engine.speed = SPEED
    session.set_augmenting(True)
    click(qtbot, page.all_settings)
    click(qtbot, page.selector.row(1).name)
    first, second = page.selector.rows
    augmented = session.estimate()
    assert "no features can be kept" in first.note.text()
    switch = page.settings.stage.fields["augment"].control
    click(qtbot, switch)
    assert [stage.augment for stage in session.recipe.stages] == [False, True]
    assert first.note.text().startswith("Not augmented")
    assert "no features can be kept" in second.note.text()
    quicker = session.estimate()
    assert quicker is not None
    assert augmented is not None
    assert quicker.total < augmented.total
    session.undo()
    assert "no features can be kept" in first.note.text()


def test_epochs_that_cannot_be_are_marked_and_not_set(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    field = page.selector.row(1).fields.epochs
    retype(qtbot, field, "12")
    assert session.recipe.stages[0].epochs == 12
    retype(qtbot, field, "0")
    assert session.recipe.stages[0].epochs == 12
    assert not field.is_valid
    assert field.text() == "0"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_drawings_columns_are_the_cells(
    qtbot: QtBot, page: ModelPage, width: int, height: int
) -> None:
    page.resize(width, height)
    columns = page.drawing.columns
    qtbot.waitUntil(lambda: page.drawing.columns == page.selector.columns)
    qtbot.waitUntil(lambda: page.drawing.columns.width == width - 24)
    columns = page.drawing.columns
    for row in page.selector.rows:
        spans = [*(columns.block(block.number) for block in vgg16.BLOCKS), columns.head]
        for cell, span in zip([*row.cells, row.head], spans, strict=True):
            left = cell.mapTo(page, QPoint()).x() - page.drawing.mapTo(page, QPoint()).x()
            assert (left, cell.width()) == (span.left, span.width)


@pytest.mark.parametrize("all_settings", [False, True])
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_stages_and_all_fields_are_seen_without_scrolling(
    qtbot: QtBot, session: Session, page: ModelPage, width: int, height: int, all_settings: bool
) -> None:
    session.engine.speed = SPEED
    session.engine.changed.emit()
    page.all_settings.setChecked(all_settings)
    page.resize(width, height)
    qtbot.waitUntil(lambda: page.selector.columns.width == width - 24)
    for row in page.selector.rows:
        for part in (row.cells[0], row.head, row.fields.result, row.note):
            assert page.rect().contains(_rect(part, page))
            assert _is_all_seen(part)
    cards = (page.cards.cards[name] for name in FIRST)
    for part in (*cards, page.drawing, *page.facts.labels, page.all_settings, page.finder):
        assert _is_all_seen(part)
    assert page.batch_size.isVisible() is not all_settings
    assert page.settings.isVisible() is all_settings
    if all_settings and height >= 690:
        assert _is_all_seen(page.settings)
    if not all_settings:
        assert _is_all_seen(page.batch_size)


def _is_all_seen(part: QWidget) -> bool:
    return part.visibleRegion().boundingRect() == part.rect()


def _rect(part: QWidget, page: QWidget) -> object:
    return part.rect().translated(part.mapTo(page, QPoint()))


def test_a_recipes_many_stages_scroll_below_the_drawing(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    session.change("stages", [{"thawed": [5]}] * 12)
    assert len(page.selector.rows) == 12
    qtbot.waitUntil(lambda: page.selector.columns.width < page.width() - 24)
    assert page.drawing.columns == page.selector.columns
    assert page.drawing.visibleRegion().boundingRect() == page.drawing.rect()
    assert page.selector.row(12).visibleRegion().isEmpty()


def test_the_image_size_changes_shapes_head_and_rate(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    page.all_settings.setChecked(True)
    choose(qtbot, image_size(page), "64 px")
    assert session.recipe.dataset.image_size == 64
    assert page.drawing.text.output(5) == "2 × 2 × 512"
    assert page.drawing.text.head_parameters() == f"{2048 * CLASSES + CLASSES:,}"
    rate, _ = rates.learning_rates(session.recipe, 0)
    shown = page.selector.row(1).fields.learning_rate.placeholderText()
    at_224, _ = rates.learning_rates(RunConfig(), 0)
    assert float(shown) == rate > at_224


def image_size(page: ModelPage) -> QuietComboBox:
    page.settings.setCurrentIndex(model_settings.CLASSES)
    box = page.settings.general.fields["dataset.image_size"].control
    assert isinstance(box, QuietComboBox)
    return box


def test_every_size_that_a_recipe_may_have_can_be_chosen(page: ModelPage) -> None:
    box = image_size(page)
    sizes = [box.itemData(index) for index in range(box.count())]
    assert sizes == list(range(32, 513, 32))


# -- the ways to transfer -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("feature-extractor", [()]),
        ("fine-tune-last", [(), (5,)]),
        ("fine-tune-all", [(), (1, 2, 3, 4, 5)]),
    ],
)
def test_a_card_sets_all_stages_in_one_step(
    qtbot: QtBot, session: Session, page: ModelPage, name: str, wanted: list[tuple[int, ...]]
) -> None:
    session.change("stages", [{"epochs": 3, "thawed": [2]}])
    before = session.recipe
    click(qtbot, page.cards.cards[name])
    assert thawed(session) == wanted
    assert page.cards.followed == name
    assert not page.cards.cards[name].changes.isVisible()
    assert len(page.selector.rows) == len(wanted)
    session.undo()
    assert session.recipe == before
    assert page.cards.cards[page.cards.followed].changes.isVisible()


def test_the_card_that_is_followed_stays_marked(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    assert page.cards.followed == "fine-tune-last"
    click(qtbot, page.cards.cards["fine-tune-last"])
    assert page.cards.followed == "fine-tune-last"
    assert session.recipe == RunConfig()
    assert not session.can_undo


def test_a_card_tells_parameters_and_minutes_as_they_would_be(
    session: Session, page: ModelPage
) -> None:
    card = page.cards.cards["fine-tune-all"]
    assert card.cost.text == f"14.8{SPACE}M parameters train"
    session.engine.speed = SPEED
    session.engine.changed.emit()
    expected = session.estimate(PRESETS["fine-tune-all"].apply(session.recipe))
    assert expected is not None
    assert card.cost.text.endswith(f" · {base_words.duration(expected.total)} here")
    session.change("stages.1.epochs", 1000)  # what is followed tells what it takes as it is
    changed = session.estimate()
    assert changed is not None
    own = page.cards.cards["fine-tune-last"].cost.text
    assert own.endswith(base_words.duration(changed.total))


def test_what_differs_from_the_card_is_marked_and_can_be_put_back(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    card, row = page.cards.cards["fine-tune-last"], page.selector.row(2)
    assert not card.changes.isVisible()
    retype(qtbot, row.fields.epochs, "3")
    click(qtbot, row.cell(4))
    assert card.changes.text() == "2 changes: put back"
    assert "stage 2: epochs" in card.changes.toolTip()
    assert "stage 2: thawed blocks" in card.changes.toolTip()
    assert "10" in row.fields.marks["epochs"].toolTip()
    assert "block 5 thawed" in row.mark.toolTip()
    assert not page.selector.row(1).fields.marks["epochs"].isVisible()
    click(qtbot, row.fields.marks["epochs"])
    assert [one.epochs for one in session.recipe.stages] == [20, 10]
    assert thawed(session) == [(), (4, 5)]
    assert card.changes.text() == "1 change: put back"
    click(qtbot, row.mark)
    assert session.recipe == RunConfig()
    assert not card.changes.isVisible()
    assert not row.mark.isVisible()


def test_all_that_differs_can_be_put_back_at_once(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    session.change("seed", 5)
    session.change("model.head", {"kind": "fc", "hidden": [64, 32], "pooling": "average"})
    session.change("stages.0.optimizer", "sgd")
    session.change("stages.1.thawed", [4, 5])
    card = page.cards.cards[page.cards.followed]
    assert card.changes.text() == "5 changes: put back"
    click(qtbot, card.changes)
    assert session.recipe == RunConfig(seed=5)
    session.undo()
    assert session.recipe.model.head.hidden == (64, 32)


def test_marks_in_all_settings_put_back_too(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    page.all_settings.setChecked(True)
    session.change("model.head.pooling", "average")
    page.settings.setCurrentIndex(model_settings.HEAD)
    assert "•" in page.settings.tabText(model_settings.HEAD)
    click(qtbot, page.settings.head.fields["pooling"].mark)
    assert session.recipe == RunConfig()
    assert "•" not in page.settings.tabText(model_settings.HEAD)


def test_other_presets_are_in_a_panel_and_get_a_card(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    session.engine.speed = SPEED
    click(qtbot, page.more)
    early = page.more.cards["early-features"]
    assert early.cost.text.endswith(" here")
    click(qtbot, early)
    assert session.recipe.model.depth == 3
    assert thawed(session) == [()]
    assert page.cards.followed == "early-features"
    click(qtbot, page.cards.cards["feature-extractor"])
    assert session.recipe.model.depth == 5


def test_gradual_thawing_takes_its_number_of_epochs_and_keeps_other_changes(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    click(qtbot, page.more)
    field = page.more.cards["gradual-thawing"].every
    assert field is not None
    retype(qtbot, field, "2")
    page.more.cards["gradual-thawing"].click()
    assert [one.epochs for one in session.recipe.stages] == [2] * 6
    session.change("stages.3.optimizer", "sgd")
    shown = page.cards.cards["gradual-thawing"].every
    assert shown is not None
    assert shown.text() == "2"
    retype(qtbot, shown, "9")
    assert [one.epochs for one in session.recipe.stages] == [9] * 6
    assert session.recipe.stages[3].optimizer == "sgd"
    assert page.cards.followed == "gradual-thawing"


def test_from_scratch_starts_at_random_and_another_card_goes_back(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    click(qtbot, page.more)
    click(qtbot, page.more.cards["from-scratch"])
    assert session.recipe.model.weights == "none"
    assert page.cards.followed == "from-scratch"
    click(qtbot, page.cards.cards["fine-tune-last"])
    assert session.recipe == RunConfig()


def test_presets_thaw_what_is_kept(qtbot: QtBot, session: Session, page: ModelPage) -> None:
    session.set_recipe(recipes.make({"model": {"depth": 4}, "stages": [{}, {"thawed": [4]}]}))
    click(qtbot, page.cards.cards["fine-tune-all"])
    assert thawed(session) == [(), (1, 2, 3, 4)]
    click(qtbot, page.cards.cards["fine-tune-last"])
    assert thawed(session) == [(), (4,)]
    assert page.selector.row(2).cell(5).state == "left out"
    assert page.drawing.tint(5) == "left out"


# -- whole stages ---------------------------------------------------------------------------


def tool(page: ModelPage, number: int, name: str) -> QWidget:
    row = page.selector.row(number)
    action = row.tools.actions_by_name[name]
    return next(one for one in row.tools.findChildren(QToolButton) if one.defaultAction() is action)


def test_a_stage_is_added_after_another_and_is_the_chosen_one(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    click(qtbot, page.selector.row(2).name)
    click(qtbot, tool(page, 2, "add"))
    assert thawed(session) == [(), (5,), (5,)]
    assert page.selector.chosen == 2
    assert page.facts.stage.text() == "Stage 3:"
    session.undo()
    assert thawed(session) == [(), (5,)]
    assert page.selector.chosen == 1


def test_rows_take_the_whole_width_once_an_added_one_has_its_place(
    qtbot: QtBot, page: ModelPage
) -> None:
    page.resize(1080, 690)
    click(qtbot, page.all_settings)
    area = page.selector.findChild(QScrollArea)
    before = area.height()
    click(qtbot, tool(page, 1, "add"))
    qtbot.waitUntil(lambda: area.height() > before and not area.verticalScrollBar().isVisible())
    assert page.selector.row(3).width() == area.width()


def test_stages_move_and_go(qtbot: QtBot, session: Session, page: ModelPage) -> None:
    click(qtbot, page.selector.row(2).name)
    click(qtbot, tool(page, 2, "up"))
    assert thawed(session) == [(5,), ()]
    assert page.selector.chosen == 0
    assert not tool(page, 1, "up").isEnabled()
    click(qtbot, tool(page, 1, "remove"))
    assert thawed(session) == [()]
    assert not tool(page, 1, "remove").isEnabled()


def test_keys_do_the_same_where_the_focus_is(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    page.activateWindow()
    page.selector.row(1).cell(5).setFocus()
    qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert thawed(session) == [(5,), ()]
    assert page.selector.row(2).name.hasFocus()
    qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Insert)
    assert thawed(session) == [(5,), (), ()]
    qtbot.keyClick(page.focusWidget(), Qt.Key.Key_Delete)
    assert thawed(session) == [(5,), ()]


def test_delete_in_a_field_deletes_what_is_typed_and_no_stage(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    field = page.selector.row(1).fields.epochs
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    assert len(session.recipe.stages) == 2
    assert field.text() == ""


def test_the_context_menu_has_them_too(page: ModelPage) -> None:
    row = page.selector.row(2)
    assert row.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
    assert [one.text() for one in row.actions()] == [
        "Add a stage like this one after it",
        "Remove stage 2",
        "Move stage 2 up",
        "Move stage 2 down",
    ]


def test_tools_are_seen_at_the_chosen_stage(qtbot: QtBot, page: ModelPage) -> None:
    click(qtbot, page.selector.row(2).name)
    assert page.selector.row(2).tools.isVisible()
    page.selector.row(1).cell(1).setFocus()
    assert page.selector.row(1).tools.isVisible()
    assert page.selector.chosen == 0


# -- the chosen stage -----------------------------------------------------------------------


def fact(page: ModelPage, name: str) -> str:
    return next(one.value for one in page.facts.facts if one.name == name)


def test_the_facts_are_those_of_the_chosen_stage_and_follow_at_once(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    click(qtbot, page.selector.row(2).name)
    assert fact(page, "kept") == "after block 4"
    assert fact(page, "trainable") == f"7.15{SPACE}M"
    click(qtbot, page.selector.row(2).cell(4))
    assert fact(page, "kept") == "after block 3"
    assert fact(page, "trainable") == f"13.1{SPACE}M"
    click(qtbot, page.selector.row(1).name)
    assert fact(page, "kept") == "after block 5"


def test_below_each_block_stands_what_an_epoch_costs_from_there_on(
    session: Session, page: ModelPage
) -> None:
    assert page.drawing.text.from_here(1) == ""
    session.engine.speed = SPEED
    session.engine.changed.emit()
    expected = session.estimate(recipes.make({"stages": [{}, {"thawed": [1, 2, 3, 4, 5]}]}))
    assert expected is not None
    assert page.drawing.text.from_here(1) == base_words.duration(expected.epochs[1])
    costs = page.drawing.text.costs
    assert list(costs[1:]) == sorted(costs[1:], reverse=True)
    assert costs[0] < costs[5]


def test_epochs_of_the_run_correct_what_is_expected(
    qtbot: QtBot, session: Session, page: ModelPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    session.engine.speed = SPEED
    session.start_training()
    qtbot.waitUntil(lambda: session.history.best is not None)
    page.selector.choose(0)
    expected = fact(page, "epoch")
    for number in (2, 3):
        score = session.history.epochs[0].train
        session._event(EpochFinished(1, number, score, score, seconds=777.0))
    assert base_words.duration(777.0) != expected
    qtbot.waitUntil(lambda: fact(page, "epoch") == base_words.duration(777.0))
    assert base_words.duration(777.0) in page.selector.row(1).note.text()
    assert page.drawing.text.from_here(0) == base_words.duration(777.0)
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()


# -- all settings ---------------------------------------------------------------------------


def test_only_the_basic_fields_show_until_all_are_asked_for_which_is_remembered(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    assert not page.settings.isVisible()
    assert page.batch_size.isVisible()
    click(qtbot, page.all_settings)
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
    assert isinstance(batch_size, NumberField)
    assert batch_size.value == 32


def test_a_depth_that_a_stage_forbids_is_explained_and_not_set(
    session: Session, page: ModelPage
) -> None:
    page.all_settings.setChecked(True)
    field = page.settings.weights.fields["depth"]
    field.changed.emit(3)
    assert session.recipe.model.depth == 5
    assert field.error == "Stage 2 thaws block 5, but none after 3 is kept"
    assert page.settings.currentIndex() == model_settings.WEIGHTS
    session.change("stages.1.thawed", [])
    assert not field.error
    field.changed.emit(3)
    assert session.recipe.model.depth == 3


def test_what_was_refused_is_told_until_something_else_is_asked_for(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    click(qtbot, page.all_settings)
    page.settings.setCurrentIndex(model_settings.WEIGHTS)
    panel = page.settings.weights
    click(qtbot, panel.blocks.choices[1])
    session.engine_changed.emit()  # the machine has been measured meanwhile
    assert panel.fields["depth"].error
    click(qtbot, panel.repair)
    assert session.recipe.model.depth == 1
    session.undo()
    click(qtbot, panel.blocks.choices[1])
    click(qtbot, panel.blocks.choices[5])
    assert not panel.fields["depth"].error
    assert not panel.repair.isVisible()


def test_what_was_refused_does_not_come_back_with_undo(session: Session, page: ModelPage) -> None:
    page.all_settings.setChecked(True)
    field = page.settings.weights.fields["depth"]
    field.changed.emit(1)
    assert field.error
    session.change("seed", 7)
    session.undo()
    assert not field.error


def test_the_chosen_stage_is_the_one_that_can_be_set(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    page.all_settings.setChecked(True)
    click(qtbot, page.selector.row(2).name)
    assert page.settings.tabText(model_settings.STAGE) == "Stage 2"
    page.settings.stage.changed.emit("stages.1.schedule", "constant")
    assert session.recipe.stages[1].schedule == "constant"
    click(qtbot, page.selector.row(1).name)
    assert page.settings.stage.fields["schedule"].values.value == "cosine"


def test_the_rate_finder_opens_for_the_chosen_stage(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    click(qtbot, page.selector.row(2).name)
    click(qtbot, page.finder)
    dialog = page.findChild(RateFinderDialog)
    assert isinstance(dialog, RateFinderDialog)
    assert dialog.isVisible()
    assert dialog.stage == 1
    dialog.close()


def test_another_head_is_drawn(session: Session, page: ModelPage) -> None:
    before = page.drawing.grab().toImage()
    session.change("model.head", {"kind": "fc", "hidden": [4096, 4096]})
    assert page.drawing.text.head_layers() == ["Fully connected", "flatten", "4096 – 4096"]
    assert page.drawing.grab().toImage() != before


def test_the_batch_size_is_set(qtbot: QtBot, session: Session, page: ModelPage) -> None:
    retype(qtbot, page.batch_size, "16")
    assert session.recipe.batch_size == 16


def test_a_hidden_page_follows_when_it_is_seen_again(session: Session, page: ModelPage) -> None:
    page.hide()
    session.change("stages.1.thawed", [3, 4, 5])
    session.change("batch_size", 8)
    page.show()
    assert page.selector.row(2).cell(3).state == "thawed"
    assert page.batch_size.text() == "8"


def test_frozen_blocks_above_a_thawed_one_are_explained(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    session.change("stages.1.thawed", [1])
    assert page.selector.row(2).note.text().startswith("Blocks 2–5 are frozen but must be")


def test_an_epochs_time_stands_there_once_the_machine_is_measured(
    session: Session, page: ModelPage
) -> None:
    note = page.selector.row(2).note
    assert "epoch:" not in note.text()
    session.engine.speed = SPEED
    session.engine.changed.emit()
    expected = session.estimate()
    assert expected is not None
    assert note.text().endswith(f"An epoch: {base_words.duration(expected.epochs[1])}.")


def test_a_whole_recipe_is_shown(session: Session, page: ModelPage) -> None:
    session.set_recipe(
        recipes.make(
            {
                "batch_size": 5,
                "dataset": {"image_size": 288},
                "model": {"weights": "none", "depth": 2},
                "stages": [{"epochs": 7, "thawed": [2], "learning_rate": 0.25}],
            }
        )
    )
    assert page.batch_size.text() == "5"
    page.all_settings.setChecked(True)
    assert image_size(page).currentText() == "288 px"
    page.settings.setCurrentIndex(model_settings.WEIGHTS)
    depth = page.settings.weights.fields["depth"].control
    assert isinstance(depth, DepthField)
    assert depth.choices[2].isChecked()
    row = page.selector.row(1)
    assert (row.fields.epochs.text(), row.fields.learning_rate.text()) == ("7", "0.25")
    assert [cell.state for cell in row.cells] == ["frozen", "thawed", *["left out"] * 3]


def test_while_a_run_trains_the_page_says_so_and_stays_editable(
    qtbot: QtBot, session: Session, page: ModelPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = replace_training(monkeypatch)
    assert not page.locked.isVisible()
    with qtbot.waitSignal(session.training_started):
        session.start_training()
    assert page.locked.isVisible()
    assert page.locked.text == "The running recipe is locked; changes are for the next run."
    click(qtbot, page.selector.row(1).cell(5))
    assert thawed(session)[0] == (5,)
    assert session.running_recipe is not None
    assert session.running_recipe.stages[0].thawed == ()
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert not page.locked.isVisible()


def test_another_folder_shows_its_own_choices(
    qtbot: QtBot, session: Session, page: ModelPage, picture_folder: PictureFolder
) -> None:
    retype(qtbot, page.batch_size, "x")
    session.change("stages.1.thawed", [3])
    open_folder(qtbot, session, picture_folder(classes=2, name="others"))
    assert page.selector.row(2).cell(3).state == "frozen"
    assert page.batch_size.text() == "32"
    assert page.drawing.text.head_classes() == "2 classes"
