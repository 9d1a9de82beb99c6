"""In what two runs differ, in words, and what counts for nothing."""

from pathlib import Path
from typing import Any

import pytest

from core.recipe.config import RunConfig
from core.reports.comparison import english
from core.reports.differences import differences, field_name, leaves, shown, shown_value
from core.runs.run import Run
from tests.support.pictures import PictureFolder
from tests.support.training import new_run, small_recipe


@pytest.fixture
def runs(picture_folder: PictureFolder, tmp_path: Path) -> Any:
    """Makes runs of some recipes: the words of all that differs, by the field's name."""
    folder = picture_folder(classes=2, per_class=8)

    def make(*settings: tuple[str, ...]) -> dict[str, list[str]]:
        made: list[Run] = [
            new_run(folder, tmp_path / f"run{number}", small_recipe(*one))
            for number, one in enumerate(settings)
        ]
        return {
            english(field_name(one.key)): [english(shown(one, at)) for at in range(len(made))]
            for one in differences(made)
        }

    return make


def test_every_field_of_a_recipe_has_a_name() -> None:
    keys = [key for key, _ in leaves("", RunConfig().to_data()) if key not in ("schema", "stages")]
    keys += [f"stages.0.{name}" for name in RunConfig().to_data()["stages"][0]]
    assert [key for key in keys if field_name(key) == key] == []


def test_a_stage_more_is_one_line(runs: Any) -> None:
    one = '[{"epochs": 3}]'
    two = '[{"epochs": 3}, {"epochs": 2, "thawed": [4, 5]}]'
    assert runs((f"stages={one}",), (f"stages={two}",)) == {
        "stage 2": ["not there", "epochs: 2, blocks 4, 5"]
    }


def test_an_effect_that_is_off_says_so_and_its_probability_nothing(runs: Any) -> None:
    found = runs((), ("augmentation.rotation=15",))
    assert found.pop("rotation, degrees") == ["off", "\N{MINUS SIGN}15 to 15"]
    assert found == {}


def test_how_often_an_effect_is_done_is_told_where_it_is_not_always(runs: Any) -> None:
    found = runs((), ("augmentation.rotation=15", "augmentation.rotation_probability=0.3"))
    assert found["rotation, share of pictures"] == ["off", "0.3"]


def test_what_a_frozen_stage_would_learn_at_is_no_difference(runs: Any) -> None:
    frozen = "stages.0.thawed=[]"
    assert runs((frozen,), (frozen, "stages.0.backbone_factor=0.5")) == {}


def test_the_default_written_out_is_no_difference(runs: Any) -> None:
    fc = "model.head.kind=fc"
    assert runs((fc,), (fc, "model.head.hidden=[256]")) == {}


def test_as_many_other_pictures_are_told_apart(runs: Any) -> None:
    found = runs((), ("dataset.split_seed=3",))
    assert found["seed of the split"] == ["0", "3"]
    assert found["validation pictures"] == ["4", "4, not the same ones"]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("dataset.image_size", 64, "64 px"),
        ("stages.0.thawed", [5], "block 5"),
        ("stages.0.thawed", [], "none"),
        ("stages.0.learning_rate", None, "the head’s own"),
        ("stages.0.learning_rate", 0.0002, "0.0002"),
        ("augmentation.translation", [0.1, 0.2], "0.1, 0.2"),
        ("model.head.hidden", [256, 64], "256, 64"),
        ("class_weights", True, "yes"),
    ],
)
def test_values_in_words(key: str, value: Any, words: str) -> None:
    assert english(shown_value(key, value)) == words
