"""The Model page on a session: every change goes to the recipe and comes back."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core import learning_rates, parameters, recipes, vgg16
from core.config import RunConfig
from gui import text
from gui.pages.model import ModelPage
from gui.session import Session
from gui.settings import Settings
from gui.widgets.number_field import NumberField
from gui.widgets.quiet_inputs import QuietComboBox
from tests.gui.fakes import SPEED, open_folder, replace_training
from tests.pictures import PictureFolder

CLASSES = 3
# what rail, menu and bar leave of 1280 x 640, 1024 x 700 and 1280 x 800
SIZES = [(1080, 530), (964, 590), (1080, 690)]


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
    head = parameters.head(session.recipe, CLASSES)
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
    assert page.selector.row(2).fields.trains.text() == "7.08\N{NO-BREAK SPACE}M + head"


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
    assert float(fields.result.text().removeprefix("= ")) == pytest.approx(rate / 10)


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
    rate, _ = learning_rates.rates(session.recipe, 0)
    assert float(field.placeholderText()) == rate


def test_the_convnets_rate_is_a_factor_of_the_heads(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    first, second = page.selector.row(1).fields, page.selector.row(2).fields
    retype(qtbot, second.backbone_factor, "0,5")
    assert session.recipe.stages[1].backbone_factor == 0.5
    assert float(second.result.text().removeprefix("= ")) == pytest.approx(
        learning_rates.rates(session.recipe, 1)[1]
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
    first, second = page.selector.rows
    augmented = session.estimate()
    assert "no features can be kept" in first.note.text()
    assert first.fields.augment.isChecked()
    click(qtbot, first.fields.augment)
    assert [stage.augment for stage in session.recipe.stages] == [False, True]
    assert "computed only once" in first.note.text()
    assert "no features can be kept" in second.note.text()
    quicker = session.estimate()
    assert quicker is not None
    assert augmented is not None
    assert quicker.total < augmented.total
    session.undo()
    assert first.fields.augment.isChecked()
    assert "no features can be kept" in first.note.text()


def test_the_switch_for_augmentation_says_what_it_does_and_why_it_cannot(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    switch = page.selector.row(1).fields.augment
    assert not switch.isEnabled()
    assert "No augmentation is in use" in switch.toolTip()
    assert "Augment page" in switch.accessibleDescription()
    session.set_augmenting(True)
    assert switch.isEnabled()
    assert switch.accessibleName() == "Stage 1, augment"
    assert "its features are computed once" in switch.toolTip()
    session.change("stages.0.thawed", [1, 2, 3, 4, 5])  # then there are no features to keep
    assert switch.toolTip() == "Off: this stage trains on the untouched pictures."


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


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_both_stages_and_all_fields_are_seen_without_scrolling(
    qtbot: QtBot, page: ModelPage, width: int, height: int
) -> None:
    page.resize(width, height)
    qtbot.waitUntil(lambda: page.selector.columns.width == width - 24)
    for row in page.selector.rows:
        for part in (row.cells[0], row.head, row.fields.result, row.note):
            assert page.rect().contains(_rect(part, page))
            assert not part.visibleRegion().isEmpty()
            assert part.visibleRegion().boundingRect() == part.rect()
    for box in page.fields.boxes.values():
        assert box.visibleRegion().boundingRect() == box.rect()
    assert page.drawing.visibleRegion().boundingRect() == page.drawing.rect()


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
    choose(qtbot, page.fields.image_size, "64 px")
    assert session.recipe.dataset.image_size == 64
    assert page.drawing.text.output(5) == "2 × 2 × 512"
    assert page.drawing.text.head_parameters() == f"{2048 * CLASSES + CLASSES:,}"
    rate, _ = learning_rates.rates(session.recipe, 0)
    shown = page.selector.row(1).fields.learning_rate.placeholderText()
    at_224, _ = learning_rates.rates(RunConfig(), 0)
    assert float(shown) == rate > at_224


def test_every_size_that_a_recipe_may_have_can_be_chosen(page: ModelPage) -> None:
    box = page.fields.image_size
    sizes = [box.itemData(index) for index in range(box.count())]
    assert sizes == list(range(32, 513, 32))


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("feature-extractor", [()]),
        ("fine-tune-last", [(), (5,)]),
        ("fine-tune-all", [(), (1, 2, 3, 4, 5)]),
    ],
)
def test_a_preset_sets_all_stages_in_one_step(
    qtbot: QtBot, session: Session, page: ModelPage, name: str, wanted: list[tuple[int, ...]]
) -> None:
    session.change("stages", [{"epochs": 3, "thawed": [2]}])
    before = session.recipe
    session.change("seed", 1)  # the undo history joins quick changes of one key
    click(qtbot, page.presets.buttons[name])
    assert thawed(session) == wanted
    pressed = [one for one, button in page.presets.buttons.items() if button.isChecked()]
    assert pressed == [name]
    assert len(page.selector.rows) == len(wanted)
    session.undo()
    assert session.recipe.stages == before.stages
    assert not any(button.isChecked() for button in page.presets.buttons.values())


def test_the_preset_that_is_followed_stays_pressed(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    button = page.presets.buttons["fine-tune-last"]
    assert button.isChecked()
    click(qtbot, button)
    assert button.isChecked()
    assert session.recipe == RunConfig()
    assert not session.can_undo


def test_presets_thaw_what_is_kept(qtbot: QtBot, session: Session, page: ModelPage) -> None:
    click(qtbot, page.presets.buttons["feature-extractor"])
    choose(qtbot, page.fields.blocks_kept, "first 3 blocks")
    assert session.recipe.model.depth == 3
    assert page.presets.buttons["feature-extractor"].isChecked()
    click(qtbot, page.presets.buttons["fine-tune-last"])
    assert thawed(session) == [(), (3,)]
    click(qtbot, page.presets.buttons["fine-tune-all"])
    assert thawed(session) == [(), (1, 2, 3)]
    assert page.selector.row(2).cell(4).state == "left out"
    assert page.drawing.tint(4) == "left out"


def test_a_depth_that_a_stage_forbids_is_explained_and_not_set(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    choose(qtbot, page.fields.blocks_kept, "first 3 blocks")
    assert session.recipe.model.depth == 5
    assert page.fields.blocks_kept.currentData() == 5
    assert page.fields.problem.isVisible()
    assert page.fields.problem.text() == "Stage 2 thaws block 5, but only 3 blocks are kept"
    assert page.fields.boxes["model.depth"].error
    click(qtbot, page.selector.row(2).cell(5))
    assert not page.fields.problem.isVisible()
    choose(qtbot, page.fields.blocks_kept, "first 3 blocks")
    assert session.recipe.model.depth == 3


def test_weights_batch_size_and_seed_are_set(
    qtbot: QtBot, session: Session, page: ModelPage
) -> None:
    choose(qtbot, page.fields.weights, "none: random")
    retype(qtbot, page.fields.batch_size, "16")
    retype(qtbot, page.fields.seed, "7")
    recipe = session.recipe
    assert (recipe.model.weights, recipe.batch_size, recipe.seed) == ("none", 16, 7)
    assert page.fields.head.text() == "softmax"


def test_every_field_explains_itself(page: ModelPage) -> None:
    for box in page.fields.boxes.values():
        assert box.control.toolTip()
        assert box.control.accessibleName()
        assert box.help.text
        assert not box.help.is_elided


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
    assert note.text().endswith(f"An epoch: {text.duration(expected.epochs[1])}.")


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
    assert page.fields.batch_size.text() == "5"
    assert page.fields.image_size.currentText() == "288 px"
    assert page.fields.weights.currentData() == "none"
    assert page.fields.blocks_kept.currentData() == 2
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
    assert page.locked.text() == "The running recipe is locked; changes are for the next run."
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
    retype(qtbot, page.fields.seed, "x")
    session.change("stages.1.thawed", [3])
    open_folder(qtbot, session, picture_folder(classes=2, name="others"))
    assert page.selector.row(2).cell(3).state == "frozen"
    assert page.fields.seed.text() == "0"
    assert page.drawing.text.head_classes() == "2 classes"
