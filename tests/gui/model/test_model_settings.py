"""The tabs with all that can be set: each field has one place, marks and errors find it."""

import pytest
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe.config import RunConfig
from gui.model import settings as model_settings
from gui.model.settings import ModelSettings
from gui.session.session import Session


@pytest.fixture
def settings(qtbot: QtBot, session: Session) -> ModelSettings:
    made = ModelSettings(session)
    qtbot.addWidget(made)
    made.resize(1056, 260)
    with qtbot.waitExposed(made):
        made.show()
    made.show_recipe(RunConfig(), 8, 1)
    return made


def tabs(settings: ModelSettings) -> list[str]:
    return [settings.tabText(number) for number in range(settings.count())]


def test_the_tabs_are_named_and_one_is_the_chosen_stage(settings: ModelSettings) -> None:
    assert tabs(settings) == ["Weights and depth", "Head", "Stage 2", "Classes and seed"]
    settings.show_recipe(RunConfig(), 8, 0)
    assert tabs(settings)[model_settings.STAGE] == "Stage 1"


def test_every_field_of_the_recipes_network_and_stages_has_a_name(settings: ModelSettings) -> None:
    recipe = RunConfig()
    keys = ["model.depth", "batch_size", "seed", "class_weights", "dataset.image_size"]
    keys += [f"model.head.{name}" for name in type(recipe.model.head).model_fields]
    keys += [f"stages.1.{name}" for name in type(recipe.stages[1]).model_fields if name != "thawed"]
    unnamed = [key for key in keys if settings.field_name(key) == key]
    assert unnamed == []


def test_a_change_is_told_with_the_recipes_key(qtbot: QtBot, settings: ModelSettings) -> None:
    settings.setCurrentIndex(model_settings.CLASSES)
    field = settings.general.fields["seed"].control
    field.setFocus()
    with qtbot.waitSignal(settings.changed) as changed:
        qtbot.keyClicks(field, "7")
    key, value = changed.args
    assert (key, str(value)[-1]) == ("seed", "7")


def test_tabs_with_something_that_differs_are_marked(settings: ModelSettings) -> None:
    settings.show_marks({"model.head.pooling": "flatten", "stages.0.epochs": 20})
    assert tabs(settings) == ["Weights and depth", "Head •", "Stage 2", "Classes and seed"]
    settings.show_recipe(RunConfig(), 8, 0)
    settings.show_marks({"stages.0.epochs": 20})
    assert tabs(settings)[model_settings.STAGE] == "Stage 1 •"
    settings.show_marks({})
    assert not any("•" in name for name in tabs(settings))


def test_a_mark_asks_for_the_cards_value(qtbot: QtBot, settings: ModelSettings) -> None:
    settings.show_recipe(recipes.changed(RunConfig(), "stages.1.optimizer", "sgd"), 8, 1)
    settings.show_marks({"stages.1.optimizer": "adamw"})
    mark = settings.stage.fields["optimizer"].mark
    assert mark.isVisible()
    assert "AdamW" in mark.toolTip()
    with qtbot.waitSignal(settings.put_back) as back:
        mark.click()
    assert back.args == ["stages.1.optimizer"]


@pytest.mark.parametrize(
    ("key", "tab"),
    [
        ("model.head.hidden", model_settings.HEAD),
        ("stages.1.schedule", model_settings.STAGE),
        ("batch_size", model_settings.CLASSES),
        ("model.depth", model_settings.WEIGHTS),
    ],
)
def test_what_is_wrong_is_brought_into_sight(settings: ModelSettings, key: str, tab: int) -> None:
    settings.setCurrentIndex((tab + 1) % settings.count())
    settings.show_error(key, "It is wrong")
    assert settings.currentIndex() == tab
