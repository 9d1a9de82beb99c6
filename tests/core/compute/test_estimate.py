"""How long a recipe will take: the right order of magnitude for the right reasons."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from core.compute import estimate, memory
from core.compute.cache import budget as cache_budget
from core.compute.estimate import Speed
from core.compute.feature_plan import Key, Part
from tests.support.training import small_recipe

SPEED = Speed((0.02, 0.02, 0.02, 0.02, 0.01), 3.0, 0.003, 2, 4, "bfloat16", "this machine")
PICTURE = 0.09 + 0.003  # all blocks, and read from disk
AT_224 = ("dataset.image_size=224", "batch_size=32", "stages.0.epochs=20", "stages.1.epochs=10")
PLENTY = 10**12


def seconds(*settings: str, budget: int | None = PLENTY) -> estimate.Estimate:
    return estimate.estimate(small_recipe(*AT_224, *settings), SPEED, 384, 96, budget)


def test_frozen_features_are_paid_once() -> None:
    found = seconds()
    assert found.features == pytest.approx(480 * PICTURE)
    assert found.passes == (found.features, 0)
    assert found.epochs[0] < 1, "an epoch of the head alone costs next to nothing"
    assert found.epochs[1] == pytest.approx(384 * 0.03 + 96 * 0.01, rel=0.1)
    assert found.first_point == pytest.approx(found.features + found.epochs[0])
    assert found.total == pytest.approx(
        found.features + 20 * found.epochs[0] + 10 * found.epochs[1]
    )


def test_test_pictures_pass_once_a_stage_and_their_frozen_features_once() -> None:
    recipe, without = small_recipe(*AT_224), seconds()
    found = estimate.estimate(recipe, SPEED, 384, 96, PLENTY, test=100)
    assert found.first_point == without.first_point
    assert found.epochs == without.epochs
    assert found.total - without.total == pytest.approx(100 * (PICTURE + 0.01), rel=0.05)
    held: dict[tuple[Key, Part], int] = {(Key(one, 0), "test"): 100 for one in (4, 5)}
    again = estimate.estimate(recipe, SPEED, 384, 96, PLENTY, held, test=100)
    assert again.total - without.total == pytest.approx(100 * 0.01, rel=0.05)


def test_a_heads_weights_cost_their_share_in_every_epoch() -> None:
    plain = seconds().epochs[0]
    large = seconds('model.head={"kind":"fc","hidden":[4096,4096]}').epochs[0]
    # 120 million weights at 3e-10 s for each of 384 pictures, and a fifth of that for 96
    assert large - plain == pytest.approx((384 + 96 / 5) * 119.5e6 * 3e-10, rel=0.02)
    pooled = seconds('model.head={"kind":"fc","hidden":[4096,4096],"pooling":"average"}').epochs[0]
    assert plain < pooled < large / 4


def test_new_convolutions_cost_what_the_convnets_do_in_float32() -> None:
    conv = seconds('model.head={"kind":"conv","channels":[512],"pooling":"average"}').epochs[0]
    # block 5 has three such convolutions on four times as many places
    passed = 2 * 0.01 / 3 / 4
    assert conv == pytest.approx(384 * passed * 3 + 96 * passed, rel=0.25)


def test_augmentation_pays_the_frozen_blocks_every_epoch() -> None:
    on = seconds("augmentation.rotation=10")
    assert on.epochs[0] > 384 * 0.09
    assert on.total > 6 * seconds().total


def test_a_stage_that_leaves_augmentation_out_is_cheap_again() -> None:
    on = seconds("augmentation.rotation=10", "stages.0.augment=false")
    assert on.epochs[0] == seconds().epochs[0]


def test_smaller_pictures_cost_their_share() -> None:
    ratio = seconds().epochs[1] / seconds("dataset.image_size=64").epochs[1]
    assert ratio == pytest.approx((224 / 64) ** 2, rel=0.1)


def test_thawing_everything_costs_the_most_and_needs_no_features() -> None:
    everything = seconds("stages.1.thawed=[1,2,3,4,5]")
    assert everything.epochs[1] > 384 * 0.27
    alone = seconds('stages=[{"epochs":1,"thawed":[1,2,3,4,5]}]')
    assert alone.features == 0


def test_fewer_blocks_cost_less() -> None:
    shallow = seconds("model.depth=3", 'stages=[{"epochs":1}]')
    assert shallow.features < 0.8 * seconds().features


def test_features_of_a_block_that_learned_are_paid_again() -> None:
    found = seconds('stages=[{"epochs":5},{"epochs":5,"thawed":[5]},{"epochs":5}]')
    assert found.passes == pytest.approx((480 * PICTURE, 0, 480 * PICTURE))
    assert found.epochs[2] == found.epochs[0] < 1
    assert found.total == pytest.approx(sum(found.passes) + 5 * sum(found.epochs))


def test_features_that_memory_cannot_hold_are_paid_each_epoch() -> None:
    found = seconds(budget=0)
    assert found.passes == (0, 0)
    assert found.epochs[0] == pytest.approx(480 * PICTURE + seconds().epochs[0])
    assert found.first_point == found.epochs[0]


def test_what_memory_can_hold_depends_on_the_number_format() -> None:
    in_bfloat16 = 480 * 512 * 7 * 7 * 2
    alone = 'stages=[{"epochs":5}]'
    for precision, needed in (
        ("auto", in_bfloat16),  # as measured
        ("bfloat16", in_bfloat16),
        ("float32", 2 * in_bfloat16),
    ):
        recipe = alone, f"precision={precision}"
        assert seconds(*recipe, budget=needed).features > 0
        assert seconds(*recipe, budget=needed - 1).features == 0


def test_the_memory_that_is_free_now_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    cache_budget.choose_budget(0)
    monkeypatch.setattr(memory, "available", lambda: PLENTY)
    assert seconds(budget=None) == seconds()
    monkeypatch.setattr(memory, "available", lambda: 1000)
    assert seconds(budget=None) == seconds(budget=0)


def test_the_disk_keeps_what_memory_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: 0)
    cache_budget.choose_budget(10**9)
    monkeypatch.setattr(cache_budget, "_free", lambda: PLENTY)
    assert seconds(budget=None) == seconds()


def test_what_is_on_disk_already_costs_nothing() -> None:
    held: dict[tuple[Key, Part], int] = {
        (key, part): count
        for key in (Key(5, 0), Key(4, 0))
        for part, count in (("train", 384), ("validation", 96))
    }
    found = estimate.estimate(small_recipe(*AT_224), SPEED, 384, 96, PLENTY, held)
    assert found.features == 0
    assert found.epochs == seconds().epochs
    held[Key(5, 0), "train"] = 383
    found = estimate.estimate(small_recipe(*AT_224), SPEED, 384, 96, PLENTY, held)
    assert found.features == pytest.approx(PICTURE)


def test_kept_views_pay_the_frozen_blocks_once_for_each() -> None:
    kept = seconds("augmentation.rotation=10", "augmentation.cached_views=4")
    fresh = seconds("augmentation.rotation=10")
    assert kept.features == pytest.approx((4 * 384 + 96) * PICTURE)
    assert kept.first_point == pytest.approx(480 * PICTURE + kept.epochs[0])
    first, view, there = kept.extra[0][0], kept.extra[0][1:4], kept.extra[0][4:]
    assert first == pytest.approx(480 * PICTURE)
    assert view == pytest.approx((384 * PICTURE,) * 3)
    assert set(there) == {0} == set(kept.extra[1])
    assert kept.epochs == seconds().epochs, "once they are there, they cost no more than none"
    assert seconds().total < kept.total < fresh.total / 3


def test_a_thawed_weight_costs_whatever_the_pictures_size() -> None:
    speed = replace(SPEED, per_weight=1e-9)
    block5 = 3 * 512 * (512 * 9 + 1)
    for size in (32, 224):
        assert speed.trained(4, 5, size) == pytest.approx(SPEED.trained(4, 5, size) + block5 * 1e-9)


def test_a_measurement_is_remembered_for_the_same_versions_only(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert estimate.remembered("this machine", folder) is None
    estimate.remember(SPEED, folder)
    assert estimate.remembered("this machine", folder) == SPEED
    assert estimate.remembered("another", folder) is None


def test_an_odd_start_does_not_forget_the_usual_one(tmp_path: Path) -> None:
    odd = replace(SPEED, threads=1, key="this machine, one thread")
    estimate.remember(SPEED, tmp_path)
    estimate.remember(odd, tmp_path)
    estimate.remember(odd, tmp_path)
    assert estimate.remembered(SPEED.key, tmp_path) == SPEED
    assert estimate.remembered(odd.key, tmp_path) == odd


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        "\x00",
        '{"version": 99, "machines": []}',
        '{"version": 2, "machines": 3}',
        '{"version": 2, "machines": [3, null, {}, {"forward": 3}]}',
    ],
)
def test_a_damaged_measurement_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / estimate.MEASUREMENT).write_text(text, "utf-8")
    assert estimate.remembered("this machine", tmp_path) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("forward", [0.02, 0.02, 0.02, 0.02]),
        ("forward", [0.02, 0.02, 0.02, 0.02, 0.0]),
        ("forward", [0.02, 0.02, 0.02, 0.02, float("nan")]),
        ("forward", "12345"),
        ("training", float("inf")),
        ("training", -3.0),
        ("training", "3"),
        ("decode", None),
        ("per_weight", -1e-9),
        ("threads", 0),
        ("threads", 10**6),
        ("threads", 2.0),
        ("threads", True),
        ("micro_batch", -2),
        ("gradient_micro_batches", [4, 4, 4]),
        ("gradient_micro_batches", [4, 4, 4, -1]),
        ("gradient_micro_batches", [4, 4, 4, "8"]),
        ("gradient_micro_batches", 8),
        ("micro_batch", "2"),
        ("precision", "float16"),
        ("key", ["this machine"]),
        ("colour", "blue"),
    ],
)
def test_a_measurement_with_an_impossible_field_is_none(
    tmp_path: Path, field: str, value: object
) -> None:
    data = {"version": estimate.VERSION, "machines": [asdict(SPEED) | {field: value}]}
    (tmp_path / estimate.MEASUREMENT).write_text(json.dumps(data), "utf-8")
    assert estimate.remembered("this machine", tmp_path) is None
    estimate.remember(SPEED, tmp_path)
    assert estimate.remembered("this machine", tmp_path) == SPEED
