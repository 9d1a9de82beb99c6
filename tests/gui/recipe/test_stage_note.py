"""What a stage's freezing means for the features, in words."""

import pytest

from core.recipe import files as recipes
from core.recipe.config import RunConfig
from gui.recipe.stage_parts import frozen_above, listed, stage_note


def note(thawed: list[int], seconds: float | None = None, **more: object) -> str:
    recipe = recipes.make({"stages": [{"thawed": thawed}], **more})
    return stage_note(recipe, 0, seconds)


def test_features_are_kept_at_the_boundary() -> None:
    assert "after block 5" in note([])
    assert "after block 4" in note([5])
    assert "after block 2" in note([3, 4, 5])
    assert "after block 2" in note([], model={"depth": 2})


def test_frozen_blocks_above_a_thawed_one_are_explained() -> None:
    assert note([1]) == (
        "Blocks 2–5 are frozen but must be computed in each epoch: block 1 below them changes, "
        "and its gradient comes through them. No features can be kept."
    )
    assert note([3, 5]) == (
        "Block 4 is frozen but must be computed in each epoch: block 3 below it changes, and its "
        "gradient comes through it. Features are kept after block 2."
    )


def test_nothing_is_kept_where_everything_changes() -> None:
    assert "no features can be kept" in note([1, 2, 3, 4, 5])


def test_augmentation_keeps_features_from_being_kept() -> None:
    augmented = note([5], augmentation={"rotation": 10})
    assert "no features can be kept" in augmented
    assert "Augmentation" in augmented


def test_a_stage_that_does_not_augment_keeps_its_features() -> None:
    recipe = recipes.changed(RunConfig(), "augmentation.rotation", 10)
    recipe = recipes.changed(recipe, "stages.0.augment", False)
    assert stage_note(recipe, 0, None).startswith("Not augmented: features are kept after block 5")


def test_random_blocks_that_never_learn_are_told() -> None:
    random = {"weights": "none"}
    assert note([], model=random).startswith("Blocks 1–5 are still random: they never learned.")
    assert note([1, 2, 3, 5], model=random).startswith("Block 4 is still random")
    assert "random" not in note([1, 2, 3, 4, 5], model=random)
    recipe = recipes.make({"model": random, "stages": [{"thawed": [1, 2, 3, 4, 5]}, {}]})
    assert "random" not in stage_note(recipe, 1, None)


def test_kept_views_have_features_that_are_kept() -> None:
    kept = {"rotation": 10, "cached_views": 3}
    assert note([5], augmentation=kept).startswith(
        "Features of 3 augmented views are kept after block 4"
    )
    assert "no features can be kept" in note([1, 2, 3, 4, 5], augmentation=kept)


def test_the_epochs_time_is_there_when_known() -> None:
    assert note([5], 8.2).endswith("An epoch: 8\N{NO-BREAK SPACE}s.")
    assert "epoch:" not in note([5])


@pytest.mark.parametrize(
    ("thawed", "depth", "frozen"), [((1,), 5, [2, 3, 4, 5]), ((2, 4), 4, [3]), ((), 5, [])]
)
def test_frozen_above(thawed: tuple[int, ...], depth: int, frozen: list[int]) -> None:
    assert frozen_above(thawed, depth) == frozen


def test_listed() -> None:
    assert listed([2, 4, 5]) == "2, 4–5"
    assert listed([3]) == "3"
