"""Recipes as TOML, read back with Python's own reader."""

import tomllib

from core.recipe import files as recipes


def test_a_recipe_comes_back_from_toml_with_every_kind_of_value() -> None:
    data = {
        "seed": 3,
        "class_weights": True,
        "augmentation": {"rotation": [-9, 9.5], "fill_color": [1, 2, 3]},
        "model": {
            "weights": 'C:\\faces\\"own" \N{GRINNING FACE}\t\x7f.h5',
            "normalization": {"mean": [0.1, 0.2, 0.3], "std": [1e-5, 1, 1], "order": "bgr"},
            "head": {"kind": "fc", "hidden": [64, 32], "dropout": 0.5},
        },
        "stages": [{"epochs": 3, "thawed": [4, 5], "patience": 2}, {"learning_rate": 1e-7}],
    }
    recipe = recipes.make(data)
    assert recipes.make(tomllib.loads(recipes.to_toml(recipe.to_data()))) == recipe


def test_what_is_null_is_left_out() -> None:
    assert recipes.to_toml({"a": None, "b": {"c": 1, "d": None}}) == "[b]\nc = 1\n"
