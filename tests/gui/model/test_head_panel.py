"""The five heads: each says what it is, has its own fields, and is one change."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe import network
from core.recipe.config import HeadConfig, RunConfig
from gui.base import words as base_words
from gui.controls.number_fields import CheckedEdit
from gui.model.head_panel import HeadPanel
from gui.recipe import heads as recipe_heads

KINDS = ["softmax", "one-vs-rest", "svm", "fc", "conv"]


@pytest.fixture
def panel(qtbot: QtBot) -> HeadPanel:
    made = HeadPanel()
    qtbot.addWidget(made)
    made.resize(1040, 230)
    show(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def show(panel: HeadPanel, classes: int | None = 8, **fields: Any) -> RunConfig:
    recipe = recipes.changed(RunConfig(), "model.head", fields)
    panel.show_recipe(recipe, classes)
    return recipe


def seen(panel: HeadPanel) -> set[str]:
    return {name for name, field in panel.fields.items() if field.isVisible()} - {"kind"}


@pytest.mark.parametrize(
    ("kind", "loss", "meaning"),
    [
        ("softmax", "cross-entropy", "sum to one"),
        ("one-vs-rest", "binary cross-entropy", "don’t sum to one"),
        ("svm", "hinge", "emperature scaling"),
        ("fc", "cross-entropy", "sum to one"),
        ("conv", "cross-entropy", "sum to one"),
    ],
)
def test_each_kind_says_what_it_is_its_loss_and_what_its_probabilities_mean(
    panel: HeadPanel, kind: str, loss: str, meaning: str
) -> None:
    show(panel, kind=kind)
    about = panel.about.text()
    assert recipe_heads.kinds()[kind].what in about
    assert loss in about.partition("Loss:")[2].partition("Probabilities:")[0]
    assert meaning in about.partition("Probabilities:")[2].partition("Size:")[0]
    choice = panel.kinds.choices[kind]
    assert choice.isChecked()
    assert loss in choice.accessibleDescription()
    assert meaning in choice.accessibleDescription()


def test_an_svms_figures_are_said_to_be_cross_fitted(panel: HeadPanel) -> None:
    show(panel, kind="svm")
    assert "cross-fitted" in panel.about.text()


@pytest.mark.parametrize("kind", KINDS[1:])
def test_another_kind_is_one_change_that_every_recipe_takes(
    qtbot: QtBot, panel: HeadPanel, kind: str
) -> None:
    recipe = show(
        panel, kind="conv" if kind != "conv" else "fc", hidden=[64], dropout=0.3, pooling="max"
    )
    heard: list[tuple[str, Any]] = []
    panel.changed.connect(lambda key, value: heard.append((key, value)))
    qtbot.mouseClick(panel.kinds.choices[kind], Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert [key for key, _ in heard] == ["model.head"]
    head = recipes.changed(recipe, *heard[0]).model.head
    assert head == HeadConfig(kind=kind, pooling="max")  # type: ignore[arg-type]


def test_the_words_below_a_kind_and_the_arrow_keys_choose_it_too(
    qtbot: QtBot, panel: HeadPanel
) -> None:
    heard: list[Any] = []
    panel.changed.connect(lambda _key, value: heard.append(value["kind"]))
    line = panel.kinds.choices["svm"].parentWidget()
    assert line is not None
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(60, line.height() - 4))
    panel.kinds.choices["softmax"].setFocus()
    qtbot.keyClick(panel.kinds.choices["softmax"], Qt.Key.Key_Down)
    assert heard == ["svm", "one-vs-rest"]


def test_a_kind_that_was_refused_is_not_shown_as_if_it_were_set(
    qtbot: QtBot, panel: HeadPanel
) -> None:
    qtbot.mouseClick(panel.kinds.choices["svm"], Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    panel.show_error("model.head", "Label smoothing must be 0 with an SVM.")
    assert panel.kinds.choices["softmax"].isChecked()
    assert panel.problem.isVisible()


DEEP = {"activation", "dropout", "layer_norm"}


@pytest.mark.parametrize(
    ("fields", "there"),
    [
        ({}, {"pooling", "l2"}),
        ({"kind": "one-vs-rest"}, {"pooling", "l2"}),
        ({"kind": "svm"}, {"pooling", "margin_loss", "l2"}),
        ({"kind": "fc"}, {"pooling", "hidden", "l2"} | DEEP),
        ({"kind": "fc", "hidden": []}, {"pooling", "hidden", "l2"}),
        ({"kind": "conv"}, {"pooling", "channels", "hidden", "activation", "l2"}),
        ({"kind": "conv", "hidden": [9]}, {"pooling", "channels", "hidden", "l2"} | DEEP),
    ],
)
def test_only_the_fields_that_a_head_has_are_there(
    panel: HeadPanel, fields: dict[str, Any], there: set[str]
) -> None:
    show(panel, **fields)
    assert seen(panel) == there


def test_every_field_shows_what_the_recipe_holds(panel: HeadPanel) -> None:
    fields: dict[str, Any] = {
        "kind": "conv",
        "pooling": "both",
        "channels": [128, 64],
        "hidden": [32],
        "activation": "gelu",
        "dropout": 0.25,
        "layer_norm": True,
        "l2": 0.5,
        "margin_loss": "hinge",
    }
    show(panel, **fields)
    shown = {
        name: field.control.value  # type: ignore[attr-defined]
        for name, field in panel.fields.items()
        if name != "kind"
    }
    assert shown | {"kind": "conv"} == fields


@pytest.mark.parametrize(
    ("place", "changes"),
    [
        (0, {"hidden": []}),
        (1, {"hidden": [256]}),
        (2, {"hidden": [4096, 4096], "dropout": 0.5, "activation": "relu", "layer_norm": False}),
    ],
)
def test_a_preset_of_hidden_layers_is_one_change_and_leaves_the_rest(
    qtbot: QtBot, panel: HeadPanel, place: int, changes: dict[str, Any]
) -> None:
    kept = {"kind": "fc", "pooling": "average", "l2": 0.1}
    recipe = show(panel, **kept, activation="tanh", layer_norm=True, dropout=0.2)
    with qtbot.waitSignal(panel.changed) as told:
        panel.presets.menu().actions()[place].trigger()
    key, value = told.args
    assert key == "model.head"
    head = recipes.changed(recipe, key, value).model.head
    own = {"activation": "tanh", "layer_norm": True, "dropout": 0.2}
    assert head == HeadConfig.model_validate({**kept, **own, **changes})


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"pooling": "both"},
        {"kind": "fc", "hidden": [4096, 4096]},
        {"kind": "conv", "hidden": [64]},
        {"kind": "fc", "layer_norm": True},
    ],
)
def test_the_parameters_are_those_of_the_network(panel: HeadPanel, fields: dict[str, Any]) -> None:
    recipe = show(panel, **fields)
    count = base_words.count(network.head_parameters(recipe, 8))
    assert f"→ 8: {count} parameters" in panel.about.text()
    show(panel, None, **fields)
    assert "parameters" not in panel.about.text().partition("Size:")[2]


def test_typed_widths_are_told_and_the_default_is_named(qtbot: QtBot, panel: HeadPanel) -> None:
    show(panel, kind="fc")
    field = panel.fields["hidden"].control
    assert isinstance(field, CheckedEdit)
    assert field.placeholderText() == "256 (default)"
    with qtbot.waitSignal(panel.changed, check_params_cb=lambda key, value: value == [512, 64]):
        qtbot.keyClicks(field, "512, 64")
    show(panel, kind="conv")
    assert field.placeholderText() == "none (default)"


@pytest.mark.parametrize(
    ("head", "default"),
    [
        ({}, "0.3"),
        ({"pooling": "average"}, "0.0061"),
        ({"kind": "one-vs-rest"}, "0.3"),
        ({"kind": "svm"}, "1e-4"),
        ({"kind": "fc"}, "0"),
    ],
)
def test_an_empty_l2_says_what_it_stands_for(
    panel: HeadPanel, head: dict[str, str], default: str
) -> None:
    show(panel, **head)
    field = panel.fields["l2"].control
    assert isinstance(field, CheckedEdit)
    assert field.placeholderText() == f"{default} (default)"


def test_marks_tell_the_cards_kind_and_values(qtbot: QtBot, panel: HeadPanel) -> None:
    show(panel, kind="fc", dropout=0.5)
    panel.show_marks({"model.head.kind": "softmax", "model.head.dropout": 0.0})
    assert "Softmax" in panel.kind.mark.toolTip()
    assert "0" in panel.fields["dropout"].mark.toolTip()
    assert not panel.fields["hidden"].mark.isVisible()
    with qtbot.waitSignal(panel.put_back) as told:
        qtbot.mouseClick(panel.kind.mark, Qt.MouseButton.LeftButton)
    assert told.args == ["model.head.kind"]


def test_what_has_no_effect_is_there_while_it_differs(panel: HeadPanel) -> None:
    show(panel, kind="fc", hidden=[], dropout=0.5)
    dropout = panel.fields["dropout"]
    assert not dropout.isVisible()
    panel.show_marks({"model.head.dropout": 0.0})
    assert dropout.isVisible()
    assert dropout.mark.isVisible()
    assert not dropout.control.isEnabled()
    show(panel, kind="fc", dropout=0.5)
    assert dropout.control.isEnabled()


@pytest.mark.parametrize("kind", KINDS)
def test_choices_and_words_can_be_read_in_a_small_window(
    qtbot: QtBot, panel: HeadPanel, kind: str
) -> None:
    panel.resize(940, 230)
    show(panel, kind=kind)
    pooling = panel.fields["pooling"].control
    qtbot.waitUntil(lambda: pooling.width() >= pooling.sizeHint().width())
    for name in seen(panel):
        assert not panel.fields[name].help.is_elided, name


@pytest.mark.parametrize("kind", KINDS)
def test_it_fits_its_place(panel: HeadPanel, kind: str) -> None:
    show(panel, kind=kind, **({"hidden": [4096, 4096]} if kind in ("fc", "conv") else {}))
    assert panel.minimumSizeHint().width() <= 1040
    assert panel.minimumSizeHint().height() <= 230
    about = panel.about
    assert about.heightForWidth(about.width()) <= 230
