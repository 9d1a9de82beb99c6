"""All of a stage's fields: which are there, what they change, what comes of them."""

from collections.abc import Sequence
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe.config import RunConfig, StageConfig
from gui.controls.number_fields import CheckedEdit
from gui.model.stage_panel import StagePanel


@pytest.fixture
def panel(qtbot: QtBot) -> StagePanel:
    made = StagePanel()
    qtbot.addWidget(made)
    made.resize(1040, 230)
    show(made, RunConfig(), 0)
    with qtbot.waitExposed(made):
        made.show()
    return made


def show(panel: StagePanel, recipe: RunConfig, stage: int, **fields: Any) -> RunConfig:
    """Show ``recipe`` with other ``fields`` of that stage, and give it."""
    for name, value in fields.items():
        recipe = recipes.changed(recipe, f"stages.{stage}.{name}", value)
    panel.show_recipe(recipe, 8, stage)
    return recipe


def seen(panel: StagePanel) -> set[str]:
    return {name for name, field in panel.fields.items() if field.isVisible()}


def retype(qtbot: QtBot, field: QWidget, words: str) -> None:
    assert isinstance(field, CheckedEdit)
    field.selectAll()
    qtbot.keyClicks(field, words)


def test_every_field_shows_what_the_recipe_holds(panel: StagePanel) -> None:
    values: dict[str, Any] = {
        "epochs": 12,
        "augment": False,
        "learning_rate": 0.003,
        "backbone_factor": 0.2,
        "block_decay": 0.5,
        "optimizer": "sgd",
        "momentum": 0.8,
        "weight_decay": 0.02,
        "schedule": "step",
        "warmup_epochs": 2.0,
        "decay_every": 3,
        "decay_factor": 0.3,
        "feature_dropout": 0.4,
        "label_smoothing": 0.1,
        "clip_norm": 1.5,
        "patience": 4,
        "watch": "accuracy",
        "keep": "loss",
        "start_from": "best",
    }
    assert set(values) | {"thawed"} == set(StageConfig.model_fields)
    show(panel, RunConfig(), 1, **values)
    shown: dict[str, Any] = {
        name: field.control.value  # type: ignore[attr-defined]
        for name, field in panel.fields.items()
    }
    assert shown == values
    assert seen(panel) == set(values)


@pytest.mark.parametrize("stage", [0, 1])
def test_a_change_names_the_stage_and_is_what_the_recipe_takes(
    qtbot: QtBot, panel: StagePanel, stage: int
) -> None:
    recipe = show(panel, RunConfig(), stage)
    heard: list[tuple[str, object]] = []
    panel.changed.connect(lambda key, value: heard.append((key, value)))
    retype(qtbot, panel.fields["weight_decay"].control, "0.3")
    assert heard[-1] == (f"stages.{stage}.weight_decay", 0.3)
    qtbot.keyClick(panel.fields["optimizer"].control, Qt.Key.Key_Home)
    assert heard[-1] == (f"stages.{stage}.optimizer", "sgd")
    for key, value in heard:
        recipe = recipes.changed(recipe, key, value)
    assert recipe.stages[stage].optimizer == "sgd"


SOMETIMES = {"momentum", "warmup_epochs", "decay_every", "decay_factor", "watch", "start_from"}
SCHEDULED = {"warmup_epochs", "decay_every", "decay_factor"}


@pytest.mark.parametrize(
    ("fields", "there"),
    [
        ({}, {"warmup_epochs"}),
        ({"optimizer": "sgd"}, {"momentum", "warmup_epochs"}),
        ({"schedule": "step"}, SCHEDULED),
        ({"schedule": "plateau"}, SCHEDULED),
        ({"schedule": "cosine"}, {"warmup_epochs"}),
        ({"schedule": "one-cycle"}, set[str]()),
        ({"patience": 3}, {"warmup_epochs", "watch"}),
    ],
)
def test_only_the_fields_that_a_stage_uses_are_there(
    panel: StagePanel, fields: dict[str, Any], there: set[str]
) -> None:
    show(panel, RunConfig(), 0, **fields)
    assert seen(panel) & SOMETIMES == there
    show(panel, RunConfig(), 1, **fields)
    assert seen(panel) & SOMETIMES == there | {"start_from"}


def test_margins_have_no_labels_to_smooth(panel: StagePanel) -> None:
    assert "label_smoothing" in seen(panel)
    show(panel, recipes.changed(RunConfig(), "model.head.kind", "svm"), 0)
    assert "label_smoothing" not in seen(panel)


@pytest.mark.parametrize(
    ("thawed", "first", "last"),
    [((5,), "block 5: 2e-4", "block 5: 2e-4"), ((3, 4, 5), "block 3: 5e-5", "block 5: 2e-4")],
)
def test_what_comes_of_the_factors_is_said(
    panel: StagePanel, thawed: Sequence[int], first: str, last: str
) -> None:
    fields = {"learning_rate": 1e-3, "block_decay": 0.5, "thawed": list(thawed)}
    show(panel, RunConfig(), 1, **fields)
    assert panel.fields["block_decay"].help.text == first
    assert panel.fields["backbone_factor"].help.text == last
    assert panel.fields["block_decay"].control.isEnabled()


def test_the_rates_of_blocks_have_no_effect_where_all_are_frozen(panel: StagePanel) -> None:
    for name in ("backbone_factor", "block_decay"):
        assert not panel.fields[name].control.isEnabled()
        assert "no block is thawed" in panel.fields[name].control.toolTip()


def test_an_empty_rate_says_which_one_the_head_gets(panel: StagePanel) -> None:
    field = panel.fields["learning_rate"].control
    assert isinstance(field, CheckedEdit)
    assert field.placeholderText() == "3e-4 (default)"
    show(panel, RunConfig(), 0, optimizer="sgd")
    assert field.placeholderText() == "4e-5 (default)"


def test_the_switch_for_augmentation_waits_for_some(panel: StagePanel) -> None:
    augment = panel.fields["augment"]
    assert not augment.control.isEnabled()
    recipe = recipes.changed(RunConfig(), "augmentation.rotation", 10.0)
    show(panel, recipe, 0)
    assert augment.control.isEnabled()
    words = augment.help.text
    show(panel, recipe, 0, augment=False)
    assert augment.help.text != words


def test_the_curve_follows(panel: StagePanel) -> None:
    assert panel.curve.factors[-1] < 0.01
    show(panel, RunConfig(), 0, schedule="constant")
    assert set(panel.curve.factors) == {1.0}


def test_marks_and_errors_are_at_their_fields(qtbot: QtBot, panel: StagePanel) -> None:
    show(panel, RunConfig(), 1)
    panel.show_marks({"stages.1.weight_decay": 0.01, "stages.0.epochs": 20, "model.depth": 5})
    marked = {name for name, field in panel.fields.items() if field.mark.isVisible()}
    assert marked == {"weight_decay"}
    with qtbot.waitSignal(panel.put_back) as told:
        qtbot.mouseClick(panel.fields["weight_decay"].mark, Qt.MouseButton.LeftButton)
    assert told.args == ["stages.1.weight_decay"]
    panel.show_error("stages.1.epochs", "Too many.")
    assert panel.fields["epochs"].told == "Too many."
    assert panel.problem.isHidden()
    panel.show_error("model.depth", "Too deep.")
    assert (panel.problem.text(), panel.problem.isVisible()) == ("Too deep.", True)
    show(panel, RunConfig(), 1)
    assert panel.fields["epochs"].told == ""
    assert panel.problem.isHidden()
    panel.show_marks({})
    assert not panel.fields["weight_decay"].mark.isVisible()


def test_what_has_no_effect_is_there_while_it_differs_and_can_be_put_back(
    qtbot: QtBot, panel: StagePanel
) -> None:
    show(panel, RunConfig(), 0, momentum=0.5)  # the optimizer is AdamW
    panel.show_marks({"stages.0.momentum": 0.9})
    momentum = panel.fields["momentum"]
    assert momentum.isVisible()
    assert not momentum.control.isEnabled()
    assert "no effect" in momentum.help.text
    with qtbot.waitSignal(panel.put_back) as told:
        qtbot.mouseClick(momentum.mark, Qt.MouseButton.LeftButton)
    assert told.args == ["stages.0.momentum"]
    show(panel, RunConfig(), 0)
    panel.show_marks({})
    assert not momentum.isVisible()
    show(panel, RunConfig(), 0, optimizer="sgd", momentum=0.5)
    panel.show_marks({"stages.0.momentum": 0.9})
    assert momentum.control.isEnabled()
    assert "no effect" not in momentum.help.text


def test_what_is_wrong_with_a_field_that_is_not_there_is_said_all_the_same(
    panel: StagePanel,
) -> None:
    panel.show_error("stages.0.momentum", "Not so much.")
    assert panel.problem.text() == "Not so much."


def test_fields_are_called_as_they_are_on_screen(panel: StagePanel) -> None:
    assert panel.field_name("stages.0.weight_decay") == "Weight decay"
    assert panel.field_name("stages.1.weight_decay") == "Weight decay of stage 2"
    assert panel.field_name("stages.1.thawed") == "stages.1.thawed"
    assert panel.field_name("seed") == "seed"


def test_another_stage_is_not_shown_with_what_was_half_typed(
    qtbot: QtBot, panel: StagePanel
) -> None:
    field = panel.fields["weight_decay"].control
    retype(qtbot, field, "abc")
    show(panel, RunConfig(), 1)
    assert isinstance(field, CheckedEdit)
    assert field.text() == "0.01"


def test_it_fits_its_place(panel: StagePanel) -> None:
    fields = {"optimizer": "sgd", "schedule": "step", "patience": 3}
    show(panel, RunConfig(), 1, **fields)
    hint = panel.minimumSizeHint()
    assert hint.width() <= 1040
    assert hint.height() <= 230


@pytest.mark.parametrize(
    "fields",
    [
        {"optimizer": "sgd", "schedule": "step", "start_from": "best"},
        {"optimizer": "adam", "schedule": "plateau", "keep": "last"},
        {"optimizer": "rmsprop", "schedule": "cosine", "keep": "loss"},
        {"schedule": "one-cycle", "patience": 3},
    ],
)
def test_the_words_below_fields_can_be_read_in_a_small_window(
    qtbot: QtBot, panel: StagePanel, fields: dict[str, Any]
) -> None:
    panel.resize(940, 230)
    show(panel, RunConfig(), 1, **fields)
    for name in seen(panel):
        qtbot.waitUntil(lambda name=name: not panel.fields[name].help.is_elided)
