import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import recipes
from core.config import RunConfig
from core.messages import InputError
from core.recipes import RecipeError


def _refusal(*settings: str) -> str:
    """What a person reads when the recipe with ``settings`` is refused."""
    with pytest.raises(RecipeError) as caught:
        recipes.load(settings=settings)
    assert caught.value.code == "config_invalid"
    return str(caught.value)


def _write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_nothing_given_is_the_default_recipe() -> None:
    assert recipes.load() == RunConfig()


@pytest.mark.parametrize(
    ("setting", "path", "value"),
    [
        ("seed=7", ["seed"], 7),
        ("dataset.fit=crop", ["dataset", "fit"], "crop"),
        ('dataset.fit="pad"', ["dataset", "fit"], "pad"),
        ("dataset.image_size=64", ["dataset", "image_size"], 64),
        ("dataset.group_by=prefix:_", ["dataset", "group_by"], "prefix:_"),
        ("dataset.group_by=prefix: - ", ["dataset", "group_by"], "prefix: - "),
        ("dataset.group_by=subfolder", ["dataset", "group_by"], "subfolder"),
        ("dataset.group_by=time:2.5", ["dataset", "group_by"], "time:2.5"),
        ("dataset.group_by=null", ["dataset", "group_by"], None),
        ("dataset.background_color=[0, 128, 255]", ["dataset", "background_color"], [0, 128, 255]),
        ("dataset.max_megapixels=50", ["dataset", "max_megapixels"], 50.0),
        ("class_weights=true", ["class_weights"], True),
        ("augmentation.rotation=15", ["augmentation", "rotation"], [-15.0, 15.0]),
        ("augmentation.rotation=[-5, 20]", ["augmentation", "rotation"], [-5.0, 20.0]),
        ("augmentation.translation=0.1", ["augmentation", "translation"], [0.1, 0.1]),
        ("model.head.kind=softmax", ["model", "head", "kind"], "softmax"),
        ("stages.0.epochs=3", ["stages", 0, "epochs"], 3),
        ("stages.1.thawed=[4,5]", ["stages", 1, "thawed"], [4, 5]),
        ("stages.1.learning_rate=1e-4", ["stages", 1, "learning_rate"], 1e-4),
        ("stages.1.learning_rate=null", ["stages", 1, "learning_rate"], None),
        ("stages.0.augment=false", ["stages", 0, "augment"], False),
    ],
)
def test_a_setting_changes_one_field(setting: str, path: list[Any], value: object) -> None:
    expected = RunConfig().to_data()
    place: Any = expected
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    assert recipes.load(settings=[setting]).to_data() == expected


def test_replaced_stages_have_their_own_defaults() -> None:
    config = recipes.load(settings=['stages=[{"epochs": 6}]'])
    assert [stage.epochs for stage in config.stages] == [6]
    assert config.stages[0].thawed == ()


def test_the_later_setting_wins_over_the_earlier_and_over_files(tmp_path: Path) -> None:
    file = _write(tmp_path / "recipe.json", '{"seed": 1, "batch_size": 8}')
    config = recipes.load([file], ["seed=2", "seed=3"])
    assert (config.seed, config.batch_size) == (3, 8)


def test_a_file_may_hold_a_part_and_a_later_file_changes_it(tmp_path: Path) -> None:
    first = _write(tmp_path / "a.json", '{"dataset": {"fit": "crop", "image_size": 64}}')
    second = _write(tmp_path / "b.toml", "dataset.image_size = 96\n[[stages]]\nepochs = 4\n")
    config = recipes.load([first, second])
    assert (config.dataset.fit, config.dataset.image_size) == ("crop", 96)
    assert [stage.epochs for stage in config.stages] == [4]


def test_a_saved_recipe_is_read_back(tmp_path: Path) -> None:
    config = recipes.load(settings=["augmentation.rotation=10", "stages.1.thawed=[3,4,5]"])
    file = _write(tmp_path / "recipe.json", json.dumps(config.to_data()))
    assert recipes.load([file]) == config


def test_a_file_from_windows_notepad_is_read(tmp_path: Path) -> None:
    file = tmp_path / "recipe.json"
    file.write_bytes(b"\xef\xbb\xbf" + b'{\r\n"seed": 5\r\n}')
    assert recipes.load([file]).seed == 5


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("foo=1", "foo is not a field"),
        ("dataset.size=1", "dataset.size is not a field of a recipe. Known here: background_"),
        ("stages.0.epoch=1", "stages.0.epoch is not a field of a recipe. Known here: augment,"),
        ("model.head.layers=1", "model.head.layers is not a field of a recipe. Known here: drop"),
        ("stages.2.epochs=1", "stages.2.epochs is not a field of a recipe. Known here: 0, 1"),
        ("dataset.fit.x=1", "dataset.fit.x is not a field"),
        ("a..b=1", "a..b is not a field"),
        ("schema=2", "schema is 2: it must be 1"),
        ("dataset.image_size=225", "dataset.image_size is 225: it must be a multiple of 32"),
        ("dataset.image_size=20", "dataset.image_size is 20: it must be at least 32"),
        ("dataset.fit=squash", "dataset.fit is \"squash\": it must be 'stretch', 'crop' or 'pad'"),
        ("dataset.group_by=patient", 'dataset.group_by is "patient": it must be null, "prefix:"'),
        ("dataset.group_by=prefix:", 'dataset.group_by is "prefix:": it must be null, "prefix:"'),
        ("dataset.group_by=prefix:/", '(such as "prefix:_"), "subfolder", or "time:"'),
        ("dataset.group_by=subfolder:2", 'dataset.group_by is "subfolder:2": it must be null'),
        ("dataset.group_by=time:0", "a number of seconds above 0, at most 86400"),
        ("dataset.group_by=time:inf", 'dataset.group_by is "time:inf": it must be null'),
        ("dataset.group_by=5", "dataset.group_by is 5: it must be null"),
        ("dataset.background_color=[0,0]", "dataset.background_color.2 is missing"),
        ("dataset.background_color=white", 'background_color is "white": it must be a list'),
        ("dataset.max_megapixels=0", "dataset.max_megapixels is 0: it must be more than 0"),
        ("dataset.max_megapixels=1001", "dataset.max_megapixels is 1001: it must be at most 1000"),
        ("batch_size=0", "batch_size is 0: it must be at least 1"),
        ("batch_size=many", 'batch_size is "many": it must be a whole number'),
        ("stages.0.epochs=3.5", "stages.0.epochs is 3.5: it must be a whole number"),
        ("stages.1.learning_rate=0", "stages.1.learning_rate is 0: it must be more than 0"),
        ("augmentation.crop=NaN", "augmentation.crop is NaN: it must be a finite number"),
        ("augmentation.scale=[2,1]", "augmentation.scale is [2, 1]: it must be [low, high]"),
        ("augmentation.fill_color=[0,0,300]", "augmentation.fill_color.2 is 300: it must be at"),
        ("stages.0.thawed=[6]", "stages.0.thawed.0 is 6: it must be at most 5"),
        ("stages=[]", "stages is []: it needs at least 1"),
        ("stages=3", "stages is 3: it must be a list"),
        ("dataset=null", "dataset is null: it must be a table of fields"),
        ("class_weights=1", "class_weights is 1: it must be true or false"),
        ("class_weights=maybe", 'class_weights is "maybe": it must be true or false'),
    ],
)
def test_a_wrong_value_names_the_field_and_what_is_allowed(setting: str, said: str) -> None:
    assert said in _refusal(setting)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("model.head.kind=svm", 'model.head.kind is "svm"'),
        ("model.head.hidden=[256]", "It can do: []"),
        ("model.weights=other.safetensors", "It can do: imagenet, none"),
        ("stages.0.schedule=cosine", "It can do: constant"),
    ],
)
def test_what_is_planned_but_not_built_is_refused_by_name(setting: str, said: str) -> None:
    sentence = _refusal(setting)
    assert "this version of Thaw cannot do yet" in sentence
    assert said in sentence


def test_a_block_that_is_not_kept_cannot_be_thawed() -> None:
    assert "stages.1.thawed thaws block 5, but only 3 blocks are kept" in _refusal("model.depth=3")


def test_two_fractions_that_leave_nothing_name_one_and_its_limit() -> None:
    sentence = _refusal("dataset.validation_fraction=0.9", "dataset.test_fraction=0.3")
    assert "dataset.test_fraction is 0.3: it must be at most 0.05 beside" in sentence


def test_all_problems_are_told_at_once() -> None:
    sentence = _refusal("batch_size=0", "dataset.fit=squash")
    assert "batch_size is 0" in sentence
    assert "dataset.fit is" in sentence


def test_a_form_can_mark_each_refused_field() -> None:
    with pytest.raises(RecipeError) as caught:
        recipes.make({"batch_size": 0, "foo": 1})
    assert {values["field"] for _, values in caught.value.problems} == {"batch_size", "foo"}


@pytest.mark.parametrize("text", ["seed", "", "=3", " =3"])
def test_a_setting_without_key_or_value_is_explained(text: str) -> None:
    with pytest.raises(InputError, match="is not KEY=VALUE"):
        recipes.parse_setting(text)


def test_only_the_first_equals_sign_parts() -> None:
    assert recipes.parse_setting("model.weights=a=b") == ("model.weights", "a=b")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no recipe file .*none\.json"):
        recipes.load([tmp_path / "none.json"])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"{"),
        ("a.json", b"[1, 2]"),
        ("a.json", b"\xff\xfe"),
        ("a.json", b""),
        ("a.json", b"[" * 100_000),
        ("a.toml", b"seed = "),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        recipes.load([file])
    assert caught.value.code == "config_file_unreadable"
    assert name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.json", '{\n"seed": 1,\n"seed" 2}', 3),
        ("a.toml", "seed = 1\nbatch_size == 2\n", 2),
        ("a.toml", "seed = 1\nbatch_size = \n", 2),
        ("a.toml", 'seed = 1\nprecision = """', 2),
    ],
)
def test_where_a_file_is_wrongly_written_is_told_in_plain_words(
    tmp_path: Path, name: str, content: str, line: int
) -> None:
    file = tmp_path / name
    file.write_text(content)
    with pytest.raises(InputError, match=f"there is a mistake in how line {line} is written"):
        recipes.load([file])


def test_a_folder_is_no_recipe_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        recipes.load([tmp_path])


def test_changed_leaves_the_other_fields_and_the_old_recipe() -> None:
    before = recipes.load(settings=["seed=3"])
    after = recipes.changed(before, "dataset.image_size", 64)
    assert (after.seed, after.dataset.image_size) == (3, 64)
    assert before.dataset.image_size == 224


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["seed", "dataset", "dataset.fit", "stages", "stages.0", "stages.0.thawed", "model.head", "x"]
)


@given(KEYS, JSON)
def test_any_value_at_any_field_is_taken_or_refused_in_words(key: str, value: Any) -> None:
    try:
        config = recipes.changed(RunConfig(), key, value)
    except RecipeError as error:
        said = str(error)
    else:
        said = key
        assert RunConfig.model_validate(config.to_data()) == config
    assert key.split(".")[0] in said
