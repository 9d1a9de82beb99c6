"""A picture that an epoch trains on several times: computed once where it can be kept, with draws
of its own where augmentation is fresh, and left out for good where it cannot be read."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import torch

from core.augmentation import augment as augmentation
from core.compute.cache import budget as cache_budget
from core.compute.feature_plan import plan
from core.compute.features import source as feature_source
from core.compute.features.source import FeatureBatch, FeatureSource, Skipped
from core.compute.loaders import augmenting_of, repeated, times_before
from core.images import errors as image_errors
from core.images import load as images
from core.model import backbone
from core.model.backbone import Backbone
from tests.support.features import HEAD_ALONE, PICTURES, SIZE, TURNED, Maker, by_picture, computed
from tests.support.pictures import PictureFolder
from tests.support.training import small_recipe

# Pictures 1 and 2 again, within a batch and across batches; a repeat may come before the first.
GROUPS = [
    [0, repeated(1, 1), 2],
    [1, repeated(2, 1), 3, repeated(2, 2)],
    [4],
    [repeated(1, 2), 5, repeated(4, 1)],
]
POSITIONS = [one for group in GROUPS for one in group]
ORIGINALS = [0, 1, 2, 1, 2, 3, 2, 4, 1, 5, 4]
FRESH = "augmentation.rotation=40"
VIEWS = (FRESH, "augmentation.cached_views=2")


@pytest.fixture(scope="module")
def network() -> Backbone:
    return backbone.load("imagenet", 5, seed=0)


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(per_class=len(PICTURES))


@pytest.fixture
def source_of(folder: Path, network: Backbone) -> Iterator[Maker]:
    with ExitStack() as closing:
        yield Maker(folder, cache_budget.root(), network, closing)


@pytest.mark.parametrize("micro_batch", [1, 3, 16])
@pytest.mark.parametrize("room", ["disk", "memory", "nowhere"])
def test_a_repeat_has_its_pictures_features_wherever_they_are_kept(
    source_of: Maker, monkeypatch: pytest.MonkeyPatch, room: str, micro_batch: int
) -> None:
    if room == "nowhere":
        monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    source = source_of(HEAD_ALONE, micro_batch=micro_batch, on_disk=room == "disk")
    found = by_picture(source, GROUPS)
    assert list(found) == POSITIONS
    plain = by_picture(source, [[0, 1, 2, 3, 4, 5]])
    for position, picture in zip(POSITIONS, ORIGINALS, strict=True):
        assert torch.equal(found[position], plain[picture])
    assert computed(source, GROUPS) == (len(POSITIONS) if room == "nowhere" else 0)


@pytest.mark.parametrize("on_disk", [True, False])
def test_what_is_kept_passes_the_frozen_blocks_once(source_of: Maker, on_disk: bool) -> None:
    source = source_of(HEAD_ALONE, on_disk=on_disk)
    assert computed(source, GROUPS) == 6


def test_repeats_are_augmented_each_in_its_own_way(source_of: Maker, folder: Path) -> None:
    source = source_of(FRESH, HEAD_ALONE)
    seen = source.pictures(POSITIONS, TURNED)
    assert seen is not None
    for position, picture, pixels in zip(POSITIONS, ORIGINALS, seen.numpy(), strict=True):
        plain = images.load(folder / PICTURES[picture].path, SIZE, "stretch")
        named = TURNED.config, TURNED.seed, TURNED.epoch, PICTURES[picture].key
        expected = augmentation.augment(plain, *named, view=times_before(position))
        assert np.array_equal(pixels, expected)
    different = {pixels.tobytes() for pixels in seen.numpy()}
    assert len(different) == len(POSITIONS)


@pytest.mark.parametrize("micro_batch", [1, 4])
def test_fresh_features_are_those_of_each_repeats_own_pixels(
    source_of: Maker, micro_batch: int
) -> None:
    source = source_of(FRESH, HEAD_ALONE, micro_batch=micro_batch)
    together = by_picture(source, GROUPS, TURNED)
    alone = by_picture(source, [[one] for one in POSITIONS], TURNED)
    assert together.keys() == alone.keys()
    assert all(torch.equal(together[one], alone[one]) for one in together)
    assert not torch.equal(together[1], together[repeated(1, 1)])


def test_kept_views_are_the_epochs_for_repeats_too(source_of: Maker) -> None:
    recipe = small_recipe(*VIEWS, HEAD_ALONE)
    source = source_of(*VIEWS, HEAD_ALONE)
    augmenting = augmenting_of(recipe, plan(recipe)[0], 1)
    found = by_picture(source, GROUPS, augmenting)
    for position, picture in zip(POSITIONS, ORIGINALS, strict=True):
        first = next(
            one for one, other in zip(POSITIONS, ORIGINALS, strict=True) if other == picture
        )
        assert torch.equal(found[position], found[first])
    assert computed(source, GROUPS, augmenting) == 0


def lost(source: FeatureSource, fresh: bool) -> tuple[list[tuple[int, ...]], list[Skipped]]:
    """The batches that are given, and what is told of pictures that they lack."""
    items = list(source.batches(GROUPS, TURNED if fresh else None))
    batches = [one.positions for one in items if isinstance(one, FeatureBatch)]
    return batches, [one for one in items if isinstance(one, Skipped)]


@pytest.mark.parametrize("micro_batch", [1, 4, 16])
@pytest.mark.parametrize("room", ["memory", "nowhere", "fresh"])
def test_a_picture_that_breaks_is_told_of_once_and_leaves_all_later_batches(
    source_of: Maker,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    room: str,
    micro_batch: int,
) -> None:
    if room == "nowhere":
        monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    settings = [FRESH] if room == "fresh" else []
    source = source_of(*settings, HEAD_ALONE, micro_batch=micro_batch)
    for number in (1, 4):
        (folder / PICTURES[number].path).unlink()
    batches, told = lost(source, fresh=room == "fresh")
    assert batches == [(0, 2), (repeated(2, 1), 3, repeated(2, 2)), (5,)]
    assert [[picture for picture, _ in one.failed] for one in told] == [[1], [], [4], []]
    assert [one.left_out for one in told] == [1, 1, 1, 2]


def test_repeats_before_the_one_that_cannot_be_read_stay(
    source_of: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is read ahead in one piece: the batch that lacks a repeat is the first to."""
    found = []
    for micro_batch in (1, 16):
        source = source_of(FRESH, HEAD_ALONE, micro_batch=micro_batch)
        read = source._loader._read

        def breaking(position: int, change: object, read: object = read) -> np.ndarray:
            if position == repeated(2, 1):
                raise image_errors.ImageError("file_missing")
            return read(position, change)

        monkeypatch.setattr(source._loader, "_read", breaking)
        found.append(lost(source, fresh=True)[0])
    assert found[0] == found[1]
    assert found[0][:2] == [(0, repeated(1, 1), 2), (1, 3)]


def test_a_lost_record_is_computed_again_for_all_of_its_repeats(
    source_of: Maker, folder: Path
) -> None:
    first = source_of(HEAD_ALONE, on_disk=True)
    before = by_picture(first, GROUPS)
    first.store.close()
    for file in cache_budget.root().glob("*/*.data"):
        file.write_bytes(bytes(file.stat().st_size))
    again = source_of(HEAD_ALONE, on_disk=True)
    found = by_picture(again, GROUPS)
    assert all(torch.equal(found[one], before[one]) for one in before)


def test_a_picture_and_its_repeats_are_one_record_on_disk(source_of: Maker) -> None:
    source = source_of(HEAD_ALONE, on_disk=True)
    by_picture(source, GROUPS)
    files = list(cache_budget.root().glob("*/*.data"))
    records = sum(file.stat().st_size for file in files) // (512 * 4)
    assert records == 6
