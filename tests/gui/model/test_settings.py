"""All settings: their tabs, the head, the chosen stage with its schedule, and the classes."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.dataset.health import Balance
from core.recipe import files as recipes
from core.recipe import network
from core.recipe.config import HeadConfig, RunConfig, StageConfig
from gui.base import words as base_words
from gui.controls.setting_fields import SettingsPanel
from gui.model import settings as model_settings
from gui.model.head_panel import HeadPanel
from gui.model.settings import ClassesPanel, ModelSettings
from gui.model.stage_panel import ScheduleCurve, StagePanel
from gui.recipe import heads as recipe_heads
from gui.session.session import Session
from tests.support.window.acting import click, press, retype


def seen(panel: SettingsPanel) -> set[str]:
    return {name for name, field in panel.fields.items() if field.isVisible()}


def values(panel: SettingsPanel) -> dict[str, Any]:
    return {
        name: field.control.value  # type: ignore[attr-defined]
        for name, field in panel.fields.items()
        if name != "kind"
    }


# -- the tabs ---------------------------------------------------------------------------------


def test_tabs_are_marked(qtbot: QtBot, session: Session) -> None:
    settings = ModelSettings(session)
    qtbot.addWidget(settings)
    settings.show_recipe(RunConfig(), 8, 1)

    def marked() -> list[int]:
        return [tab for tab in range(settings.count()) if "•" in settings.tabText(tab)]

    assert settings.tabText(model_settings.STAGE) == "Stage 2"
    settings.show_marks({"model.head.pooling": "flatten", "stages.0.epochs": 20})
    assert marked() == [model_settings.HEAD]
    settings.show_recipe(RunConfig(), 8, 0)
    settings.show_marks({"stages.0.epochs": 20})
    assert marked() == [model_settings.STAGE]
    assert settings.tabText(model_settings.STAGE).startswith("Stage 1")
    settings.show_marks({})
    assert marked() == []
    for key, tab in (
        ("model.head.hidden", model_settings.HEAD),
        ("stages.0.schedule", model_settings.STAGE),
        ("batch_size", model_settings.CLASSES),
        ("model.depth", model_settings.WEIGHTS),
    ):
        settings.show_error(key, "Wrong.")  # brings it into sight
        assert settings.currentIndex() == tab


# -- the head ---------------------------------------------------------------------------------

KINDS = ["softmax", "one-vs-rest", "svm", "fc", "conv"]
DEEP = {"activation", "dropout", "layer_norm"}


@pytest.fixture
def head(qtbot: QtBot) -> HeadPanel:
    made = HeadPanel()
    qtbot.addWidget(made)
    made.resize(1040, 230)
    show_head(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def show_head(panel: HeadPanel, classes: int | None = 8, **fields: Any) -> RunConfig:
    recipe = recipes.changed(RunConfig(), "model.head", fields)
    panel.show_recipe(recipe, classes)
    return recipe


def heard_by(panel: SettingsPanel) -> list[tuple[str, Any]]:
    """What the panel asks for from now on."""
    heard: list[tuple[str, Any]] = []
    panel.changed.connect(lambda key, value: heard.append((key, value)))
    return heard


def test_each_kind_explains_itself_and_its_loss(qtbot: QtBot, head: HeadPanel) -> None:
    for kind, text in recipe_heads.kinds().items():
        show_head(head, kind=kind)
        choice = head.kinds.choices[kind]
        assert choice.isChecked()
        for words in (text.what, text.loss, text.probabilities):
            assert words in head.about.text()
            assert words in choice.accessibleDescription()
    head.resize(940, 230)
    for kind in KINDS:
        show_head(head, kind=kind)
        pooling = head.fields["pooling"].control
        qtbot.waitUntil(lambda one=pooling: one.width() >= one.sizeHint().width())
        assert not any(head.fields[name].help.is_elided for name in seen(head) - {"kind"}), kind
    head.resize(1040, 230)
    for kind in KINDS:
        show_head(head, kind=kind, **({"hidden": [4096, 4096]} if kind in ("fc", "conv") else {}))
        assert head.minimumSizeHint().width() <= 1040
        assert head.minimumSizeHint().height() <= 230
        assert head.about.heightForWidth(head.about.width()) <= 230


def test_a_head_has_its_fields_with_what_the_recipe_holds(head: HeadPanel) -> None:
    fields = {
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
    show_head(head, **fields)
    assert {"kind": "conv", **values(head)} == fields
    for fields, there in (
        ({}, {"l2"}),
        ({"kind": "svm"}, {"margin_loss", "l2"}),
        ({"kind": "fc"}, {"hidden", "l2"} | DEEP),
        ({"kind": "fc", "hidden": []}, {"hidden", "l2"}),
        ({"kind": "conv"}, {"channels", "hidden", "activation", "l2"}),
        ({"kind": "conv", "hidden": [9]}, {"channels", "hidden", "l2"} | DEEP),
    ):
        show_head(head, **fields)
        assert seen(head) == there | {"kind", "pooling"}


def test_an_empty_field_of_a_head_has_a_default_and_all_its_parameters_are_counted(
    qtbot: QtBot, head: HeadPanel
) -> None:
    show_head(head, kind="fc")
    field = head.fields["hidden"].control
    assert field.placeholderText().startswith("256 ")
    with qtbot.waitSignal(head.changed, check_params_cb=lambda key, value: value == [512, 64]):
        QTest.keyClicks(field, "512, 64")
    show_head(head, kind="conv")
    assert field.placeholderText().startswith("none ")
    weight_decay = head.fields["l2"].control
    for fields, default in (
        ({}, "0.3 "),
        ({"pooling": "average"}, "0.0061 "),
        ({"kind": "one-vs-rest"}, "0.3 "),
        ({"kind": "svm"}, "1e-4 "),
        ({"kind": "fc"}, "0 "),
    ):
        show_head(head, **fields)
        assert weight_decay.placeholderText().startswith(default)
    for fields in (
        {"pooling": "both"},
        {"kind": "fc", "hidden": [4096, 4096]},
        {"kind": "conv", "hidden": [64]},
        {"kind": "fc", "layer_norm": True},
    ):
        recipe = show_head(head, **fields)
        count = base_words.count(network.head_parameters(recipe, 8))
        assert f"→ 8: {count} " in head.about.text()
        show_head(head, None, **fields)
        assert "→" not in head.about.text()


def test_a_heads_marks_tell_kind_and_value(qtbot: QtBot, head: HeadPanel) -> None:
    show_head(head, kind="fc", hidden=[], dropout=0.5)
    dropout = head.fields["dropout"]
    assert not dropout.isVisible()
    head.show_marks({"model.head.kind": "softmax", "model.head.dropout": 0.0})
    assert "Softmax" in head.kind.mark.toolTip()
    assert dropout.isVisible()
    assert dropout.mark.isVisible()
    assert "0" in dropout.mark.toolTip()
    assert not head.fields["hidden"].mark.isVisible()
    assert not dropout.control.isEnabled()
    with qtbot.waitSignal(head.put_back) as back:
        click(head.kind.mark)
    assert back.args == ["model.head.kind"]
    show_head(head, kind="fc", dropout=0.5)
    assert dropout.control.isEnabled()


def test_another_kind_and_a_preset_of_hidden_layers_are_one_change(head: HeadPanel) -> None:
    heard = heard_by(head)
    for kind in KINDS[1:]:
        other = "conv" if kind != "conv" else "fc"
        recipe = show_head(head, kind=other, hidden=[64], dropout=0.3, pooling="max")
        click(head.kinds.choices[kind], QPoint(8, 8))
        key, value = heard.pop()
        assert (key, heard) == ("model.head", [])
        changed = recipes.changed(recipe, key, value).model.head
        assert changed == HeadConfig.model_validate({"kind": kind, "pooling": "max"})
        head.show_error("model.head", "Refused.")
        assert head.kinds.choices[other].isChecked()
        assert head.problem.isVisible()
    kept = {"kind": "fc", "pooling": "average", "l2": 0.1}
    own = {"activation": "tanh", "layer_norm": True, "dropout": 0.2}
    classic = {"dropout": 0.5, "activation": "relu", "layer_norm": False}
    recipe = show_head(head, **kept, **own)
    for action, changes in zip(
        head.presets.menu().actions(),
        ({"hidden": []}, {"hidden": [256]}, {"hidden": [4096, 4096], **classic}),
        strict=True,
    ):
        action.trigger()
        key, value = heard.pop()
        assert heard == []
        changed = recipes.changed(recipe, key, value).model.head
        assert changed == HeadConfig.model_validate({**kept, **own, **changes})
    show_head(head)
    line = head.kinds.choices["svm"].parentWidget()
    assert line is not None
    click(line, QPoint(60, line.height() - 4))  # the words below it
    head.kinds.choices["softmax"].setFocus()
    press(head.kinds.choices["softmax"], Qt.Key.Key_Down)
    assert [value["kind"] for _, value in heard] == ["svm", "one-vs-rest"]


# -- a stage ----------------------------------------------------------------------------------

SOMETIMES = {"momentum", "warmup_epochs", "decay_every", "decay_factor", "watch", "start_from"}
SCHEDULED = {"warmup_epochs", "decay_every", "decay_factor"}


@pytest.fixture
def stage(qtbot: QtBot) -> StagePanel:
    made = StagePanel()
    qtbot.addWidget(made)
    made.resize(1040, 230)
    show_stage(made, RunConfig(), 0)
    with qtbot.waitExposed(made):
        made.show()
    return made


def show_stage(panel: StagePanel, recipe: RunConfig, number: int, **fields: Any) -> RunConfig:
    """Show ``recipe`` with other ``fields`` of that stage, and give it."""
    for name, value in fields.items():
        recipe = recipes.changed(recipe, f"stages.{number}.{name}", value)
    panel.show_recipe(recipe, 8, number)
    return recipe


def test_a_stage_has_its_fields_with_what_the_recipe_holds(stage: StagePanel) -> None:
    held: dict[str, Any] = {
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
    assert set(held) | {"thawed"} == set(StageConfig.model_fields)
    show_stage(stage, RunConfig(), 1, **held)
    assert values(stage) == held
    assert seen(stage) == set(held)
    for fields, there in (
        ({}, {"warmup_epochs"}),
        ({"optimizer": "sgd"}, {"momentum", "warmup_epochs"}),
        ({"schedule": "step"}, SCHEDULED),
        ({"schedule": "plateau"}, SCHEDULED),
        ({"schedule": "one-cycle"}, set[str]()),
        ({"patience": 3}, {"warmup_epochs", "watch"}),
    ):
        show_stage(stage, RunConfig(), 0, **fields)
        assert seen(stage) & SOMETIMES == there
        assert "label_smoothing" in seen(stage)
        svm = recipes.changed(RunConfig(), "model.head.kind", "svm")
        show_stage(stage, svm, 1, **fields)
        assert seen(stage) & SOMETIMES == there | {"start_from"}
        assert "label_smoothing" not in seen(stage)  # margins have no labels to smooth


def test_a_change_is_that_of_the_stage(stage: StagePanel) -> None:
    heard = heard_by(stage)
    for number in (0, 1):
        recipe = show_stage(stage, RunConfig(), number)
        heard.clear()
        retype(stage.fields["weight_decay"].control, "0.3")
        assert heard[-1] == (f"stages.{number}.weight_decay", 0.3)
        press(stage.fields["optimizer"].control, Qt.Key.Key_Home)
        assert heard[-1] == (f"stages.{number}.optimizer", "sgd")
        for key, value in heard:
            recipe = recipes.changed(recipe, key, value)
        assert recipe.stages[number].optimizer == "sgd"
    field = stage.fields["weight_decay"].control
    show_stage(stage, RunConfig(), 1)
    retype(field, "abc")
    show_stage(stage, RunConfig(), 0)
    assert field.text() == "0.01"  # not what was half typed for another stage


def test_rates_have_defaults_and_what_is_unused_waits(
    stage: StagePanel,
) -> None:
    rate = stage.fields["learning_rate"].control
    for optimizer, default in (("adamw", "3e-4 "), ("sgd", "4e-5 ")):
        show_stage(stage, RunConfig(), 0, optimizer=optimizer)
        assert rate.placeholderText().startswith(default)
    for name in ("backbone_factor", "block_decay"):
        assert not stage.fields[name].control.isEnabled()
        assert stage.fields[name].control.toolTip()
    for thawed, first, last in (
        ([5], "block 5: 2e-4", "block 5: 2e-4"),
        ([3, 4, 5], "block 3: 5e-5", "block 5: 2e-4"),
    ):
        fields = {"learning_rate": 1e-3, "block_decay": 0.5, "thawed": thawed}
        show_stage(stage, RunConfig(), 1, **fields)
        assert stage.fields["block_decay"].help.text == first
        assert stage.fields["backbone_factor"].help.text == last
        assert stage.fields["block_decay"].control.isEnabled()
    augment = stage.fields["augment"]
    assert not augment.control.isEnabled()
    recipe = show_stage(stage, recipes.changed(RunConfig(), "augmentation.rotation", 10.0), 0)
    assert augment.control.isEnabled()
    words = augment.help.text
    show_stage(stage, recipe, 0, augment=False)
    assert augment.help.text != words


def test_marks_and_errors_are_at_their_fields(qtbot: QtBot, stage: StagePanel) -> None:
    show_stage(stage, RunConfig(), 1)
    stage.show_marks({"stages.1.weight_decay": 0.01, "stages.0.epochs": 20, "model.depth": 5})
    found = {name for name, field in stage.fields.items() if field.mark.isVisible()}
    assert found == {"weight_decay"}
    with qtbot.waitSignal(stage.put_back) as back:
        click(stage.fields["weight_decay"].mark)
    assert back.args == ["stages.1.weight_decay"]
    stage.show_error("stages.1.epochs", "Too many.")
    assert stage.fields["epochs"].told == "Too many."
    assert stage.problem.isHidden()
    for key in ("model.depth", "stages.1.momentum"):  # neither has a field on screen
        stage.show_error(key, f"{key} is wrong.")
        assert (stage.problem.text(), stage.problem.isVisible()) == (f"{key} is wrong.", True)
    show_stage(stage, RunConfig(), 1)
    assert stage.fields["epochs"].told == ""
    assert stage.problem.isHidden()
    stage.show_marks({})
    assert not stage.fields["weight_decay"].mark.isVisible()
    show_stage(stage, RunConfig(), 0, momentum=0.5)  # without effect: the optimizer is AdamW
    stage.show_marks({"stages.0.momentum": 0.9})
    momentum = stage.fields["momentum"]
    assert momentum.isVisible()
    assert not momentum.control.isEnabled()
    without = momentum.help.text
    with qtbot.waitSignal(stage.put_back) as back:
        click(momentum.mark)
    assert back.args == ["stages.0.momentum"]
    show_stage(stage, RunConfig(), 0)
    stage.show_marks({})
    assert not momentum.isVisible()
    show_stage(stage, RunConfig(), 0, optimizer="sgd", momentum=0.5)
    stage.show_marks({"stages.0.momentum": 0.9})
    assert momentum.control.isEnabled()
    assert momentum.help.text != without


def test_a_stage_fits_its_place(qtbot: QtBot, stage: StagePanel) -> None:
    for fields in (
        {"optimizer": "sgd", "schedule": "step", "start_from": "best", "patience": 3},
        {"optimizer": "adam", "schedule": "plateau", "keep": "last"},
        {"optimizer": "rmsprop", "schedule": "cosine", "keep": "loss"},
        {"schedule": "one-cycle", "patience": 3},
    ):
        show_stage(stage, RunConfig(), 1, **fields)
        assert stage.minimumSizeHint().width() <= 1040
        assert stage.minimumSizeHint().height() <= 230
        stage.resize(940, 230)
        for name in seen(stage):
            qtbot.waitUntil(lambda name=name: not stage.fields[name].help.is_elided)


def test_the_curve_has_the_stages_schedule(stage: StagePanel) -> None:
    def curve(**fields: Any) -> ScheduleCurve:
        show_stage(stage, RunConfig(), 0, **fields)
        return stage.curve

    assert set(curve(schedule="constant").factors) == {1.0}
    warm = curve(schedule="constant", warmup_epochs=5, epochs=10).factors
    half = len(warm) // 2
    assert warm[0] < 0.05
    assert warm[:half] == sorted(warm[:half])
    assert set(warm[half:]) == {1.0}
    for epochs in (1, 3, 1000):
        assert len(curve(schedule="cosine", epochs=epochs).factors) >= epochs
        assert stage.curve.factors[-1] < 0.1
        assert f" {epochs} epoch" in stage.curve.toolTip()
    plateau = curve(learning_rate=0.003, schedule="plateau").caption
    assert "0.003" in plateau
    assert plateau != curve(learning_rate=0.003).caption
    steps = curve(schedule="step", decay_every=5, decay_factor=0.5, epochs=10)
    half = len(steps.factors) // 2
    assert (steps.factors[half - 1], steps.factors[half]) == (1.0, 0.5)
    image, plot = steps.grab().toImage(), steps.plot_rect()

    def is_line(share_across: float, share_up: float) -> bool:
        x = round(plot.left() + share_across * plot.width())
        y = round(plot.bottom() - share_up * plot.height())
        ground = image.pixelColor(x, round(plot.bottom() - 0.75 * plot.height()))
        line = [image.pixelColor(x, y + off) for off in (-1, 0, 1)]
        return any(abs(one.lightness() - ground.lightness()) > 60 for one in line)

    assert is_line(0.25, 1.0)
    assert not is_line(0.25, 0.5)
    assert is_line(0.75, 0.5)


# -- classes ----------------------------------------------------------------------------------


def test_of_class_weights_and_balanced_sampling_one_excludes_the_other(qtbot: QtBot) -> None:
    classes = ClassesPanel()
    qtbot.addWidget(classes)
    classes.resize(700, 120)
    classes.show()
    assert classes.imbalance.isHidden()
    switches = ("class_weights", "balanced_sampling")
    for name, other in (switches, switches[::-1]):
        classes.show_recipe(RunConfig(), 3)
        assert classes.fields[other].control.isEnabled()
        with qtbot.waitSignal(classes.changed) as changed:
            click(classes.fields[name].control)
        assert changed.args == [name, True]
        classes.show_recipe(recipes.changed(RunConfig(), name, True), 3)
        assert classes.fields[name].control.isEnabled()
        assert not classes.fields[other].control.isEnabled()
        assert classes.fields[name].name.text() in classes.fields[other].help.text
    for balance, parts in (
        (Balance("retriever", 812, "shiba", 40), ("retriever", "812", "shiba", "40", " 20 ")),
        (Balance("a", 90, "b", 60), ("90", "60", " 1.5 ")),
        (Balance("a", 90, "b", 90), ("90",)),
    ):
        classes.show_balance(balance)
        assert all(part in classes.imbalance.text for part in parts)
    assert "1" not in classes.imbalance.text
    classes.show_balance(None)
    assert classes.imbalance.isHidden()
