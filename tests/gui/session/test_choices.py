"""Choices are values; their history undoes and redoes."""

from unittest.mock import patch

import pytest

from core.recipe.config import AugmentationConfig, RunConfig, StageConfig
from core.recipe.files import RecipeError
from gui.session.choices import LIGHT, Choices, UndoHistory


def test_tried_augmentation_trains_only_while_it_is_on() -> None:
    tried = Choices().with_value("augmentation.rotation", 30)
    assert tried.tried.rotation == (-30, 30)
    assert tried.recipe.augmentation.is_identity
    on = tried.with_augmentation(True)
    assert on.recipe.augmentation == on.tried
    assert on.with_value("augmentation.crop", 0.5).recipe.augmentation.crop == 0.5
    off = on.with_augmentation(False)
    assert off.recipe.augmentation.is_identity
    assert off.tried.rotation == (-30, 30)


def test_a_value_that_is_not_allowed_changes_nothing() -> None:
    before = Choices()
    with pytest.raises(RecipeError, match="epochs"):
        before.with_value("stages.0.epochs", 0)
    with pytest.raises(RecipeError, match="rotation"):
        before.with_value("augmentation.rotation", 999)
    assert before == Choices()


def test_a_recipe_with_augmentation_turns_it_on() -> None:
    recipe = RunConfig(augmentation=AugmentationConfig(horizontal_flip=0.5))
    choices = Choices().with_recipe(recipe)
    assert choices.augmenting
    assert choices.tried.horizontal_flip == 0.5


def test_a_recipe_without_augmentation_keeps_what_is_tried() -> None:
    choices = Choices().with_recipe(RunConfig(stages=(StageConfig(epochs=3),)))
    assert not choices.augmenting
    assert choices.tried == LIGHT


def test_choices_survive_plain_data() -> None:
    choices = (
        Choices()
        .with_value("stages.1.thawed", [4, 5])
        .with_value("augmentation.scale", [0.5, 2.0])
        .with_augmentation(True)
    )
    assert Choices.from_data(choices.to_data()) == choices


def _epochs(number: int) -> Choices:
    return Choices().with_value("stages.0.epochs", number)


def test_what_it_begins_with_is_taken_back_but_not_undone() -> None:
    history = UndoHistory(_epochs(1))
    history.push(_epochs(2))
    history.begin_with(_epochs(3))
    assert not history.can_undo
    history.push(_epochs(4))
    assert history.undo()
    assert not history.undo()
    assert history.present == _epochs(3)
    assert history.take_back()
    assert history.present == _epochs(2)
    assert not history.take_back()


def test_undo_and_redo_walk_the_history() -> None:
    history = UndoHistory(_epochs(1))
    history.push(_epochs(2), "a")
    history.push(_epochs(3), "b")
    assert history.undo()
    assert history.present == _epochs(2)
    assert history.undo()
    assert history.present == _epochs(1)
    assert not history.undo()
    assert history.redo()
    assert history.redo()
    assert history.present == _epochs(3)
    assert not history.redo()


def test_a_new_change_forgets_what_was_undone() -> None:
    history = UndoHistory(_epochs(1))
    history.push(_epochs(2), "a")
    history.undo()
    history.push(_epochs(5), "a")
    assert not history.can_redo
    history.undo()
    assert history.present == _epochs(1)


def test_a_sliders_drag_is_one_step_and_a_later_drag_another() -> None:
    history = UndoHistory(_epochs(1))
    with patch("gui.session.choices.monotonic") as clock:
        for now, number in ((0.0, 2), (0.3, 3), (0.6, 4), (5.0, 5), (5.5, 6)):
            clock.return_value = now
            history.push(_epochs(number), "stages.0.epochs")
    history.undo()
    assert history.present == _epochs(4)
    history.undo()
    assert history.present == _epochs(1)


def test_quick_changes_of_two_fields_are_two_steps() -> None:
    history = UndoHistory(_epochs(1))
    with patch("gui.session.choices.monotonic", return_value=0.0):
        history.push(_epochs(2), "stages.0.epochs")
        history.push(_epochs(2).with_value("batch_size", 8), "batch_size")
    history.undo()
    assert history.present == _epochs(2)


def test_a_change_right_after_an_undo_is_a_step_of_its_own() -> None:
    history = UndoHistory(_epochs(1))
    with patch("gui.session.choices.monotonic", return_value=0.0):
        history.push(_epochs(2), "a")
        history.undo()
        history.push(_epochs(3), "a")
    history.undo()
    assert history.present == _epochs(1)
