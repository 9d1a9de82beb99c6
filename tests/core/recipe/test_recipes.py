import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.messages import InputError
from core.recipe import files as recipes
from core.recipe.config import AugmentationConfig, Normalization, RunConfig, StageConfig
from core.recipe.files import RecipeError

OLD = {
    "schema": 1,
    "seed": 3,
    "batch_size": 32,
    "precision": "auto",
    "device": "auto",
    "threads": None,
    "micro_batch": None,
    "class_weights": False,
    "dataset": {"split_seed": 0, "image_size": 224, "fit": "stretch", "validation_fraction": 0.2},
    "augmentation": {"rotation": 10, "fill_mode": "edge"},
    "model": {
        "weights": "imagenet",
        "depth": 5,
        "head": {"kind": "softmax", "pooling": "flatten", "hidden": [], "dropout": 0.0},
    },
    "stages": [
        {"epochs": 20, "thawed": [], "learning_rate": None, "optimizer": "adamw"},
        {
            "epochs": 10,
            "thawed": [5],
            "augment": True,
            "learning_rate": 0.0001,
            "backbone_factor": 0.1,
            "weight_decay": 0.01,
            "schedule": "constant",
        },
    ],
}


def _refusal(*settings: str) -> str:
    """What a person reads when the recipe with ``settings`` is refused."""
    with pytest.raises(RecipeError) as caught:
        recipes.load(settings=settings)
    assert caught.value.code == "config_invalid"
    return str(caught.value)


def _write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("model.head.kind", "svm"),
        ("model.head", {"kind": "svm"}),
        ("model", {"head": {"kind": "svm"}}),
    ],
)
def test_choosing_an_svm_takes_label_smoothing_out_of_the_stages(key: str, value: object) -> None:
    smooth = recipes.changed(RunConfig(), "stages.1.label_smoothing", 0.1)
    svm = recipes.changed(smooth, key, value)
    assert svm.model.head.kind == "svm"
    assert [one.label_smoothing for one in svm.stages] == [0, 0]
    fully = recipes.changed(smooth, "model.head.kind", "fc")
    assert fully.stages[1].label_smoothing == 0.1, "it stays where the head has labels"


def test_smoothing_an_svms_labels_is_still_refused_by_its_field() -> None:
    svm = recipes.changed(RunConfig(), "model.head.kind", "svm")
    with pytest.raises(RecipeError, match=r"stages\.1\.label_smoothing"):
        recipes.changed(svm, "stages.1.label_smoothing", 0.1)


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
        ("stages.0.epoch=1", "Did you mean stages.0.epochs? Known here: augment,"),
        (
            "model.head.layers=1",
            "model.head.layers is not a field of a recipe. Did you mean model.",
        ),
        (
            "modell.depth=3",
            "modell is not a field of a recipe. Did you mean model? Known here: aug",
        ),
        ("dataset.zzz=1", "dataset.zzz is not a field of a recipe. Known here: background_color, "),
        ("stages.2.epochs=1", "stages.2 (stage 3) is not there: the recipe has 2 stages, counted"),
        ("stages.2={}", "stages.2 (stage 3) is not there: the recipe has 2 stages, counted"),
        ("dataset.fit.x=1", "dataset.fit.x is not a field"),
        ("a..b=1", "a is not a field"),
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
        ("stages.0.epochs=3.5", "stages.0.epochs (stage 1) is 3.5: it must be a whole number"),
        (
            "stages.1.learning_rate=0",
            "stages.1.learning_rate (stage 2) is 0: it must be more than 0",
        ),
        ("augmentation.crop=NaN", "augmentation.crop is NaN: it must be a finite number"),
        ("augmentation.scale=[2,1]", "augmentation.scale is [2, 1]: it must be [low, high]"),
        ("augmentation.fill_color=[0,0,300]", "augmentation.fill_color.2 is 300: it must be at"),
        ("stages.0.thawed=[6]", "stages.0.thawed.0 (stage 1) is 6: it must be at most 5"),
        ("stages=[]", "stages is []: it needs at least 1"),
        ("stages=3", "stages is 3: it must be a list"),
        ("dataset=null", "dataset is null: it must be a table of fields"),
        ("class_weights=1", "class_weights is 1: it must be true or false"),
        ("class_weights=maybe", 'class_weights is "maybe": it must be true or false'),
    ],
)
def test_a_wrong_value_names_the_field_and_what_is_allowed(setting: str, said: str) -> None:
    assert said in _refusal(setting)


NUMBERS = '{"mean": [0.4, 0.4, 0.4], "std": [0.2, 0.2, 0]}'
OWN_NORMALIZATION = "model.normalization"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            "caff",
            "model.normalization is \"caff\": it must be 'caffe', 'torchvision', 'vggface' or "
            "'unit', or a table of mean, std, order",
        ),
        ("5", "model.normalization is 5: it must be 'caffe', "),
        (NUMBERS, "model.normalization.std.2 is 0: it must be more than 0"),
        ('{"std": [1, 1, 1]}', "model.normalization.mean is missing"),
        (
            NUMBERS.replace("0}", "1, 1}").replace("mean", "means"),
            "model.normalization.means is not a field of a recipe. Did you mean "
            "model.normalization.mean?",
        ),
    ],
)
def test_a_field_of_two_kinds_is_explained_once(value: str, said: str) -> None:
    sentence = _refusal("model.weights=a/b.pth", f"{OWN_NORMALIZATION}={value}")
    assert said in sentence
    assert sentence.count(f"{OWN_NORMALIZATION} ") <= 1
    assert "literal" not in sentence
    assert "Normalization" not in sentence


def test_the_fields_of_a_table_that_is_not_there_yet_can_be_set_one_by_one() -> None:
    numbers = [f"{OWN_NORMALIZATION}.mean=[0,0,0]", f"{OWN_NORMALIZATION}.std=[1,1,0.5]"]
    config = recipes.load([], ["model.weights=a/b.pth", *numbers])
    assert isinstance(config.model.normalization, Normalization)
    assert config.model.normalization.std == (1, 1, 0.5)


def test_one_wrong_field_of_the_only_stage_is_one_problem() -> None:
    with pytest.raises(RecipeError) as caught:
        recipes.make({"stages": [{"epochs": 0}]})
    assert [values["field"] for _, values in caught.value.problems] == ["stages.0.epochs"]


def test_a_recipe_of_an_older_version_is_read(tmp_path: Path) -> None:
    """As the first version wrote it: no field that came later, an empty list of hidden layers."""
    file = _write(tmp_path / "old.json", json.dumps(OLD))
    config = recipes.load([file])
    assert [stage.thawed for stage in config.stages] == [(), (5,)]
    assert config.stages[1].learning_rate == 1e-4
    assert config.stages[1].momentum == StageConfig().momentum
    assert config.model.head.hidden_widths == ()
    assert config.augmentation.rotation == (-10, 10)
    assert config.seed == 3


def test_an_augmentation_kept_as_a_file_is_part_of_a_recipe(tmp_path: Path) -> None:
    whole = _write(tmp_path / "a.json", '{"seed": 4, "augmentation": {"crop": 0.5}}')
    part = recipes.save_augmentation(tmp_path / "b.json", AugmentationConfig(rotation=(-9, 9)))
    last = _write(tmp_path / "c.toml", "augmentation.vertical_flip = 0.5\n")
    config = recipes.load([whole, part, last])
    assert config.seed == 4
    assert config.augmentation.rotation == (-9, 9)
    assert config.augmentation.crop == 1, "the augmentation in the later file is a whole one"
    assert config.augmentation.vertical_flip == 0.5
    assert recipes.load([part, whole]).augmentation.crop == 0.5, "later ones win"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"thaw": "network"}', 'thaw is "network": it must be "augmentation"'),
        ('{"thaw": "augmentation"}', "augmentation is missing"),
        ('{"thaw": "augmentation", "augmentation": {}, "seeds": 1}', "seeds is not a field"),
        (
            '{"thaw": "augmentation", "augmentation": {"rotate": 3}}',
            "augmentation.rotate is not a field of a recipe. Did you mean augmentation.rotation?",
        ),
    ],
)
def test_a_part_that_is_none_is_refused(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipes.load([_write(tmp_path / "part.json", content)])
    assert said in str(caught.value)


def test_a_block_that_is_not_kept_cannot_be_thawed() -> None:
    assert "stages.1.thawed (stage 2) thaws block 5, but none after 3 is kept" in _refusal(
        "model.depth=3"
    )


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
