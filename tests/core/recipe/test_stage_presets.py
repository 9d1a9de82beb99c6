"""Ways to transfer: what each makes of a recipe, and which one a recipe is said to follow."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.common.messages import SENTENCES
from core.recipe import files as recipes
from core.recipe import presets as recipe_presets
from core.recipe.config import DEFAULT_STAGES, RunConfig, StageConfig
from core.recipe.presets import EVERY, PRESETS, preset

MINE = (
    "seed=7",
    "batch_size=8",
    "dataset.image_size=96",
    "augmentation.rotation=20",
    "model.depth=4",
    "model.head.kind=fc",
    "stages.0.epochs=3",
    "stages.1.thawed=[2]",
)


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
def test_what_is_no_matter_of_the_preset_stays(name: str) -> None:
    config = recipes.load([], MINE)
    made = PRESETS[name].apply(config)
    assert (made.seed, made.batch_size) == (7, 8)
    assert made.dataset == config.dataset
    assert made.augmentation == config.augmentation
    assert made.model.head == config.model.head


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


def test_depth_and_weights_change_only_where_the_preset_is_about_them() -> None:
    config = recipes.load([], ["model.depth=4", "model.weights=a/b.pth", "stages.1.thawed=[4]"])
    made = {name: one.apply(config).model for name, one in PRESETS.items()}
    assert {name: one.depth for name, one in made.items()} == {
        "feature-extractor": 5,
        "early-features": 3,
        "fine-tune-last": 4,
        "fine-tune-all": 4,
        "gradual-thawing": 4,
        "from-scratch": 4,
    }
    assert {one.weights for name, one in made.items() if name != "from-scratch"} == {"a/b.pth"}
    assert made["from-scratch"].weights == "none"


def test_random_weights_give_way_to_those_that_transfer() -> None:
    config = recipes.load([], ["model.weights=none"])
    weights = {name: one.apply(config).model.weights for name, one in PRESETS.items()}
    assert weights.pop("from-scratch") == "none"
    assert set(weights.values()) == {"imagenet"}


def test_the_normalisation_of_a_file_goes_with_the_file() -> None:
    settings = ["model.weights=a/b.pth", "model.normalization=vggface"]
    config = recipes.load([], settings)
    assert PRESETS["fine-tune-all"].apply(config).model == config.model
    assert PRESETS["from-scratch"].apply(config).model.normalization is None


def test_from_scratch_learns_at_a_rate_that_random_weights_bear() -> None:
    (stage,) = PRESETS["from-scratch"].apply(RunConfig()).stages
    assert stage.optimizer == "adamw"
    assert stage.learning_rate == 1e-4
    assert stage.backbone_factor == 1, "the blocks are as new as the head"


def test_gradual_thawing_is_given_its_epochs_a_block() -> None:
    gradual = PRESETS["gradual-thawing"]
    assert gradual.parameters == (EVERY,)
    made = gradual.apply(RunConfig(), every=7)
    assert {stage.epochs for stage in made.stages} == {7}
    assert recipe_presets.every_of(made) == 7
    assert recipe_presets.every_of(RunConfig()) == EVERY.default
    for before, after in pairwise(thawed(made)):
        assert len(after) == len(before) + 1
        assert set(after) > set(before)


def test_the_default_recipe_fine_tunes_the_last_block() -> None:
    assert PRESETS["fine-tune-last"].apply(RunConfig()).stages == DEFAULT_STAGES
    assert preset(RunConfig()) == "fine-tune-last"


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ('stages=[{"thawed":[5]},{}]', "custom"),
        ('stages=[{},{"thawed":[4,5]}]', "custom"),
        ('stages=[{},{"thawed":[5]},{"thawed":[1,2,3,4,5]}]', "custom"),
        ('stages=[{},{},{"thawed":[5]},{"thawed":[5]}]', "fine-tune-last"),
        ("model.weights=none", "custom"),
        ("model.weights=runs/old", "fine-tune-last"),
    ],
)
def test_a_recipe_that_does_something_else_is_custom(setting: str, name: str) -> None:
    assert preset(recipes.load([], [setting])) == name


@given(
    st.sampled_from(sorted(PRESETS)),
    st.lists(
        st.builds(
            StageConfig,
            epochs=st.integers(1, 1000),
            learning_rate=st.none() | st.floats(1e-9, 10),
            backbone_factor=st.floats(1e-3, 10),
            optimizer=st.sampled_from(["sgd", "adam", "adamw", "rmsprop"]),
        ),
        min_size=6,
        max_size=6,
    ),
)
def test_epochs_and_rates_are_no_matter(name: str, others: list[StageConfig]) -> None:
    made = PRESETS[name].apply(RunConfig())
    stages = [
        other.model_copy(update={"thawed": stage.thawed})
        for other, stage in zip(others, made.stages, strict=False)
    ]
    assume(stages)
    assert preset(made.model_copy(update={"stages": tuple(stages)})) == name


def test_each_preset_and_parameter_has_its_sentence() -> None:
    codes = [one.suits for one in PRESETS.values()]
    codes += [parameter.hint for one in PRESETS.values() for parameter in one.parameters]
    assert len(set(codes)) == len(codes)
    assert all(SENTENCES[code] for code in codes)


def test_a_depth_that_came_with_early_features_goes_with_it() -> None:
    early = PRESETS["early-features"].apply(RunConfig())
    assert thawed(PRESETS["fine-tune-last"].apply(early)) == [(), (5,)]
    chosen = recipes.changed(early, "model.depth", 2)
    assert PRESETS["fine-tune-last"].apply(chosen).model.depth == 2, "a person's own depth stays"
