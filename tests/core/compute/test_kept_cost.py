"""What keeping features costs, for a person who chooses between none, kept and fresh views."""

import pytest

from core.compute.estimate import KeptCost, Speed, kept_cost
from tests.support.training import small_recipe

SPEED = Speed((0.02, 0.02, 0.02, 0.02, 0.01), 3.0, 0.003, 2, 4, "bfloat16", "this machine")
AT_224 = ("dataset.image_size=224", "batch_size=32", 'stages=[{"epochs":20}]')
PICTURE, FEATURES = 224 * 224 * 3, 512 * 7 * 7 * 2 * 2  # bytes; the recipe is in float32
PLENTY = 10**12


def cost(*settings: str, room: int = PLENTY) -> KeptCost:
    return kept_cost(small_recipe(*AT_224, *settings), SPEED, 400, 100, room)


def test_each_view_takes_the_room_of_all_training_pictures() -> None:
    off = cost()
    assert off.bytes == 500 * FEATURES
    four, eight = (
        cost("augmentation.rotation=9", f"augmentation.cached_views={views}") for views in (4, 8)
    )
    assert eight.bytes - four.bytes == 4 * 400 * FEATURES
    assert four.bytes == (4 * 400 + 100) * FEATURES + 500 * PICTURE
    fresh = cost("augmentation.rotation=9")
    assert fresh.bytes == 100 * FEATURES + 500 * PICTURE
    assert off.seconds < four.seconds < eight.seconds < fresh.seconds


def test_views_beyond_the_epochs_are_never_made() -> None:
    settings = "augmentation.rotation=9", 'stages=[{"epochs":3}]'
    some, many = (cost(*settings, f"augmentation.cached_views={views}") for views in (3, 60))
    assert many == some


@pytest.mark.parametrize(("spare", "fits"), [(0, True), (-1, False)])
def test_whether_it_fits_is_said(spare: int, fits: bool) -> None:
    assert cost(room=500 * FEATURES + spare).fits is fits
