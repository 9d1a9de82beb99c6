"""Which features a recipe needs, and that the trainer makes the passes that were counted."""

import threading
from collections.abc import Iterator, Mapping, Sequence

import pytest
import torch

from core.compute import feature_plan
from core.compute.feature_plan import Key, NamedDraws, Part, StagePasses, plan
from core.compute.features import source as feature_source
from core.compute.features.source import FeatureSource
from core.compute.loaders import Augmenting, PictureBatch, PictureLoader, augmenting_of
from core.compute.numerics import Numerics
from core.model import backbone
from core.model.backbone import Backbone
from core.recipe.config import AugmentationConfig, RunConfig, StageConfig
from tests.support.training import small_recipe

TRAIN, VALIDATION = 5, 2
PLENTY = 10**9
VIEWS = (
    "seed=5",
    "augmentation.rotation=10",
    "augmentation.seed=9",
    'stages=[{"epochs":3},{"epochs":2,"thawed":[5]}]',
)


def test_default_recipe_needs_blocks_five_and_four_as_they_started() -> None:
    assert [one.key for one in plan(small_recipe())] == [Key(5, 0), Key(4, 0)]


def test_a_block_that_learned_makes_later_features_other_features() -> None:
    recipe = small_recipe('stages=[{"thawed":[5]},{"thawed":[]},{"thawed":[3]},{"thawed":[]}]')
    assert [one.key for one in plan(recipe)] == [Key(4, 0), Key(5, 1), Key(2, 0), Key(5, 3)]


def test_blocks_that_are_put_back_make_later_features_other_features() -> None:
    recipe = small_recipe(
        'stages=[{"thawed":[4]},{"thawed":[5]},{"thawed":[5],"start_from":"best"},{},'
        '{"thawed":[3],"start_from":"best"},{"start_from":"best"}]'
    )
    keys = [one.key for one in plan(recipe)]
    assert keys == [Key(3, 0), Key(4, 1), Key(4, 2), Key(5, 3), Key(2, 0), Key(5, 5)]
    assert len(set(keys)) == len(keys)


def test_blocks_that_never_learned_cannot_be_put_back() -> None:
    recipe = small_recipe(
        'stages=[{"start_from":"best"},{"thawed":[5],"start_from":"best"},'
        '{"thawed":[5],"start_from":"best"}]'
    )
    assert [one.key for one in plan(recipe)] == [Key(5, 0), Key(4, 0), Key(4, 0)]


def test_only_stages_that_augment_are_augmented() -> None:
    recipe = small_recipe("augmentation.rotation=10", "stages.0.augment=false")
    assert [one.augmented for one in plan(recipe)] == [False, True]


def test_what_does_not_fit_is_left_out_and_said_the_deepest_kept_first() -> None:
    needed = [(Key(1, 0), 400), (Key(0, 0), 1), (Key(5, 0), 100), (Key(4, 2), 200)]
    assert feature_plan.share_out(needed, 300) == ([Key(5, 0), Key(4, 2)], [(Key(1, 0), 400)])


def _counted(
    recipe: RunConfig, budget: int, held: Mapping[tuple[Key, Part], int] | None = None
) -> list[StagePasses]:
    plans = plan(recipe)
    sizes = feature_plan.sizes(plans, 32, 4, TRAIN, VALIDATION)
    kept, _ = feature_plan.share_out(sizes, budget)
    return feature_plan.passes(plans, TRAIN, VALIDATION, kept, held)


def test_one_pass_serves_both_of_the_default_stages() -> None:
    assert _counted(small_recipe(), PLENTY) == [StagePasses((7, 0), 0), StagePasses((0,), 0)]


def test_a_block_that_learned_needs_a_pass_of_its_own() -> None:
    recipe = small_recipe('stages=[{"thawed":[]},{"thawed":[5]},{"thawed":[]}]')
    assert [one.first for one in _counted(recipe, PLENTY)] == [7, 0, 7]
    assert all(one.later == 0 for one in _counted(recipe, PLENTY))


def test_features_that_do_not_fit_are_computed_each_epoch() -> None:
    assert _counted(small_recipe(), 0) == [StagePasses((7, 7), 7), StagePasses((7,), 7)]


def test_what_another_run_left_is_not_computed_again() -> None:
    held: dict[tuple[Key, Part], int] = {(Key(5, 0), "train"): 4, (Key(5, 0), "validation"): 2}
    assert _counted(small_recipe('stages=[{"epochs":2}]'), PLENTY, held)[0].epochs == (1, 0)


def test_kept_views_take_turns_over_the_run() -> None:
    recipe = small_recipe(*VIEWS, "augmentation.cached_views=2")
    first, second = plan(recipe)
    assert [first.training_key(one) for one in first.epochs] == [
        Key(5, 0, view) for view in (0, 1, 0)
    ]
    assert [second.training_key(one) for one in second.epochs] == [
        Key(4, 0, view) for view in (1, 0)
    ]
    assert feature_plan.named_draws(recipe, 3) == NamedDraws(9, 0, 1)
    assert _counted(recipe, PLENTY)[0] == StagePasses((7, 5, 0), 0)
    assert _counted(recipe, PLENTY)[1] == StagePasses((0, 0), 0), "the same pass made these too"


def test_without_kept_views_every_epoch_has_draws_of_its_own() -> None:
    recipe = small_recipe(*VIEWS)
    assert [one.is_fresh for one in plan(recipe)] == [True, True]
    assert feature_plan.named_draws(recipe, 3) == NamedDraws(5, 3, 0)
    assert _counted(recipe, PLENTY)[0] == StagePasses((7, 5, 5), 5)


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


@pytest.mark.parametrize("views", [0, 2])
@pytest.mark.parametrize("budget", [PLENTY, 7 * DEEPEST, VALIDATION * DEEPEST])
@pytest.mark.parametrize("name", RECIPES)
def test_the_trainer_makes_the_passes_that_were_counted(
    network: Backbone, monkeypatch: pytest.MonkeyPatch, name: str, budget: int, views: int
) -> None:
    recipe = _recipe(*RECIPES[name], views)
    monkeypatch.setattr(feature_source, "memory_budget", lambda: budget)
    train, validation = range(TRAIN), range(TRAIN, TRAIN + VALIDATION)
    pictures, plans = _Pictures(), plan(recipe)
    numerics, stop = Numerics(1, 4, "float32"), threading.Event()
    numerics.apply()
    source = FeatureSource(pictures, network, numerics, plans, train, validation, 32, stop)
    counted = _counted(recipe, budget)
    for number, one in enumerate(plans, start=1):
        source.begin_stage(number)
        read = []
        for over_run in one.epochs:
            pictures.read = 0
            augmenting = augmenting_of(recipe, one, over_run)
            for _ in source.batches([train[:3], train[3:]], augmenting):
                pass
            for _ in source.batches([validation]):
                pass
            read.append(pictures.read)
        expected = counted[number - 1].epochs
        if budget == PLENTY:
            assert tuple(read) == expected
        else:  # what earlier stages no longer need may make room that was not counted on
            assert all(one <= other for one, other in zip(read, expected, strict=True))


def _recipe(
    thawed: tuple[tuple[int, ...], ...], augmented: tuple[int, ...], views: int
) -> RunConfig:
    stages = [
        StageConfig(epochs=2, thawed=blocks, augment=number in augmented)
        for number, blocks in enumerate(thawed, start=1)
    ]
    augmentation = AugmentationConfig(rotation=(-10, 10), cached_views=views)
    return RunConfig(stages=tuple(stages), augmentation=augmentation)
