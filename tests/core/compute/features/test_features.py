"""Features at a boundary: the same bits however they are grouped, kept or computed again, and
whatever is on disk from earlier."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from core.common.messages import ThawError
from core.compute.cache import budget as cache_budget
from core.compute.cache.records import Entry, Writer
from core.compute.feature_plan import plan
from core.compute.features import source as feature_source
from core.compute.features.source import Computed, FeatureBatch, Skipped, filled
from core.compute.loaders import augmenting_of
from core.images import load as images
from core.model import backbone
from core.model.backbone import Backbone
from core.runs.events import Notice
from tests.support.features import (
    ALL,
    HEAD_ALONE,
    PICTURES,
    SIZE,
    TURNED,
    Maker,
    by_picture,
    computed,
    read,
)
from tests.support.pictures import PictureFolder
from tests.support.training import small_recipe


@pytest.fixture(scope="module")
def network() -> Backbone:
    return backbone.load("imagenet", 5, seed=0)


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(per_class=len(PICTURES))


@pytest.fixture
def kept() -> Path:
    return cache_budget.root()


@pytest.fixture
def source_of(folder: Path, kept: Path, network: Backbone) -> Iterator[Maker]:
    with ExitStack() as closing:
        yield Maker(folder, kept, network, closing)


def cut(size: int) -> list[Sequence[int]]:
    return [ALL[first : first + size] for first in range(0, len(ALL), size)]


def assert_same_bits(one: dict[int, Tensor], other: dict[int, Tensor]) -> None:
    assert one.keys() == other.keys()
    differing = [position for position in one if not torch.equal(one[position], other[position])]
    assert differing == []


@pytest.mark.parametrize("thawed", ["[]", "[5]", "[2]"])
@pytest.mark.parametrize("micro_batch", [2, 3, 4, 16])
def test_kept_and_computed_again_are_the_same_bits_in_any_grouping(
    source_of: Maker, monkeypatch: pytest.MonkeyPatch, micro_batch: int, thawed: str
) -> None:
    stages = f'stages=[{{"thawed":{thawed}}}]'
    keeping = source_of(stages, micro_batch=micro_batch)
    reference = by_picture(keeping, cut(5))
    assert keeping.missing(ALL) == 0
    assert_same_bits(by_picture(keeping, cut(2)), reference)
    monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    computing = source_of(stages, micro_batch=micro_batch)
    for size in (1, 4, len(ALL)):
        assert_same_bits(by_picture(computing, cut(size)), reference)
    assert computing.store.bytes == 0


def test_the_pictures_beside_it_do_not_change_a_picture(
    source_of: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    source = source_of()
    together = by_picture(source, [ALL])
    for groups in ([[6]], [[6, 0]], [[9, 3, 6], [10, 1]]):
        found = by_picture(source, groups)
        assert_same_bits(found, {position: together[position] for position in found})


def test_augmented_features_are_never_the_kept_ones(source_of: Maker) -> None:
    source = source_of()
    plain = by_picture(source, [ALL])
    turned = by_picture(source, cut(4), TURNED)
    assert turned.keys() == plain.keys()
    assert not any(torch.equal(turned[position], plain[position]) for position in plain)
    assert_same_bits(by_picture(source, cut(4)), plain)


def test_with_nothing_frozen_the_features_are_the_normalised_pictures(
    source_of: Maker, folder: Path, network: Backbone
) -> None:
    source = source_of('stages=[{"thawed":[1]}]')
    found = by_picture(source, cut(4))
    for position, values in found.items():
        pixels = images.load(folder / PICTURES[position].path, SIZE, "stretch")
        assert torch.equal(values, network.normalise(torch.from_numpy(pixels)[None])[0])


def test_a_batch_is_there_as_soon_as_its_own_pictures_are(source_of: Maker) -> None:
    kinds = [type(item) for item in source_of().batches(cut(3))]
    # pieces of 4, 4 and 3 pictures; batches of 3, 3, 3 and 2
    assert kinds == [Computed, FeatureBatch, Computed, FeatureBatch, Computed, *[FeatureBatch] * 2]


def test_what_a_batch_lost_is_told_at_once_and_before_it(folder: Path, source_of: Maker) -> None:
    for position in (1, 2, 5, 6, 7):
        (folder / PICTURES[position].path).write_bytes(b"")
    items = list(source_of().batches([[0, 1, 2], [5, 6, 7], [3]]))
    told = [one for one in items if not isinstance(one, Computed)]
    assert [type(one) for one in told] == [Skipped, FeatureBatch, Skipped, FeatureBatch]
    lost = [
        [(position, error.code) for position, error in one.failed]
        for one in told
        if isinstance(one, Skipped)
    ]
    assert lost == [
        [(1, "empty_file"), (2, "empty_file")],
        [(position, "empty_file") for position in (5, 6, 7)],
    ]
    assert [one.positions for one in told if isinstance(one, FeatureBatch)] == [(0,), (3,)]


def test_pictures_can_be_looked_at_as_the_blocks_get_them(source_of: Maker, folder: Path) -> None:
    source = source_of()
    found = source.pictures([3, 0])
    assert found is not None
    for position, pixels in zip([3, 0], found.numpy(), strict=True):
        expected = images.load(folder / PICTURES[position].path, SIZE, "stretch")
        assert np.array_equal(pixels, expected)
    (folder / PICTURES[3].path).unlink()
    assert source.pictures([3]) is None


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_second_source_finds_what_the_first_left_on_disk(
    source_of: Maker, precision: str
) -> None:
    reference = by_picture(source_of(precision=precision), cut(4))
    first = source_of(precision=precision, on_disk=True)
    assert_same_bits(by_picture(first, cut(4)), reference)
    assert first.store.bytes == 0, "what is on disk takes no memory"
    second = source_of(precision=precision, on_disk=True)
    assert second.missing(ALL) == 0
    assert computed(second, cut(3)) == 0
    assert_same_bits(by_picture(second, cut(3)), reference)


def test_only_what_is_missing_is_computed(source_of: Maker) -> None:
    reference = by_picture(source_of(), cut(4))
    by_picture(source_of(on_disk=True), [[1, 8, 3]])
    source = source_of(on_disk=True)
    assert source.missing(ALL) == len(ALL) - 3
    assert computed(source, cut(4)) == len(ALL) - 3
    assert_same_bits(by_picture(source_of(on_disk=True), cut(4)), reference)


@pytest.mark.parametrize("harm", ["zeros", "cut", "gone"])
def test_damaged_features_are_computed_again_in_the_same_pass(
    source_of: Maker, kept: Path, harm: str
) -> None:
    reference = by_picture(source_of(), cut(4))
    by_picture(source_of(on_disk=True), cut(4))
    source = source_of(on_disk=True)
    for file in kept.rglob("*.data"):
        size = file.stat().st_size
        match harm:
            case "zeros":
                file.write_bytes(bytes(size))
            case "cut":
                file.write_bytes(file.read_bytes()[: size // 2])
            case "gone":
                file.unlink()
    items = list(source.batches(cut(4)))
    told = [one.values for one in items if isinstance(one, Notice)]
    again = sum(one.pictures for one in items if isinstance(one, Computed))
    assert told == [{"count": again}]
    assert 0 < again <= len(ALL)
    assert (again == len(ALL)) == (harm != "cut")
    assert_same_bits(read(items), reference)
    assert computed(source_of(on_disk=True), cut(4)) == 0, "they were put again"


def test_what_is_missing_and_what_is_damaged_come_each_to_its_batch(
    source_of: Maker, kept: Path
) -> None:
    reference = by_picture(source_of(), cut(4))
    by_picture(source_of(on_disk=True), [[0, 1, 4, 5, 8, 9]])
    source = source_of(on_disk=True)
    for file in kept.rglob("*.data"):
        file.write_bytes(bytes(file.stat().st_size))
    items = list(source.batches(cut(2)))
    assert [one.positions for one in items if isinstance(one, FeatureBatch)] == [
        tuple(group) for group in cut(2)
    ]
    assert_same_bits(read(items), reference)


def test_a_damaged_record_whose_picture_has_gone_is_a_skipped_picture(
    source_of: Maker, kept: Path, folder: Path
) -> None:
    by_picture(source_of(on_disk=True), cut(4))
    source = source_of(on_disk=True)
    for file in kept.rglob("*.data"):
        file.write_bytes(bytes(file.stat().st_size))
    (folder / PICTURES[2].path).unlink()
    items = list(source.batches(cut(4)))
    lost = [one.failed[0][0] for one in items if isinstance(one, Skipped)]
    assert lost == [2]
    assert read(items).keys() == set(ALL) - {2}


def test_features_removed_under_a_batch_are_computed_again(source_of: Maker) -> None:
    reference = by_picture(source_of(), cut(4))
    by_picture(source_of(on_disk=True), cut(4))
    source = source_of(on_disk=True)
    items = list(source.batches(cut(4)))
    store = next(iter(source.store._disk._stores.values()))
    for name in list(store._places)[::2]:
        store._drop(name, store._places[name])
    assert_same_bits(read(items), reference)


def test_features_removed_under_a_batch_whose_picture_is_another_by_now_name_it(
    source_of: Maker, folder: Path
) -> None:
    source = source_of(on_disk=True)
    items = list(source.batches(cut(4)))
    store = next(iter(source.store._disk._stores.values()))
    for name in list(store._places):
        store._drop(name, store._places[name])
    changed = folder / PICTURES[2].path
    changed.write_bytes((folder / PICTURES[4].path).read_bytes())
    with pytest.raises(ThawError) as error:
        read(items)
    assert str(changed) in str(error.value)
    assert "not the one that the run began with" in str(error.value)


@pytest.mark.parametrize("budget", [0, 10**9])
def test_a_disk_that_fills_up_midway_changes_no_bit(
    source_of: Maker, monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    monkeypatch.setattr(feature_source, "memory_budget", lambda: budget)
    reference = by_picture(source_of(), cut(4))
    append, written = Writer.append, []

    def filling(writer: Writer, name: bytes, check: bytes, data: memoryview) -> Entry:
        if len(written) == 5:
            raise OSError(28, "No space left on device")
        written.append(name)
        return append(writer, name, check, data)

    monkeypatch.setattr(Writer, "append", filling)
    source = source_of(HEAD_ALONE, on_disk=True)
    items = list(source.batches(cut(4)))
    codes = [one.code for one in items if isinstance(one, Notice)]
    assert codes == ["features_disk_failed", *(["features_not_kept"] if budget == 0 else [])]
    assert_same_bits(read(items), reference)
    assert_same_bits(by_picture(source, cut(3)), reference)
    assert computed(source, cut(3)) == (len(ALL) - 5 if budget == 0 else 0)


def test_without_room_on_disk_memory_is_used_and_it_is_said(source_of: Maker) -> None:
    cache_budget.choose_budget(0)
    source = source_of(HEAD_ALONE, on_disk=True)
    items = list(source.batches(cut(4)))
    assert [one.code for one in items if isinstance(one, Notice)] == ["features_bypassed_disk"]
    assert computed(source, cut(4)) == 0
    assert computed(source_of(on_disk=True), cut(4)) == len(ALL)


def test_another_micro_batch_shares_nothing(source_of: Maker) -> None:
    by_picture(source_of(on_disk=True), cut(4))
    assert computed(source_of(on_disk=True, micro_batch=2), cut(4)) == len(ALL)


def test_a_micro_batch_that_is_halved_on_the_way_goes_on_in_memory(source_of: Maker) -> None:
    source = source_of(on_disk=True)
    by_picture(source, [[0, 1, 2, 3]])
    source._numerics.micro_batch = 2
    assert computed(source, cut(4)) == len(ALL) - 4
    assert computed(source, cut(4)) == 0
    assert computed(source_of(on_disk=True), cut(4)) == len(ALL) - 4


def test_kept_views_are_those_views(source_of: Maker) -> None:
    settings = (
        HEAD_ALONE,
        "augmentation.rotation=40",
        "augmentation.cached_views=2",
    )
    recipe = small_recipe(*settings)
    stage = plan(recipe)[0]
    views = [augmenting_of(recipe, stage, over_run) for over_run in range(3)]
    fresh = source_of(HEAD_ALONE, "augmentation.rotation=40")
    expected = [by_picture(fresh, cut(4), one) for one in views]
    source = source_of(*settings, on_disk=True)
    for augmenting, one in zip(views, expected, strict=True):
        assert_same_bits(by_picture(source, cut(4), augmenting), one)
    assert views[2] == views[0]
    assert not torch.equal(expected[0][0], expected[1][0])
    again = source_of(*settings, on_disk=True)
    assert [computed(again, cut(4), one) for one in views[:2]] == [0, 0]
    other = source_of(*settings, "augmentation.seed=1", on_disk=True)
    assert computed(other, cut(4), augmenting_of(recipe, stage, 0)) == len(ALL)


def test_filling_repeats_the_last_row() -> None:
    values = torch.tensor([[1, 2], [3, 4]])
    assert filled(values, 4).tolist() == [[1, 2], [3, 4], [3, 4], [3, 4]]
    assert filled(values, 2) is values
