"""Features at a boundary: the same bits however they are grouped, kept or computed again."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core import backbone, features, images
from core.backbone import Backbone
from core.config import AugmentationConfig, DatasetConfig
from core.feature_cache import plan
from core.features import Computed, FeatureBatch, FeatureSource, Skipped, filled
from core.loaders import Augmenting, PictureLoader
from core.numerics import Numerics
from core.run_pictures import Picture
from tests.pictures import PictureFolder
from tests.training import small_recipe

SIZE = 32  # so small that one picture alone takes another path through the convolutions
PICTURES = [
    Picture(f"red/{number:03}.{'png' if number % 2 == 0 else 'jpg'}", 0, "train")
    for number in range(11)
]
ALL = range(len(PICTURES))
TURNED = Augmenting(AugmentationConfig(rotation=(-40, 40)), seed=0, epoch=0)


@pytest.fixture(scope="module")
def network() -> Backbone:
    return backbone.load("imagenet", 5, seed=0)


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(per_class=len(PICTURES))


@dataclass
class Maker:
    """Makes sources of features of ``PICTURES``, the last two of them for validation."""

    folder: Path
    network: Backbone
    loaders: list[PictureLoader]

    def __call__(self, *settings: str, micro_batch: int = 4) -> FeatureSource:
        stop = threading.Event()
        loader = PictureLoader(self.folder, PICTURES, DatasetConfig(image_size=SIZE), stop)
        self.loaders.append(loader)
        numerics = Numerics(torch.get_num_threads(), micro_batch, "float32")
        plans = plan(small_recipe(*settings))
        source = FeatureSource(
            loader, self.network, numerics, plans, ALL[:-2], ALL[-2:], SIZE, stop
        )
        source.begin_stage(1)
        return source


@pytest.fixture
def source_of(folder: Path, network: Backbone) -> Iterator[Maker]:
    maker = Maker(folder, network, [])
    yield maker
    for loader in maker.loaders:
        loader.__exit__()


def cut(size: int) -> list[Sequence[int]]:
    return [ALL[first : first + size] for first in range(0, len(ALL), size)]


def by_picture(
    source: FeatureSource, groups: Sequence[Sequence[int]], augmenting: Augmenting | None = None
) -> dict[int, Tensor]:
    """Each picture's features, read in pieces of three as a training step reads them."""
    found: dict[int, Tensor] = {}
    for item in source.batches(groups, augmenting):
        if isinstance(item, FeatureBatch):
            for first in range(0, len(item.positions), 3):
                piece = slice(first, first + 3)
                found.update(zip(item.positions[piece], item.features(piece), strict=True))
    return found


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
    monkeypatch.setattr(features, "memory_budget", lambda: 0)
    computing = source_of(stages, micro_batch=micro_batch)
    for size in (1, 4, len(ALL)):
        assert_same_bits(by_picture(computing, cut(size)), reference)
    assert computing.store.bytes == 0


def test_the_pictures_beside_it_do_not_change_a_picture(
    source_of: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "memory_budget", lambda: 0)
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


def test_pictures_come_along_only_to_be_looked_at(
    source_of: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "SHEET_PICTURES", 4)
    source = source_of()
    batches = [one for one in source.batches(cut(4)) if isinstance(one, FeatureBatch)]
    assert [len(one.pictures) for one in batches] == [4, 0, 0]
    assert all(one.pictures == () for one in source.batches(cut(4)))


def test_filling_repeats_the_last_row() -> None:
    values = torch.tensor([[1, 2], [3, 4]])
    assert filled(values, 4).tolist() == [[1, 2], [3, 4], [3, 4], [3, 4]]
    assert filled(values, 2) is values
