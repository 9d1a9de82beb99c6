"""What a recipe changes of its preset is found, and can be put back one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.recipe.presets import PRESETS, Difference, differences, preset, put_back


def keys(config: RunConfig, name: str) -> list[str]:
    return [one.key for one in differences(config, name)]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_as_it_comes_differs_in_nothing(name: str) -> None:
    assert differences(PRESETS[name].apply(RunConfig()), name) == ()


def test_every_changed_field_is_told_with_the_presets_value() -> None:
    settings = ["stages.0.epochs=3", "stages.1.learning_rate=0.01", "model.head.kind=fc"]
    found = differences(recipes.load([], settings), "fine-tune-last")
    assert found == (
        Difference("model.head.kind", "softmax"),
        Difference("stages.0.epochs", 20),
        Difference("stages.1.learning_rate", None),
    )


def test_what_no_preset_is_about_is_no_difference() -> None:
    settings = ["seed=3", "batch_size=8", "dataset.image_size=64", "augmentation.rotation=9"]
    assert differences(recipes.load([], settings), "fine-tune-last") == ()


def test_more_stages_are_one_difference() -> None:
    config = recipes.load([], ['stages=[{"epochs":1},{},{"thawed":[5]}]'])
    (found,) = differences(config, "fine-tune-last")
    assert found.key == "stages"
    back = put_back(config, "fine-tune-last", "stages")
    assert back == RunConfig()


def test_gradual_thawing_may_take_any_equal_number_of_epochs() -> None:
    gradual = PRESETS["gradual-thawing"].apply(RunConfig(), every=9)
    assert differences(gradual, "gradual-thawing") == ()
    config = recipes.changed(gradual, "stages.2.epochs", 1)
    assert "stages.2.epochs" in keys(config, "gradual-thawing")


def test_another_depth_is_a_difference_but_not_the_blocks_that_follow_from_it() -> None:
    config = recipes.load([], ["model.depth=4", "stages.1.thawed=[4]"])
    assert keys(config, "fine-tune-last") == ["model.depth"]
    back = put_back(config, "fine-tune-last", "model.depth")
    assert back == RunConfig()


def test_another_depth_goes_back_though_other_blocks_were_thawed() -> None:
    config = recipes.load([], ["model.depth=4", "stages.1.thawed=[2,4]"])
    back = put_back(config, "early-features", "model.depth")
    assert back.model.depth == 3
    assert back.stages[1].thawed == (2,)


def test_what_could_not_stay_goes_back_too() -> None:
    settings = ["model.head.kind=conv", "model.head.hidden=[8]", "model.head.channels=[8]"]
    config = recipes.load([], [*settings, "model.head.dropout=0.5", "stages.0.epochs=3"])
    back = put_back(config, "fine-tune-last", "model.head.kind")
    assert back.model.head.kind == "softmax"
    assert back.model.head.hidden is None
    assert back.model.head.dropout == 0.5, "what may stay stays"
    assert back.stages[0].epochs == 3


def test_a_file_goes_with_its_normalisation() -> None:
    config = recipes.load([], ["model.weights=a/b.pth", "model.normalization=caffe"])
    assert keys(config, "fine-tune-last") == ["model.weights", "model.normalization"]
    back = put_back(config, "fine-tune-last", "model.weights")
    assert back == RunConfig()


SETTINGS = (
    "model.depth=4",
    "model.weights=a/b.pth",
    "model.head.kind=fc",
    "model.head.dropout=0.3",
    "stages.0.epochs=2",
    "stages.0.thawed=[1]",
    "stages.1.optimizer=sgd",
    "stages.1.thawed=[2,3]",
    "stages.1.backbone_factor=1",
)


@given(st.sets(st.sampled_from(SETTINGS)), st.sampled_from(sorted(PRESETS)), st.data())
def test_putting_all_back_gives_the_preset(
    changed: set[str], name: str, data: st.DataObject
) -> None:
    config = recipes.load([], ["stages.1.thawed=[]", *sorted(changed)])
    for _ in range(40):
        left = keys(config, name)
        if not left:
            break
        key = data.draw(st.sampled_from(left))
        config = put_back(config, name, key)
        assert RunConfig.model_validate(config.to_data()) == config
        assert key not in keys(config, name)
    assert differences(config, name) == ()
    assert preset(config) == name
