"""Which features a recipe needs, and that the trainer makes the passes that were counted."""

import threading
from collections.abc import Iterator, Sequence

import pytest
import torch

from core import backbone, feature_plan, features
from core.backbone import Backbone
from core.config import AugmentationConfig, RunConfig, StageConfig
from core.feature_plan import Key, StagePasses, plan
from core.features import FeatureSource
from core.loaders import Augmenting, PictureBatch, PictureLoader
from core.numerics import Numerics
from tests.training import small_recipe

TRAIN, VALIDATION = 5, 2
PLENTY = 10**9


def test_default_recipe_needs_blocks_five_and_four_as_they_started() -> None:
    assert [one.key for one in plan(small_recipe())] == [Key(5, 0), Key(4, 0)]


def test_a_block_that_learned_makes_later_features_other_features() -> None:
    recipe = small_recipe('stages=[{"thawed":[5]},{"thawed":[]},{"thawed":[3]},{"thawed":[]}]')
    assert [one.key for one in plan(recipe)] == [Key(4, 0), Key(5, 1), Key(2, 0), Key(5, 3)]


def test_only_stages_that_augment_are_augmented() -> None:
    recipe = small_recipe("augmentation.rotation=10", "stages.0.augment=false")
    assert [one.augmented for one in plan(recipe)] == [False, True]


def test_what_does_not_fit_is_left_out_and_said_the_deepest_kept_first() -> None:
    needed = [(Key(1, 0), 400), (Key(0, 0), 1), (Key(5, 0), 100), (Key(4, 2), 200)]
    assert feature_plan.share_out(needed, 300) == ([Key(5, 0), Key(4, 2)], [(Key(1, 0), 400)])


def _counted(recipe: RunConfig, budget: int) -> list[StagePasses]:
    plans = plan(recipe)
    sizes = feature_plan.sizes(plans, 32, 4, TRAIN, VALIDATION)
    kept, _ = feature_plan.share_out(sizes, budget)
    return feature_plan.passes(plans, TRAIN, VALIDATION, kept)


def test_one_pass_serves_both_of_the_default_stages() -> None:
    assert _counted(small_recipe(), PLENTY) == [StagePasses(7, 0), StagePasses(0, 0)]


def test_a_block_that_learned_needs_a_pass_of_its_own() -> None:
    recipe = small_recipe('stages=[{"thawed":[]},{"thawed":[5]},{"thawed":[]}]')
    assert _counted(recipe, PLENTY) == [StagePasses(7, 0), StagePasses(0, 0), StagePasses(7, 0)]


def test_features_that_do_not_fit_are_computed_each_epoch() -> None:
    assert _counted(small_recipe(), 0) == [StagePasses(7, 7), StagePasses(7, 7)]


class _Pictures(PictureLoader):
    """Grey pictures of 32 px, and how many were asked for."""

    def __init__(self) -> None:
        self.read = 0

    def batches(
        self, groups: Sequence[Sequence[int]], augmenting: Augmenting | None = None
    ) -> Iterator[PictureBatch]:
        for group in groups:
            self.read += len(group)
            pictures = torch.full((len(group), 32, 32, 3), 128, dtype=torch.uint8)
            yield PictureBatch(tuple(group), pictures, ())


@pytest.fixture(scope="module")
def network() -> Backbone:
    return backbone.load("none", 5, seed=0)


# the thawed blocks of each stage; the stages that train on augmented pictures
RECIPES: dict[str, tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]] = {
    "the default": (((), (5,)), ()),
    "a block learns and freezes again": (((), (5,), (), (4,), (5,)), ()),
    "ever deeper": (((5,), (4, 5), (3, 4, 5)), ()),
    "ever less deep": (((3,), (5,), ()), ()),
    "everything thawed": (((), (1, 2, 3, 4, 5), ()), ()),
    "augmented first": (((), (5,)), (1,)),
    "augmented in between": (((), (5,), (5,)), (2,)),
}
DEEPEST = 512 * 4  # bytes of a picture after block 5 at 32 px, in float32


@pytest.mark.parametrize("budget", [PLENTY, 7 * DEEPEST, VALIDATION * DEEPEST])
@pytest.mark.parametrize("name", RECIPES)
def test_the_trainer_makes_the_passes_that_were_counted(
    network: Backbone, monkeypatch: pytest.MonkeyPatch, name: str, budget: int
) -> None:
    recipe = _recipe(*RECIPES[name])
    monkeypatch.setattr(features, "memory_budget", lambda: budget)
    train, validation = range(TRAIN), range(TRAIN, TRAIN + VALIDATION)
    pictures, plans = _Pictures(), plan(recipe)
    numerics, stop = Numerics(1, 4, "float32"), threading.Event()
    numerics.apply()
    source = FeatureSource(pictures, network, numerics, plans, train, validation, 32, stop)
    counted = _counted(recipe, budget)
    for number, one in enumerate(plans, start=1):
        source.begin_stage(number)
        augmenting = Augmenting(recipe.augmentation, 0, 0) if one.augmented else None
        read = []
        for _ in range(2):
            pictures.read = 0
            for _ in source.batches([train[:3], train[3:]], augmenting):
                pass
            for _ in source.batches([validation]):
                pass
            read.append(pictures.read)
        assert StagePasses(*read) == counted[number - 1]


def _recipe(thawed: tuple[tuple[int, ...], ...], augmented: tuple[int, ...]) -> RunConfig:
    stages = [
        StageConfig(thawed=blocks, augment=number in augmented)
        for number, blocks in enumerate(thawed, start=1)
    ]
    return RunConfig(stages=tuple(stages), augmentation=AugmentationConfig(rotation=(-10, 10)))
