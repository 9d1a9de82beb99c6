"""The ready-made experiments: what their arms differ in, and what they have in common."""

import pytest

from core.common.messages import SENTENCES
from core.experiments.experiment import KINDS, Arm, Experiment
from core.recipe import files as recipes
from core.recipe.config import StageConfig
from core.recipe.presets import preset
from tests.support.training import small_recipe


def arms(kind: str, *settings: str, epochs: int = 9) -> dict[str, Arm]:
    made = KINDS[kind].arms(small_recipe(*settings), epochs)
    return {one.name: one for one in made}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_fair_and_has_words(kind: str) -> None:
    made = arms(kind, "model.weights=none" if kind == "tuning" else "seed=3")
    for one in made.values():
        again = recipes.make(one.recipe.to_data())
        assert again == one.recipe, "a recipe that a person could write"
        assert sum(stage.epochs for stage in one.recipe.stages) == 9
        assert one.recipe.dataset.image_size == 32
        assert f"experiment_arm_{one.name}" in SENTENCES
    assert {name for pair in KINDS[kind].pairs for name in pair} <= set(made)
    assert {f"experiment_{kind}", f"experiment_{kind}_about"} <= set(SENTENCES)
    Experiment(
        kind=kind,
        folder="pictures",
        classes=("a", "b"),
        created="",
        arms=tuple(made.values()),
        pairs=KINDS[kind].pairs,
        seeds=(0,),
    )


def test_transfer_sets_pretrained_against_random_weights() -> None:
    made = arms("transfer")
    assert [preset(one.recipe) for one in made.values()] == [
        "feature-extractor",
        "fine-tune-all",
        "from-scratch",
    ]
    assert made["from-scratch"].recipe.model.weights == "none"
    assert made["from-scratch"].recipe.stages[0].backbone_factor == 1
    assert [stage.epochs for stage in made["fine-tuned"].recipe.stages] == [6, 3]


def test_augmentation_is_shown_on_all_pictures_and_on_a_tenth() -> None:
    made = arms("augmentation")
    assert [one.recipe.dataset.train_fraction for one in made.values()] == [1, 1, 0.1, 0.1]
    assert [one.recipe.augmentation.is_identity for one in made.values()] == [False, True] * 2
    assert made["plain-tenth"].rates_of == "augmented-tenth"
    own = arms("augmentation", "augmentation.rotation=7")["augmented-all"].recipe.augmentation
    assert own.rotation == (-7, 7), "what a person chose is what is tried"
    assert own.scale == (1, 1)


def test_the_convnets_rate_is_the_default_share_or_all_and_the_heads_not_changed() -> None:
    small, large = arms("convnet-rate").values()
    default = StageConfig().backbone_factor
    assert [one.recipe.stages[1].backbone_factor for one in (small, large)] == [default, 1.0]
    assert large.rates_of == "small-rate"


def test_only_the_first_stage_differs() -> None:
    frozen, thawed = (one.recipe.stages for one in arms("first-stage").values())
    assert (frozen[0].thawed, thawed[0].thawed) == ((), (1, 2, 3, 4, 5))
    assert frozen[1] == thawed[1]


@pytest.mark.parametrize(("optimizer", "rate"), [("adamw", 1e-4), ("adam", 1e-4), ("sgd", None)])
def test_random_weights_have_a_rate_that_they_bear_where_none_is_found(
    optimizer: str, rate: float | None
) -> None:
    config = recipes.load([], [f"stages.0.optimizer={optimizer}"])
    made = KINDS["transfer"].arms(config, 5)
    assert made[-1].recipe.stages[0].learning_rate == rate


@pytest.mark.parametrize(("epochs", "stages"), [(4, [2, 2]), (6, [3, 3]), (10, [7, 3])])
def test_a_short_fine_tuning_leaves_epochs_for_an_end_level(epochs: int, stages: list[int]) -> None:
    made = arms("tuning", epochs=epochs)["fine-tuned"].recipe
    assert [one.epochs for one in made.stages] == stages
