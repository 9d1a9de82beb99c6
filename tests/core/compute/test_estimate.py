"""Expected time, memory and disk space of a recipe: the right order, for the right reasons."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core.compute import estimate, loaders, memory
from core.compute.cache import budget as cache_budget
from core.compute.estimate import (
    Estimate,
    MemoryNeed,
    Speed,
    StageFacts,
    kept_bytes,
    largest_need,
    memory_need,
    stage_facts,
)
from core.compute.feature_plan import Key, Part
from core.recipe import files as recipes
from core.recipe import network, vgg16
from core.training import learner
from tests.support.training import small_recipe

SPEED = Speed((0.02, 0.02, 0.02, 0.02, 0.01), 3.0, 0.003, 2, 4, "bfloat16", "this machine")
SINGLE = replace(SPEED, precision="float32")
TRAIN, VALIDATION, CLASSES = 384, 96, 8
PICTURE = 0.09 + 0.003  # all blocks, and read from disk
AT_224 = ("dataset.image_size=224", "batch_size=32", "stages.0.epochs=20", "stages.1.epochs=10")
FRESH = "augmentation.rotation=10"
PLENTY = 10**12

Held = dict[tuple[Key, Part], int]


# -- seconds ---


def seconds(
    *settings: str, budget: int | None = PLENTY, held: Held | None = None, test: int = 0
) -> Estimate:
    """On ``budget`` bytes for features; None: as a run started now would have."""
    recipe = small_recipe(*AT_224, *settings)
    with pytest.MonkeyPatch.context() as patch:
        if budget is not None:
            patch.setattr(estimate, "budgets", lambda: (budget,))
        return estimate.estimate(recipe, SPEED, TRAIN, VALIDATION, held, test)


def test_frozen_features_are_paid_once() -> None:
    found = seconds()
    assert found.features == pytest.approx(480 * PICTURE)
    assert [sum(stage) for stage in found.extra] == [found.features, 0]
    assert found.epochs[0] < 1, "an epoch of the head alone costs next to nothing"
    assert found.epochs[1] == pytest.approx(384 * 0.03 + 96 * 0.01, rel=0.1)
    assert found.first_point == pytest.approx(found.features + found.epochs[0])
    expected = found.features + 20 * found.epochs[0] + 10 * found.epochs[1]
    assert found.total == pytest.approx(expected)


def test_test_pictures_pass_once_a_stage_and_their_frozen_features_once() -> None:
    without, found = seconds(), seconds(test=100)
    assert (found.first_point, found.epochs) == (without.first_point, without.epochs)
    assert found.total - without.total == pytest.approx(100 * (PICTURE + 0.01), rel=0.05)
    again = seconds(held={(Key(4, 0), "test"): 100, (Key(5, 0), "test"): 100}, test=100)
    assert again.total - without.total == pytest.approx(100 * 0.01, rel=0.05)


def test_a_heads_weights_and_convolutions_cost_their_share_in_every_epoch() -> None:
    plain, large, pooled, conv = (
        seconds(*(f"model.head={head}" for head in heads)).epochs[0]
        for heads in (
            [],
            ['{"kind":"fc","hidden":[4096,4096]}'],
            ['{"kind":"fc","hidden":[4096,4096],"pooling":"average"}'],
            ['{"kind":"conv","channels":[512],"pooling":"average"}'],
        )
    )
    # 120 million weights at 3e-10 s for each of 384 pictures, and a fifth of that for 96
    assert large - plain == pytest.approx((384 + 96 / 5) * 119.5e6 * 3e-10, rel=0.02)
    assert plain < pooled < large / 4
    # in float32; block 5 has three such convolutions on four times as many places
    passed = 2 * 0.01 / 3 / 4
    assert conv == pytest.approx(384 * passed * 3 + 96 * passed, rel=0.25)


def test_augmentation_pays_the_frozen_blocks_every_epoch_of_the_stages_that_augment() -> None:
    on = seconds(FRESH)
    assert on.epochs[0] > 384 * 0.09
    assert on.total > 6 * seconds().total
    assert seconds(FRESH, "stages.0.augment=false").epochs[0] == seconds().epochs[0]


def test_smaller_pictures_and_fewer_blocks_cost_their_share_and_all_thawed_the_most() -> None:
    plain = seconds()
    ratio = plain.epochs[1] / seconds("dataset.image_size=64").epochs[1]
    assert ratio == pytest.approx((224 / 64) ** 2, rel=0.1)
    assert seconds("model.depth=3", 'stages=[{"epochs":1}]').features < 0.8 * plain.features
    assert seconds("stages.1.thawed=[1,2,3,4,5]").epochs[1] > 384 * 0.27
    assert seconds('stages=[{"epochs":1,"thawed":[1,2,3,4,5]}]').features == 0
    speed, block5 = replace(SPEED, per_weight=1e-9), 3 * 512 * (512 * 9 + 1)
    for size in (32, 224):  # a weight costs the same whatever the pictures' size
        assert speed.trained(4, 5, size) == pytest.approx(SPEED.trained(4, 5, size) + block5 * 1e-9)


def test_features_that_memory_cannot_hold_are_paid_each_epoch() -> None:
    found = seconds(budget=0)
    assert found.features == 0
    assert found.epochs[0] == pytest.approx(480 * PICTURE + seconds().epochs[0])
    assert found.first_point == found.epochs[0]
    for precision, number in (("auto", 2), ("float32", 4)):
        settings = ('stages=[{"epochs":5}]', f"precision={precision}")
        needed = 480 * 512 * 7 * 7 * number
        assert seconds(*settings, budget=needed).features > 0
        assert seconds(*settings, budget=needed - 1).features == 0


@pytest.mark.parametrize(
    ("free_memory", "disk", "budget"), [(PLENTY, 0, PLENTY), (1000, 0, 0), (0, 10**9, PLENTY)]
)
def test_what_is_free_now_in_memory_and_on_the_disk_counts(
    monkeypatch: pytest.MonkeyPatch, free_memory: int, disk: int, budget: int
) -> None:
    monkeypatch.setattr(memory, "available", lambda: free_memory)
    monkeypatch.setattr(cache_budget, "_free", lambda: PLENTY)
    cache_budget.choose_budget(disk)
    assert seconds(budget=None) == seconds(budget=budget)


def test_what_is_on_disk_already_costs_nothing() -> None:
    held: Held = {(Key(one, 0), "train"): 384 for one in (4, 5)}
    held |= {(Key(one, 0), "validation"): 96 for one in (4, 5)}
    found = seconds(held=held)
    assert (found.features, found.epochs) == (0, seconds().epochs)
    held[Key(5, 0), "train"] = 383
    assert seconds(held=held).features == pytest.approx(PICTURE)


def test_kept_views_pay_the_frozen_blocks_once_for_each() -> None:
    kept = seconds(FRESH, "augmentation.cached_views=4")
    assert kept.features == pytest.approx((4 * 384 + 96) * PICTURE)
    assert kept.first_point == pytest.approx(480 * PICTURE + kept.epochs[0])
    assert kept.extra[0][:4] == pytest.approx((480 * PICTURE, *(384 * PICTURE,) * 3))
    assert set(kept.extra[0][4:]) == {0} == set(kept.extra[1])
    assert kept.epochs == seconds().epochs, "once they are there, they cost no more than none"
    assert seconds().total < kept.total < seconds(FRESH).total / 3


# -- the measurement that is remembered ---


def test_a_measurement_is_remembered_for_the_same_versions_only(tmp_path: Path) -> None:
    folder, odd = tmp_path / "cache", replace(SPEED, threads=1, key="this machine, one thread")
    assert estimate.remembered(SPEED.key, folder) is None
    for one in (SPEED, odd, odd):  # an odd start does not forget the usual one
        estimate.remember(one, folder)
    assert estimate.remembered(SPEED.key, folder) == SPEED
    assert estimate.remembered(odd.key, folder) == odd
    assert estimate.remembered("another", folder) is None


def test_a_measurement_of_an_earlier_version_keeps_its_choices(tmp_path: Path) -> None:
    old = asdict(SPEED) | {"gradient_micro_batch": 16, "gradient_micro_batches": [4] * 4}
    del old["device"]
    text = json.dumps({"version": 3, "machines": [old | {"quiet": False}]})
    (tmp_path / estimate.MEASUREMENT).write_text(text, "utf-8")
    assert estimate.remembered(SPEED.key, tmp_path) == SPEED


SECONDS = [0.02, 0.02, 0.02, 0.02]
IMPOSSIBLE: dict[str, list[object]] = {
    "forward": [SECONDS, [*SECONDS, 0.0], [*SECONDS, float("nan")], "12345"],
    "training": [float("inf"), -3.0, "3"],
    "decode": [None],
    "per_weight": [-1e-9],
    "threads": [0, 10**6, 2.0, True],
    "micro_batch": [-2, "2"],
    "precision": ["float16"],
    "key": [["this machine"]],
}
DAMAGED = ["", "[]", "{}", "[" * 100_000, "\x00", '{"version": 99, "machines": []}']
DAMAGED += [json.dumps({"version": 3, "machines": one}) for one in (3, [3, None])]
DAMAGED += [
    json.dumps({"version": 3, "machines": [{}, asdict(SPEED) | {field: value}]})
    for field, values in IMPOSSIBLE.items()
    for value in values
]


@pytest.mark.parametrize("text", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_measurement_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / estimate.MEASUREMENT).write_text(text, "utf-8")
    assert estimate.remembered(SPEED.key, tmp_path) is None
    estimate.remember(SPEED, tmp_path)
    assert estimate.remembered(SPEED.key, tmp_path) == SPEED


# -- memory ---

BACKBONE = 14_714_688  # weights and biases of VGG16's convolutions
ALL_BLOCKS = "stages.1.thawed=[1,2,3,4,5]"


def need(*settings: str, speed: Speed | None = SPEED, stage: int = 1) -> MemoryNeed:
    return memory_need(recipes.load([], settings), speed, CLASSES, stage)


@pytest.mark.parametrize(
    ("optimizer", "numbers"),
    [("adamw", 2), ("adam", 2), ("rmsprop", 1), ("sgd", 1), ("sgd,stages.1.momentum=0", 0)],
)
def test_what_learns_has_a_gradient_and_the_optimizers_state(optimizer: str, numbers: int) -> None:
    settings = ("stages.1.thawed=[5]", *f"stages.1.optimizer={optimizer}".split(","))
    config, found = recipes.load([], settings), need(*settings)
    learning = network.thawed_parameters(config, 1) + network.head_parameters(config, CLASSES)
    assert (found.gradients, found.optimizer) == (4 * learning, 4 * numbers * learning)


def test_the_network_is_there_once_and_in_the_number_format_that_computes() -> None:
    head = network.head_parameters(recipes.load([], []), CLASSES)
    assert need("stages.1.thawed=[]", speed=SINGLE).weights == 4 * (BACKBONE + head)
    assert need("stages.1.thawed=[]").weights == 4 * (BACKBONE + head) + 2 * BACKBONE
    assert need(ALL_BLOCKS).weights == 4 * (BACKBONE + head) + 4 * BACKBONE


def test_every_block_more_that_is_thawed_needs_more() -> None:
    totals = [need(f"stages.1.thawed={list(range(first, 6))}").total for first in range(6, 0, -1)]
    assert totals == sorted(set(totals))
    gap, whole = need("stages.1.thawed=[1]"), need(ALL_BLOCKS)
    assert gap.activations == whole.activations, "frozen ones behind hold activations too"
    assert gap.optimizer < whole.optimizer
    single = need(ALL_BLOCKS, speed=SINGLE).activations
    assert 1.5 < single / whole.activations < 2
    assert need(ALL_BLOCKS, "precision=float32").activations == single


def test_as_many_pixels_at_once_need_as_much_whatever_the_pictures_size() -> None:
    large = need(ALL_BLOCKS, "batch_size=128")
    small, few = (
        need(ALL_BLOCKS, f"batch_size={batch}", "dataset.image_size=128") for batch in (128, 1)
    )
    assert small.activations == pytest.approx(large.activations, rel=0.1)
    assert few.activations < small.activations / 10, "no more at once than there are in a batch"


def test_a_wide_head_shows() -> None:
    wide = ("model.head.kind=fc", "model.head.hidden=[4096,4096]")
    classic, piece = need(*wide, stage=0), need(*wide, "batch_size=4", stage=0)
    widest = 25_088 * 4096 + 4096
    hidden = widest + 4096 * 4096 + 4096
    assert classic.gradients > 4 * hidden
    more = (classic.total - need(stage=0).total) / hidden
    assert 15.8 < more < 16.2 + 4, "weights, gradients, two moments, and no copy to write them"
    assert classic.activations > 4 * widest > piece.activations, "a batch in pieces has a second"


def test_a_checkpoint_copies_what_has_changed_and_the_optimizers_numbers() -> None:
    four, five = (block.parameters for block in vgg16.BLOCKS[3:])
    settings = ("stages=[{},{},{}]", "stages.0.thawed=[4]", "stages.1.thawed=[5]")
    written = [need(*settings, stage=stage).writing for stage in range(3)]
    assert written == [4 * 3 * four, 4 * (four + 3 * five), 4 * (four + five)]


def test_the_worst_stage_and_its_worst_moment_count() -> None:
    config = recipes.load([], ['stages=[{},{"thawed":[4,5]},{"thawed":[5]}]'])
    assert largest_need(config, SPEED, CLASSES) == memory_need(config, SPEED, CLASSES, 1)
    for one in (need(), need(ALL_BLOCKS, "batch_size=256")):
        always = one.weights + one.gradients + one.optimizer + one.pictures
        assert one.total > always + max(one.activations, one.writing)
    assert need(speed=None).total > 0, "before anything was measured"
    ahead, held_back = estimate.PICTURES_AHEAD, estimate.SCALE_PICTURES
    assert (ahead, held_back) == (loaders.PICTURES_AHEAD, learner.SCALE_PICTURES)


# -- what thawing costs ---


def facts(*settings: str, stage: int = 1, speed: Speed | None = SPEED) -> StageFacts:
    recipe = recipes.load([], settings)
    return stage_facts(recipe, stage, speed, TRAIN, VALIDATION, CLASSES)


def costs(*settings: str, thawed: Sequence[int]) -> Estimate:
    """Of one stage that thaws these blocks."""
    stage = f'stages=[{{"epochs":10,"thawed":{list(thawed)}}}]'
    return seconds(stage, *settings)


def test_all_frozen_costs_the_least_and_each_earlier_block_more() -> None:
    frozen, *from_here_on = (
        costs(thawed=range(first, 6)).epochs[0] for first in (6, 1, 2, 3, 4, 5)
    )
    assert from_here_on == sorted(from_here_on, reverse=True)
    assert frozen < from_here_on[-1] / 10


def test_fresh_pictures_make_frozen_blocks_cost_too_and_kept_views_only_at_first() -> None:
    plain, fresh, kept = (
        costs(*settings, thawed=[])
        for settings in ([], [FRESH], [FRESH, "augmentation.cached_views=4"])
    )
    assert fresh.epochs[0] > 20 * plain.epochs[0]
    assert kept.epochs == plain.epochs
    views = (4 * TRAIN + VALIDATION) / (TRAIN + VALIDATION)
    assert kept.features == pytest.approx(views * plain.features)


@pytest.mark.parametrize(("stage", "boundary"), [(0, 5), (1, 3)])
def test_the_facts_of_a_stage_add_up(stage: int, boundary: int) -> None:
    found, config = facts("stages.1.thawed=[4,5]", stage=stage), recipes.load([], [])
    total = network.backbone_parameters(config) + network.head_parameters(config, CLASSES)
    assert found.trainable + found.frozen == total
    assert (found.boundary, found.passed) == (boundary, ())
    blocks = sum(block.parameters for block in vgg16.BLOCKS[boundary:])
    assert found.trainable == blocks + 25_088 * CLASSES + CLASSES


def test_features_are_kept_at_the_boundary() -> None:
    assert facts("stages.1.thawed=[4,5]").kept_bytes == (TRAIN + VALIDATION) * 256 * 28 * 28 * 2
    assert [facts(one).kept_bytes for one in ("stages.1.thawed=[1]", FRESH)] == [0, 0]
    views = facts(FRESH, "augmentation.cached_views=2", stage=0)
    assert views.kept_bytes == (2 * TRAIN + VALIDATION) * 25_088 * 2
    gap = facts("stages.1.thawed=[2,4]")
    assert (gap.boundary, gap.passed) == (1, (3, 5)), "nothing can be kept behind a thawed block"
    unmeasured = facts(stage=0, speed=None)
    assert unmeasured.kept_bytes == (TRAIN + VALIDATION) * 25_088 * 4
    assert unmeasured.memory.total > 0


# -- what keeping costs ---

PIXELS, FEATURES = 224 * 224 * 3, 512 * 7 * 7 * 2 * 2  # bytes; the recipe is in float32


def cost(*settings: str) -> int:
    recipe = small_recipe(*AT_224[:2], 'stages=[{"epochs":20}]', *settings)
    return kept_bytes(recipe, SPEED, 400, 100)


def test_each_view_takes_the_room_of_all_training_pictures() -> None:
    off, fresh = cost(), cost(FRESH)
    four, eight, many, most = (
        cost(FRESH, f"augmentation.cached_views={views}") for views in (4, 8, 20, 60)
    )
    assert off == 500 * FEATURES
    assert four == (4 * 400 + 100) * FEATURES + 500 * PIXELS
    assert eight - four == 4 * 400 * FEATURES
    assert many == most, "views beyond the epochs are never made"
    assert fresh == 100 * FEATURES + 500 * PIXELS
