"""Recipe files in the window: parts, older ones, and what is said of those that are wrong."""

import json
from pathlib import Path

import pytest

from core.common.messages import InputError
from core.recipe import files as recipes
from core.recipe.config import AugmentationConfig, RunConfig
from gui.base import words as base_words
from gui.recipe import files as recipe_files


def written(path: Path, data: object) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        recipe_files.load(path, RunConfig())
    return recipe_files.explained(path, caught.value)


@pytest.mark.parametrize("name", ["mine.json", "mine.toml"])
def test_what_was_saved_is_opened_again(tmp_path: Path, name: str) -> None:
    recipe = recipes.load([], ["stages.1.schedule=cosine", "model.head.kind=fc", "seed=3"])
    recipe_files.save(recipe, tmp_path / name)
    assert recipe_files.load(tmp_path / name, RunConfig(seed=9)) == recipe


def test_a_recipe_leaves_nothing_of_the_one_before(tmp_path: Path) -> None:
    file = written(tmp_path / "part.toml", "[[stages]]\nepochs = 3\n")
    recipe = recipe_files.load(file, RunConfig(seed=9, batch_size=8))
    assert (recipe.seed, recipe.batch_size, recipe.stages[0].epochs) == (0, 32, 3)


def test_an_augmentation_changes_nothing_else(tmp_path: Path) -> None:
    augmentation = AugmentationConfig(rotation=(-9, 9))
    file = recipes.save_augmentation(tmp_path / "light.json", augmentation)
    recipe = recipe_files.load(file, RunConfig(seed=9, batch_size=8))
    assert recipe == RunConfig(seed=9, batch_size=8, augmentation=augmentation)


def test_each_wrong_field_has_a_line_with_what_is_allowed(tmp_path: Path) -> None:
    data = {"batchsize": 8, "model": {"depth": 7}, "stages": [{}, {"epochs": 0}]}
    lines = refusal(written(tmp_path / "wrong.json", data)).splitlines()
    assert lines[0] == "wrong.json is no recipe that can be used:"
    assert any("batchsize" in line and "Did you mean batch_size?" in line for line in lines)
    assert "• model.depth is 7: it must be at most 5" in lines
    assert "• stages.1.epochs (stage 2) is 0: it must be at least 1" in lines
    assert len(lines) == 4


def test_of_very_many_wrong_fields_the_first_are_told(tmp_path: Path) -> None:
    lines = refusal(written(tmp_path / "a.json", {f"x{n}": n for n in range(500)})).splitlines()
    assert len(lines) == 9
    assert lines[-1] == "• and 493 more"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.json", '{\n"seed" 1}', "line 2"),
        ("a.toml", "seed =\n", "line 1"),
        ("a.json", "[]", "it is not an object"),
    ],
)
def test_a_file_that_is_none_is_one_sentence(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    sentence = refusal(written(tmp_path / name, content))
    assert said in sentence
    assert name in sentence


def test_a_refused_change_names_the_stage_as_the_window_counts_it() -> None:
    with pytest.raises(recipes.RecipeError) as caught:
        recipes.changed(RunConfig(), "stages.0.epochs", 0)
    assert base_words.error_text(caught.value) == str(caught.value)
    assert "stages.0.epochs (stage 1) is 0" in base_words.error_text(caught.value)
