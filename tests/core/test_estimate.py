"""How long a recipe will take: the right order of magnitude for the right reasons."""

from pathlib import Path

import pytest

from core import estimate
from core.estimate import Speed
from tests.training import small_recipe

SPEED = Speed((0.02, 0.02, 0.02, 0.02, 0.01), 3.0, 0.003, 2, 4, "bfloat16", "this machine")
AT_224 = ("dataset.image_size=224", "stages.0.epochs=20", "stages.1.epochs=10")


def seconds(*settings: str) -> estimate.Estimate:
    return estimate.estimate(small_recipe(*AT_224, *settings), SPEED, 384, 96)


def test_frozen_features_are_paid_once() -> None:
    found = seconds()
    assert found.features == pytest.approx(480 * (0.09 + 0.003))
    assert found.epochs[0] < 1, "an epoch of the head alone costs next to nothing"
    assert found.epochs[1] == pytest.approx(384 * 0.03 + 96 * 0.01, rel=0.1)
    assert found.first_point == pytest.approx(found.features + found.epochs[0])
    assert found.total == pytest.approx(
        found.features + 20 * found.epochs[0] + 10 * found.epochs[1]
    )


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


def test_a_measurement_is_remembered_for_the_same_versions_only(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert estimate.remembered("this machine", folder) is None
    estimate.remember(SPEED, folder)
    assert estimate.remembered("this machine", folder) == SPEED
    assert estimate.remembered("another", folder) is None


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 1, "forward": "x"}', "\x00", '{"version": 99}']
)
def test_a_damaged_measurement_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / estimate.MEASUREMENT).write_text(text, "utf-8")
    assert estimate.remembered("this machine", tmp_path) is None
