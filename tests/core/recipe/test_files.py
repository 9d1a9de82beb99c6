"""Recipes and augmentations from files and ``--set``: what is taken, what is refused and how."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.augmentation.presets import PRESETS
from core.common.messages import InputError
from core.recipe import files as recipes
from core.recipe import presets
from core.recipe.config import AugmentationConfig, Normalization, RunConfig, StageConfig
from core.recipe.files import RecipeError

NORMALIZATION = "model.normalization"
OWN_WEIGHTS = "model.weights=a/b.pth"
OWN, NAMED = f"{OWN_WEIGHTS} {NORMALIZATION}", f"{NORMALIZATION} 'caffe'"


def refused(*settings: str) -> RecipeError:
    """Why the recipe with ``settings`` is refused."""
    with pytest.raises(RecipeError) as error:
        recipes.load(settings=settings)
    assert error.value.code == "config_invalid"
    return error.value


def problem(*settings: str) -> tuple[str, dict[str, Any]]:
    """The one thing that is wrong with the recipe with ``settings``."""
    (found,) = refused(*settings).problems
    return found


def written(path: Path, data: object) -> Path:
    path.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return path


# -- settings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("seed", "7", 7),
        ("dataset.fit", '"pad"', "pad"),
        ("dataset.group_by", "prefix: - ", "prefix: - "),
        ("dataset.group_by", "subfolder", "subfolder"),
        ("dataset.group_by", "null", None),
        ("dataset.background_color", "[0, 128, 255]", [0, 128, 255]),
        ("dataset.max_megapixels", "50", 50.0),
        ("class_weights", "true", True),
        ("augmentation.rotation", "15", [-15.0, 15.0]),
        ("augmentation.rotation", "[-5, 20]", [-5.0, 20.0]),
        ("augmentation.translation", "0.1", [0.1, 0.1]),
        ("stages.1.thawed", "[4,5]", [4, 5]),
        ("stages.1.learning_rate", "1e-4", 1e-4),
    ],
)
def test_a_setting_changes_one_field(key: str, text: str, value: object) -> None:
    expected = RunConfig().to_data()
    *parents, last = (int(part) if part.isdecimal() else part for part in key.split("."))
    place: Any = expected
    for part in parents:
        place = place[part]
    place[last] = value
    assert recipes.load(settings=[f"{key}={text}"]).to_data() == expected


def test_replaced_stages_have_their_own_defaults_and_what_was_changed_leaves_the_rest() -> None:
    (stage,) = recipes.load(settings=['stages=[{"epochs": 6}]']).stages
    assert (stage.epochs, stage.thawed) == (6, ())
    before = recipes.load(settings=["seed=3"])
    after = recipes.changed(before, "dataset.image_size", 64)
    assert (after.seed, after.dataset.image_size) == (3, 64)
    assert before.dataset.image_size == 224
    numbers = [f"{NORMALIZATION}.mean=[0,0,0]", f"{NORMALIZATION}.std=[1,1,0.5]"]
    found = recipes.load([], [OWN_WEIGHTS, *numbers]).model.normalization
    assert isinstance(found, Normalization), "a table that was not there, field by field"
    assert found.std == (1, 1, 0.5)


def test_a_setting_is_parted_at_its_first_equals_sign() -> None:
    assert recipes.parse_setting("model.weights=a=b") == ("model.weights", "a=b")
    for text in ("seed", "", "=3", " =3"):
        with pytest.raises(InputError) as error:
            recipes.parse_setting(text)
        assert error.value.code == "config_set_syntax"


def test_choosing_an_svm_takes_label_smoothing_out_of_the_stages() -> None:
    smooth = recipes.changed(RunConfig(), "stages.1.label_smoothing", 0.1)
    head = {"kind": "svm"}
    for key, value in (("model.head.kind", "svm"), ("model.head", head), ("model", {"head": head})):
        svm = recipes.changed(smooth, key, value)
        assert svm.model.head.kind == "svm"
        assert [one.label_smoothing for one in svm.stages] == [0, 0]
    fully = recipes.changed(smooth, "model.head.kind", "fc")
    assert fully.stages[1].label_smoothing == 0.1, "it stays where the head has labels"


def test_choosing_a_head_without_a_gradient_leaves_one_pass_with_frozen_blocks() -> None:
    recipe = recipes.changed(RunConfig(), "model.head.kind", "nearest-mean")
    assert [(one.epochs, one.thawed) for one in recipe.stages] == [(1, ())]
    frozen = presets.PRESETS["feature-extractor"].apply(recipe)
    assert (frozen.model.head.kind, frozen.stages[0].epochs) == ("nearest-mean", 1)
    thawing = presets.PRESETS["fine-tune-last"].apply(recipe)
    assert recipes.make(thawing.to_data()).model.head.kind == "softmax", "a preset may thaw"


# -- what is wrong with a recipe ------------------------------------------------------------


def test_an_unknown_field_is_named_with_what_is_near_and_known() -> None:
    for key, field, near in (
        ("foo", "foo", None),
        ("dataset.size", "dataset.size", None),
        ("stages.0.epoch", "stages.0.epoch", "stages.0.epochs"),
        ("model.head.layers", "model.head.layers", "model.head.layer_norm"),
        ("modell.depth", "modell", "model"),
        ("dataset.fit.x", "dataset.fit.x", None),
        ("a..b", "a", None),
    ):
        code, values = problem(f"{key}=1")
        assert code == ("config_unknown_field" if near is None else "config_unknown_field_near")
        assert (values["field"], values.get("near")) == (field, near)
        parent = recipes.load().to_data()
        for part in field.split(".")[:-1]:
            parent = parent[int(part) if part.isdecimal() else part]
        known = ", ".join(sorted(parent)) if isinstance(parent, dict) else "none"
        assert values["known"] == known


@pytest.mark.parametrize(
    ("setting", "field", "allowed"),
    [
        ("schema=2", "schema", "1"),
        ("dataset.image_size=225", "dataset.image_size", "32"),
        ("dataset.fit=squash", "dataset.fit", "'stretch' 'crop' 'pad'"),
        ("dataset.group_by=patient", "dataset.group_by", 'null "prefix:" "subfolder" 86400'),
        *(
            (f"dataset.group_by={wrong}", "dataset.group_by", 'null "time:"')
            for wrong in ("prefix:", "prefix:/", "subfolder:2", "time:0", "time:inf", "5")
        ),
        ("dataset.background_color=white", "dataset.background_color", ""),
        ("dataset.max_megapixels=1001", "dataset.max_megapixels", "1000"),
        ("batch_size=0", "batch_size", "1"),
        ("batch_size=many", "batch_size", ""),
        ("stages.0.epochs=3.5", "stages.0.epochs", ""),
        ("stages.1.learning_rate=0", "stages.1.learning_rate", "0"),
        ("augmentation.crop=NaN", "augmentation.crop", ""),
        ("augmentation.scale=[2,1]", "augmentation.scale", "[low, high]"),
        ("augmentation.fill_color=[0,0,300]", "augmentation.fill_color.2", "255"),
        ("stages.0.thawed=[6]", "stages.0.thawed.0", "5"),
        ("stages=[]", "stages", "1"),
        ("dataset=null", "dataset", ""),
        ("class_weights=1", "class_weights", "true false"),
        ("class_weights=maybe", "class_weights", "true false"),
    ],
)
def test_a_wrong_value_names_the_field_and_what_is_allowed(
    setting: str, field: str, allowed: str
) -> None:
    error = refused(setting)
    ((code, values),) = error.problems
    assert (code, values["field"]) == ("config_value", field)
    assert all(word in values["allowed"] for word in allowed.split())
    said = str(error)
    assert field in said
    assert values["value"] in said
    stage = int(field.split(".")[1]) + 1 if field.startswith("stages.") else 0
    assert (f"stage {stage}" in said) == (stage > 0)


def test_each_kind_of_limit_reads_differently() -> None:
    wrong = (
        *("dataset.image_size=225", "batch_size=0", "dataset.max_megapixels=0", "batch_size=many"),
        *("stages.0.thawed=[6]", "stages.0.momentum=1", "augmentation.crop=NaN", "stages=[]"),
        *("augmentation.crop=x", "stages=3", "dataset=null", "class_weights=1", "dataset.fit=5"),
    )
    allowed = {re.sub(r"[\d.]+", "", problem(one)[1]["allowed"]) for one in wrong}
    assert len(allowed) == len(wrong)


@pytest.mark.parametrize(
    ("settings", "code", "values"),
    [
        ("dataset.background_color=[0,0]", "config_missing", "dataset.background_color.2"),
        ("model.depth=3", "config_thawed_beyond_depth", "stages.1.thawed 5 3"),
        (
            "dataset.validation_fraction=0.9 dataset.test_fraction=0.3",
            *("config_value", "dataset.test_fraction 0.3 0.05"),
        ),
        (
            "class_weights=true balanced_sampling=true",
            *("config_value", "balanced_sampling class_weights"),
        ),
        (
            "model.head.kind=svm stages.1.label_smoothing=0.1",
            *("config_value", "stages.1.label_smoothing 0.1 svm"),
        ),
        ("model.head.kind=nearest-mean", "config_value", "stages.0.epochs 20 1 gradient"),
        (
            'model.head.kind=nearest-mean stages=[{"epochs":1,"thawed":[5]}]',
            *("config_value", "stages.0.thawed nearest-mean gradient"),
        ),
        (f"{OWN}=caff", "config_value", f"{NAMED} 'torchvision' 'vggface' 'unit' mean std order"),
        (f"{OWN}=5", "config_value", NAMED),
        (OWN + '={"mean":[0,0,0],"std":[1,1,0]}', "config_value", f"{NORMALIZATION}.std.2 0"),
        (OWN + '={"std":[1,1,1]}', "config_missing", "normalization.mean"),
        (
            OWN + '={"means":1,"mean":[0,0,0],"std":[1,1,1]}',
            *("config_unknown_field_near", f"{NORMALIZATION}.means {NORMALIZATION}.mean"),
        ),
    ],
)
def test_what_cannot_be_meant_together_or_in_parts_is_one_problem(
    settings: str, code: str, values: str
) -> None:
    found, named = problem(*settings.split())
    assert found == code
    told = " ".join(map(str, named.values()))
    assert all(word in told for word in values.split())
    assert "literal" not in told


def test_all_problems_come_at_once_each_with_its_field() -> None:
    for setting in ("stages.2.epochs=1", "stages.2={}"):
        assert problem(setting) == ("config_unknown_stage", {"field": "stages.2", "stages": 2})
    error = refused("batch_size=0", "dataset.fit=squash", "foo=1", "stages.0.epochs=0")
    fields = {values["field"] for _, values in error.problems}
    assert fields == {"batch_size", "dataset.fit", "foo", "stages.0.epochs"}
    assert all(field in str(error) for field in fields)


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


# -- recipe files ---------------------------------------------------------------------------


def test_files_and_settings_change_a_recipe_in_their_order(tmp_path: Path) -> None:
    first = written(tmp_path / "a.json", {"seed": 1, "dataset": {"fit": "crop", "image_size": 64}})
    second = written(tmp_path / "b.toml", "dataset.image_size = 96\n[[stages]]\nepochs = 4\n")
    config = recipes.load([first, second], ["seed=2", "seed=3"])
    assert (config.seed, config.dataset.fit, config.dataset.image_size) == (3, "crop", 96)
    assert [stage.epochs for stage in config.stages] == [4]


def test_a_recipe_of_an_older_version_is_read(tmp_path: Path) -> None:
    """As the first version wrote it: no field that came later, an empty list of hidden layers."""
    old = """{"schema": 1, "seed": 3, "augmentation": {"rotation": 10, "fill_mode": "edge"},
        "model": {"weights": "imagenet", "depth": 5, "head": {
            "kind": "softmax", "pooling": "flatten", "hidden": [], "dropout": 0.0}},
        "stages": [
            {"epochs": 20, "thawed": [], "learning_rate": null, "optimizer": "adamw"},
            {"epochs": 10, "thawed": [5], "learning_rate": 0.0001, "schedule": "constant"}]}"""
    config = recipes.load([written(tmp_path / "old.json", old)])
    assert (config.seed, config.augmentation.rotation) == (3, (-10, 10))
    assert [stage.thawed for stage in config.stages] == [(), (5,)]
    assert config.stages[1].learning_rate == 1e-4
    assert config.stages[1].momentum == StageConfig().momentum
    assert config.model.head.hidden_widths == ()


@pytest.mark.parametrize(
    ("name", "content", "line"),
    [
        ("a.json", b"", "line 1"),
        ("a.json", b'{\n"seed": 1,\n"seed" 2}', "line 3"),
        ("a.toml", b"seed = 1\nbatch_size = \n", "line 2"),
        ("a.toml", b'seed = 1\nprecision = """', "line 2"),
        ("a.json", b"[1, 2]", ""),
        ("a.json", b"\xff\xfe", ""),
        ("a.json", b"[" * 100_000, ""),
        ("a.json", None, ""),  # a folder
    ],
)
def test_a_damaged_or_missing_file_is_named_with_the_line_of_the_mistake(
    tmp_path: Path, name: str, content: bytes | None, line: str
) -> None:
    path = tmp_path / name
    with pytest.raises(InputError) as missing:
        recipes.load([path])
    assert (missing.value.code, missing.value.values["path"]) == ("config_file_missing", str(path))
    path.mkdir() if content is None else path.write_bytes(content)
    with pytest.raises(InputError) as error:
        recipes.load([path])
    assert error.value.code == "config_file_unreadable"
    assert error.value.values["path"] == str(path)
    assert line in str(error.value.values["reason"])


def test_a_recipe_comes_back_with_every_kind_of_value_also_from_windows_notepad(
    tmp_path: Path,
) -> None:
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
    text = json.dumps(recipe.to_data(), indent=1).replace("\n", "\r\n")
    for start in (b"", b"\xef\xbb\xbf"):
        (tmp_path / "recipe.json").write_bytes(start + text.encode())
        assert recipes.load([tmp_path / "recipe.json"]) == recipe
    nulls = {"a": None, "b": {"c": 1, "d": None}}
    assert recipes.to_toml(nulls) == "[b]\nc = 1\n", "what is null is left out"


# -- files of augmentations -----------------------------------------------------------------


@pytest.mark.parametrize("config", PRESETS.values(), ids=PRESETS)
def test_a_saved_augmentation_comes_back(tmp_path: Path, config: AugmentationConfig) -> None:
    path = recipes.save_augmentation(tmp_path / "signs 1.5", config)
    assert [one.name for one in tmp_path.iterdir()] == ["signs 1.5.json"]
    assert recipes.load_augmentation(path) == config
    assert recipes.load([path]).augmentation == config
    data = json.loads(path.read_text("utf-8"))
    assert {key: data[key] for key in ("thaw", "schema")} == {"thaw": "augmentation", "schema": 1}
    assert set(data["augmentation"]) == set(AugmentationConfig.model_fields)
    assert recipes.save_augmentation(path, AugmentationConfig()) == path


def test_a_part_of_an_augmentation_or_of_a_recipe_is_enough(tmp_path: Path) -> None:
    part = {"thaw": "augmentation", "schema": 1, "augmentation": {"rotation": 10}}
    assert recipes.load_augmentation(written(tmp_path / "a.json", part)).rotation == (-10, 10)
    toml = written(tmp_path / "a.toml", "seed = 3\n[augmentation]\nvertical_flip = 0.5\n")
    assert recipes.load_augmentation(toml).vertical_flip == 0.5
    wrong = written(tmp_path / "b.json", {"batch_size": -1, "augmentation": {"crop": 0.5}})
    assert recipes.load_augmentation(wrong).crop == 0.5, "the rest does not matter"


def test_an_augmentation_kept_as_a_file_is_part_of_a_recipe(tmp_path: Path) -> None:
    whole = written(tmp_path / "a.json", '{"seed": 4, "augmentation": {"crop": 0.5}}')
    part = recipes.save_augmentation(tmp_path / "b.json", AugmentationConfig(rotation=(-9, 9)))
    last = written(tmp_path / "c.toml", "augmentation.vertical_flip = 0.5\n")
    config = recipes.load([whole, part, last])
    assert (config.seed, config.augmentation.vertical_flip) == (4, 0.5)
    assert config.augmentation.rotation == (-9, 9)
    assert config.augmentation.crop == 1, "the augmentation in the later file is a whole one"
    assert recipes.load([part, whole]).augmentation.crop == 0.5, "later ones win"


def test_a_wrong_augmentation_names_each_field_and_what_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    ours: dict[str, object] = {"thaw": "augmentation"}
    for data, said in (
        ({"augmentation": {"crop": 2}}, "augmentation.crop 2 1"),
        ({"augmentation": {"turn": 5}}, "augmentation.turn brightness"),
        ({"augmentation": []}, "augmentation []"),
        ({"schema": 2, "augmentation": {}}, "schema 2 1"),
        ({**ours, "schema": 1}, "augmentation"),
        ({"thaw": "run", "augmentation": {}}, 'thaw "run" "augmentation"'),
        ({**ours, "augmentation": {}, "colour": 1}, "colour augmentation, schema, thaw"),
        ({"thaw": 5, "augmentation": {}}, "thaw 5 augmentation"),
    ):
        with pytest.raises(RecipeError) as error:
            recipes.load_augmentation(written(path, data))
        assert all(word in str(error.value.values["problems"]) for word in said.split())
        with pytest.raises(RecipeError):
            recipes.load([path])


def test_a_file_without_an_augmentation_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for data, code in (
        (None, "config_file_missing"),
        ({"seed": 3}, "augmentation_missing"),
        ([1, 2], "config_file_unreadable"),
        ("{", "config_file_unreadable"),
        ("[" * 100_000, "config_file_unreadable"),
    ):
        if data is not None:
            written(path, data)
        with pytest.raises(InputError) as error:
            recipes.load_augmentation(path)
        assert (error.value.code, error.value.values["path"]) == (code, str(path))


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    (tmp_path / "mine.json").mkdir()
    with pytest.raises(InputError) as error:
        recipes.save_augmentation(tmp_path / "mine.json", AugmentationConfig())
    assert error.value.code == "augmentation_unwritable"
    assert [one.name for one in tmp_path.iterdir()] == ["mine.json"]
