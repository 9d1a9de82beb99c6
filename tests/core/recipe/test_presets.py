"""Presets: what each makes of a recipe, which one a recipe follows, and the way back to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.messages import SENTENCES
from core.recipe import files as recipes
from core.recipe import presets as recipe_presets
from core.recipe.config import DEFAULT_STAGES, RunConfig
from core.recipe.presets import (
    EVERY,
    PRESETS,
    Difference,
    differences,
    nearest,
    preset,
    put_all_back,
    put_back,
)

MINE = (
    *("seed=7", "batch_size=8", "dataset.image_size=96", "augmentation.rotation=20"),
    *("model.depth=4", "model.head.kind=fc", "stages.0.epochs=3", "stages.1.thawed=[2]"),
)
SETTINGS = (
    *("model.depth=4", "model.weights=a/b.pth", "model.head.kind=fc", "model.head.dropout=0.3"),
    *("stages.0.epochs=2", "stages.0.thawed=[1]", "stages.1.optimizer=sgd"),
    *("stages.1.thawed=[2,3]", "stages.1.backbone_factor=1"),
)


def keys(config: RunConfig, name: str) -> list[str]:
    return [one.key for one in differences(config, name)]


def thawed(config: RunConfig) -> list[tuple[int, ...]]:
    return [stage.thawed for stage in config.stages]


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("depth", [1, 2, 3, 5])
@pytest.mark.parametrize("weights", ["imagenet", "none", "lab/vgg.pth"])
def test_a_recipe_follows_the_preset_it_was_made_by(name: str, depth: int, weights: str) -> None:
    config = recipes.load([], [f"model.depth={depth}", f"model.weights={weights}", "stages=[{}]"])
    made = PRESETS[name].apply(config)
    assert RunConfig.model_validate(made.to_data()) == made
    if depth == 1 and name in ("fine-tune-all", "gradual-thawing"):
        assert preset(made) == "fine-tune-last", "with one block they are the same"
    else:
        assert preset(made) == name


@pytest.mark.parametrize("name", PRESETS)
def test_what_is_no_matter_of_the_preset_stays_and_may_differ(name: str) -> None:
    config = recipes.load([], MINE)
    made = PRESETS[name].apply(config)
    assert (made.seed, made.batch_size) == (7, 8)
    assert made.dataset == config.dataset
    assert made.augmentation == config.augmentation
    assert made.model.head == config.model.head
    other = {"epochs": 3, "learning_rate": 0.5, "backbone_factor": 2.0, "optimizer": "rmsprop"}
    stages = tuple(stage.model_copy(update=other) for stage in made.stages)
    assert preset(made.model_copy(update={"stages": stages})) == name


def test_each_preset_thaws_what_it_says() -> None:
    made = {name: thawed(one.apply(RunConfig())) for name, one in PRESETS.items()}
    everything = (1, 2, 3, 4, 5)
    assert made == {
        "feature-extractor": [()],
        "early-features": [()],
        "fine-tune-last": [(), (5,)],
        "fine-tune-all": [(), everything],
        "gradual-thawing": [(), (5,), (4, 5), (3, 4, 5), (2, 3, 4, 5), everything],
        "from-scratch": [everything],
    }
    assert PRESETS["fine-tune-last"].apply(RunConfig()).stages == DEFAULT_STAGES
    (stage,) = PRESETS["from-scratch"].apply(RunConfig()).stages
    # a rate that random weights bear; the blocks are as new as the head
    found = stage.optimizer, stage.learning_rate, stage.backbone_factor
    assert found == ("adamw", 1e-4, 1)


def test_depth_and_weights_change_only_where_the_preset_is_about_them() -> None:
    config = recipes.load([], ["model.depth=4", "model.weights=a/b.pth", "stages.1.thawed=[4]"])
    made = {name: one.apply(config).model for name, one in PRESETS.items()}
    depths = {name: one.depth for name, one in made.items() if one.depth != 4}
    assert depths == {"feature-extractor": 5, "early-features": 3}
    others = {name: one.weights for name, one in made.items() if one.weights != "a/b.pth"}
    assert others == {"from-scratch": "none"}
    random = recipes.load([], ["model.weights=none"])
    weights = {name: one.apply(random).model.weights for name, one in PRESETS.items()}
    assert weights == dict.fromkeys(PRESETS, "imagenet") | {"from-scratch": "none"}
    config = recipes.load([], ["model.weights=a/b.pth", "model.normalization=vggface"])
    assert PRESETS["fine-tune-all"].apply(config).model == config.model
    assert PRESETS["from-scratch"].apply(config).model.normalization is None


def test_gradual_thawing_is_given_its_epochs_a_block() -> None:
    gradual = PRESETS["gradual-thawing"]
    assert [one for one in PRESETS.values() if one.has_every] == [gradual]
    made = gradual.apply(RunConfig(), every=7)
    assert {stage.epochs for stage in made.stages} == {7}
    assert recipe_presets.every_of(made) == 7
    assert recipe_presets.every_of(RunConfig()) == EVERY
    assert differences(made, "gradual-thawing") == (), "any equal number will do"
    config = recipes.changed(made, "stages.2.epochs", 1)
    assert "stages.2.epochs" in keys(config, "gradual-thawing")


def test_recipes_are_called_by_what_they_do() -> None:
    for settings, name in (
        (['stages=[{"thawed":[5]},{}]'], "custom"),
        (['stages=[{},{"thawed":[4,5]}]'], "custom"),
        (['stages=[{"thawed":[5]}]'], "custom"),
        (['stages=[{},{"thawed":[5]},{"thawed":[1,2,3,4,5]}]'], "custom"),
        (['stages=[{},{},{"thawed":[5]},{"thawed":[5]}]'], "fine-tune-last"),
        (["stages=[{},{}]"], "feature-extractor"),
        (["model.depth=3", "stages=[{}]"], "early-features"),
        (["model.depth=3", 'stages=[{},{"thawed":[3]}]'], "fine-tune-last"),
        (["model.depth=3", 'stages=[{},{"thawed":[1,2,3]}]'], "fine-tune-all"),
        (["model.weights=none", 'stages=[{"thawed":[1,2,3,4,5]}]'], "from-scratch"),
        (["model.weights=none"], "custom"),
        (["model.weights=runs/old"], "fine-tune-last"),
        ([], "fine-tune-last"),
    ):
        assert preset(recipes.load([], settings)) == name, settings


def test_each_preset_and_parameter_has_its_sentence() -> None:
    codes = [one.suits for one in PRESETS.values()]
    assert len(set(codes)) == len(codes)
    assert set(codes) <= SENTENCES.keys()


def test_a_depth_that_came_with_early_features_goes_with_it() -> None:
    early = PRESETS["early-features"].apply(RunConfig())
    assert thawed(PRESETS["fine-tune-last"].apply(early)) == [(), (5,)]
    chosen = recipes.changed(early, "model.depth", 2)
    assert PRESETS["fine-tune-last"].apply(chosen).model.depth == 2, "a person's own depth stays"


# -- the nearest one ------------------------------------------------------------------------


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_nearest_to_itself_whatever_was_followed(name: str) -> None:
    config = PRESETS[name].apply(RunConfig())
    assert {nearest(config, before) for before in (None, *PRESETS)} == {name}


def test_other_blocks_are_near_to_what_thaws_about_as_many() -> None:
    for weights, thawed, followed, name in (
        ("imagenet", [[], [4, 5]], None, "fine-tune-last"),
        ("imagenet", [[], [2, 3, 4, 5]], None, "fine-tune-all"),
        ("imagenet", [[], [1]], None, "fine-tune-last"),
        ("imagenet", [[], [5], [4, 5], [3, 4, 5], [2, 3, 4, 5]], None, "gradual-thawing"),
        ("imagenet", [[], [5], [4, 5]], None, "fine-tune-last"),
        ("imagenet", [[5]], None, "feature-extractor"),
        ("imagenet", [[], [3, 4, 5]], "fine-tune-last", "fine-tune-last"),  # both are as near
        ("imagenet", [[], [3, 4, 5]], "fine-tune-all", "fine-tune-all"),
        ("none", [[2, 3, 4, 5]], None, "from-scratch"),
    ):
        stages = [{"thawed": blocks} for blocks in thawed]
        config = recipes.make({"model": {"weights": weights}, "stages": stages})
        assert nearest(config, followed) == name, thawed


@given(st.sampled_from(sorted(PRESETS)), st.sampled_from(sorted(PRESETS)), st.booleans())
def test_all_that_differs_goes_back_and_nothing_else(name: str, of: str, deep: bool) -> None:
    config = PRESETS[name].apply(RunConfig(seed=7, batch_size=5))
    if deep:
        config = recipes.changed(config, "model.head", {"kind": "fc", "hidden": [4096, 4096]})
    back = put_all_back(recipes.changed(config, "stages.0.epochs", 3), of)
    assert differences(back, of) == ()
    assert (back.seed, back.batch_size) == (7, 5)


# -- differences ----------------------------------------------------------------------------


def test_every_changed_field_differs_and_what_no_preset_is_about_does_not() -> None:
    settings = ["stages.0.epochs=3", "stages.1.learning_rate=0.01", "model.head.kind=fc"]
    other = ["seed=3", "batch_size=8", "dataset.image_size=64", "augmentation.rotation=9"]
    assert differences(recipes.load([], [*settings, *other]), "fine-tune-last") == (
        Difference("model.head.kind", "softmax"),
        Difference("stages.0.epochs", 20),
        Difference("stages.1.learning_rate", None),
    )


def test_what_follows_from_a_difference_goes_back_with_it() -> None:
    weights, normalization = "model.weights", "model.normalization"
    for settings, found in (
        (['stages=[{"epochs":1},{},{"thawed":[5]}]'], ["stages"]),
        (["model.depth=4", "stages.1.thawed=[4]"], ["model.depth"]),
        ([f"{weights}=a/b.pth", f"{normalization}=caffe"], [weights, normalization]),
    ):
        config = recipes.load([], settings)
        assert keys(config, "fine-tune-last") == found
        assert put_back(config, "fine-tune-last", found[0]) == RunConfig()


def test_what_could_not_stay_goes_back_too() -> None:
    settings = ["model.head.kind=conv", "model.head.hidden=[8]", "model.head.channels=[8]"]
    config = recipes.load([], [*settings, "model.head.dropout=0.5", "stages.0.epochs=3"])
    back = put_back(config, "fine-tune-last", "model.head.kind")
    assert (back.model.head.kind, back.model.head.hidden) == ("softmax", None)
    assert back.model.head.dropout == 0.5, "what may stay stays"
    assert back.stages[0].epochs == 3
    config = recipes.load([], ["model.depth=4", "stages.1.thawed=[2,4]"])
    back = put_back(config, "early-features", "model.depth")
    assert (back.model.depth, back.stages[1].thawed) == (3, (2,))


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
