import json
from pathlib import Path

import pytest

from core.augmentation.presets import PRESETS
from core.common.messages import InputError
from core.recipe import files as recipes
from core.recipe.config import AugmentationConfig


def _written(folder: Path, data: object, name: str = "preset.json") -> Path:
    path = folder / name
    path.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return path


def _refusal(path: Path) -> str:
    """What a person reads; it names the file."""
    with pytest.raises(InputError) as error:
        recipes.load_augmentation(path)
    assert error.value.code.startswith("augmentation_")
    assert str(path) in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
def test_what_was_saved_comes_back(tmp_path: Path, config: AugmentationConfig) -> None:
    path = recipes.save_augmentation(tmp_path / "mine.json", config)
    assert recipes.load_augmentation(path) == config


def test_the_file_says_what_it_is_and_every_field(tmp_path: Path) -> None:
    config = AugmentationConfig(rotation=(-5, 5))
    path = recipes.save_augmentation(tmp_path / "mine", config)
    assert path == tmp_path / "mine.json"
    data = json.loads(path.read_text("utf-8"))
    assert {key: data[key] for key in ("thaw", "schema")} == {"thaw": "augmentation", "schema": 1}
    assert data["augmentation"]["rotation"] == [-5, 5]
    assert set(data["augmentation"]) == set(AugmentationConfig.model_fields)
    assert [one.name for one in tmp_path.iterdir()] == ["mine.json"]


def test_a_name_with_a_dot_keeps_it(tmp_path: Path) -> None:
    path = recipes.save_augmentation(tmp_path / "signs 1.5", AugmentationConfig())
    assert path.name == "signs 1.5.json"


def test_a_part_is_enough(tmp_path: Path) -> None:
    data = {"thaw": "augmentation", "schema": 1, "augmentation": {"rotation": 10}}
    assert recipes.load_augmentation(_written(tmp_path, data)).rotation == (-10, 10)


def test_of_a_recipe_the_augmentation_is_taken(tmp_path: Path) -> None:
    recipe = recipes.load(settings=["augmentation.crop=0.5", "seed=3"])
    config = recipes.load_augmentation(_written(tmp_path, recipe.to_data()))
    assert config == recipe.augmentation
    toml = _written(tmp_path, "seed = 3\n[augmentation]\nvertical_flip = 0.5\n", "recipe.toml")
    assert recipes.load_augmentation(toml).vertical_flip == 0.5


def test_what_else_is_wrong_with_a_recipe_does_not_matter(tmp_path: Path) -> None:
    path = _written(tmp_path, {"batch_size": -1, "augmentation": {"crop": 0.5}})
    assert recipes.load_augmentation(path).crop == 0.5


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"augmentation": {"crop": 2}}, "augmentation.crop is 2: it must be at most 1"),
        ({"augmentation": {"scale": [2, 1]}}, "augmentation.scale is [2, 1]: it must be [low,"),
        ({"augmentation": {"turn": 5}}, "augmentation.turn is not a field"),
        ({"augmentation": {"turn": 5}}, "brightness"),
        ({"augmentation": []}, "augmentation is []: it must be a table of fields"),
        ({"schema": 2, "augmentation": {}}, "schema is 2: it must be 1"),
        ({"thaw": "augmentation", "schema": 1}, "augmentation is missing"),
        ({"thaw": "run", "augmentation": {}}, 'thaw is "run": it must be "augmentation"'),
        (
            {"thaw": "augmentation", "augmentation": {}, "colour": 1},
            "colour is not a field of a recipe. Known here: augmentation, schema, thaw",
        ),
        ({"seed": 3}, "holds no augmentation"),
        ([1, 2], "cannot be read"),
        ("{", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_allowed(
    tmp_path: Path, data: object, said: str
) -> None:
    assert said in _refusal(_written(tmp_path, data))


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    data = {"thaw": 5, "augmentation": {"crop": 2, "jpeg": 0}}
    said = _refusal(_written(tmp_path, data))
    assert all(field in said for field in ("thaw is 5", "augmentation.crop is 2", "jpeg"))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert "There is no file" in _refusal(tmp_path / "gone.json")


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.mkdir()
    with pytest.raises(InputError, match=r"could not be written to .*mine\.json"):
        recipes.save_augmentation(path, AugmentationConfig())
    assert [one.name for one in tmp_path.iterdir()] == ["mine.json"]
