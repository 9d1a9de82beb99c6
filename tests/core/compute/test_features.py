"""Features at a boundary: planned, computed and kept; the same bits wherever they come from."""

import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given as from_strategies
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor

from core.augmentation import augment as augmentation
from core.common.messages import ThawError
from core.compute import devices, estimate, feature_plan, speed
from core.compute.cache import budget as cache_budget
from core.compute.cache.records import RecordStore
from core.compute.estimate import Speed
from core.compute.feature_plan import Key, NamedDraws, StagePasses, picture_bytes, plan
from core.compute.features import source as feature_source
from core.compute.features import store as feature_store
from core.compute.features.source import Computed, FeatureBatch, FeatureSource, Skipped
from core.compute.features.store import FeatureStore
from core.compute.loaders import (
    Augmenting,
    PictureBatch,
    PictureLoader,
    augmenting_of,
    picture_of,
    repeated,
    times_before,
)
from core.compute.numerics import Numerics
from core.dataset.split import split
from core.dataset.summary import scan
from core.images import errors as image_errors
from core.images import load as images
from core.model import backbone
from core.model.backbone import Backbone
from core.recipe import vgg16
from core.recipe.config import AugmentationConfig, RunConfig, StageConfig
from core.runs import images as run_images
from core.runs.events import Notice
from core.runs.run import Run
from tests.support.features import (
    ALL,
    ONE_STAGE,
    PICTURES,
    SIZE,
    TURNED,
    Maker,
    by_picture,
    computed,
    given,
    passed,
    read,
)
from tests.support.pictures import COLORS, PictureFolder, draw, draw_folder
from tests.support.training import events_of, new_run, small_recipe

PLENTY = 10**9
Features = dict[int, Tensor]  # by position


@pytest.fixture(scope="module")
def network() -> Backbone:
    return backbone.load("imagenet", 5, seed=0)


# -- what a recipe needs ---

TRAIN, VALIDATION = 5, 2
FRESH = "augmentation.rotation=40"
VIEWS = (FRESH, "augmentation.cached_views=2")
SEEDS = ("seed=5", "augmentation.seed=9", 'stages=[{"epochs":3},{"epochs":2,"thawed":[5]}]')


@pytest.mark.parametrize(
    ("stages", "keys"),
    [
        ("{},{},{'thawed':[5]}", [Key(5, 0), Key(5, 0), Key(4, 0)]),
        # what learned makes later features other features
        (
            "{'thawed':[5]},{},{'thawed':[3]},{}",
            [Key(4, 0), Key(5, 1), Key(2, 0), Key(5, 3)],
        ),
        # and so does what is put back
        (
            "{'thawed':[4]},{'thawed':[5]},{'thawed':[5],'start_from':'best'},{},"
            "{'thawed':[3],'start_from':'best'},{'start_from':'best'}",
            [Key(3, 0), Key(4, 1), Key(4, 2), Key(5, 3), Key(2, 0), Key(5, 5)],
        ),
        # unless it never learned
        (
            "{'start_from':'best'},{'thawed':[5],'start_from':'best'},"
            "{'thawed':[5],'start_from':'best'}",
            [Key(5, 0), Key(4, 0), Key(4, 0)],
        ),
    ],
)
def test_features_are_named_by_boundary_and_last_change(stages: str, keys: list[Key]) -> None:
    recipe = small_recipe(f"stages=[{stages}]".replace("'", '"'))
    assert [one.key for one in plan(recipe)] == keys


def counted(recipe: RunConfig, budget: int) -> list[StagePasses]:
    plans = plan(recipe)
    kept, _ = feature_plan.share_out(feature_plan.sizes(plans, 32, 4, TRAIN, VALIDATION), budget)
    return feature_plan.passes(plans, TRAIN, VALIDATION, kept)


@pytest.mark.parametrize(
    ("settings", "budget", "passes"),
    [
        ((), PLENTY, [StagePasses((7, 0), 0), StagePasses((0,), 0)]),  # one serves both stages
        ((), 0, [StagePasses((7, 7), 7), StagePasses((7,), 7)]),
        (  # a block that learned needs a pass of its own
            ('stages=[{"epochs":1},{"epochs":1,"thawed":[5]},{"epochs":1}]',),
            PLENTY,
            [StagePasses((7,), 0), StagePasses((0,), 0), StagePasses((7,), 0)],
        ),
        ((*SEEDS, *VIEWS), PLENTY, [StagePasses((7, 5, 0), 0), StagePasses((0, 0), 0)]),
        ((*SEEDS, FRESH), PLENTY, [StagePasses((7, 5, 5), 5), StagePasses((5, 5), 5)]),
    ],
)
def test_passes_counted(settings: tuple[str, ...], budget: int, passes: list[StagePasses]) -> None:
    assert counted(small_recipe(*settings), budget) == passes


def test_kept_views_take_turns_over_the_run_and_fresh_ones_have_draws_of_their_own() -> None:
    kept, fresh = small_recipe(*SEEDS, *VIEWS), small_recipe(*SEEDS, FRESH)
    first, second = plan(kept)
    keys = [[one.training_key(epoch) for epoch in one.epochs] for one in (first, second)]
    assert keys == [[Key(5, 0, view) for view in (0, 1, 0)], [Key(4, 0, 1), Key(4, 0, 0)]]
    assert feature_plan.named_draws(kept, 3) == NamedDraws(9, 0, 1)
    assert [one.is_fresh for one in plan(fresh)] == [True, True]
    assert feature_plan.named_draws(fresh, 3) == NamedDraws(5, 3, 0)


class Pictures(PictureLoader):
    """Grey pictures of 32 px, and how many were asked for."""

    def __init__(self) -> None:
        self.read = 0

    def batches(
        self, groups: Iterable[Sequence[int]], augmenting: Augmenting | None = None
    ) -> Iterator[PictureBatch]:
        for group in groups:
            self.read += len(group)
            pictures = torch.full((len(group), 32, 32, 3), 128, dtype=torch.uint8)
            yield PictureBatch(tuple(group), pictures, ())


class Zeros:
    """A pass through frozen blocks that computes nothing."""

    def __init__(self, *_: object) -> None: ...

    def __call__(self, inputs: Tensor, start: int, end: int) -> Iterator[tuple[int, Tensor]]:
        for number in range(start + 1, end + 1):
            yield number, torch.zeros(len(inputs), *vgg16.feature_shape(number, 32))


DEEPEST = 512 * 4  # bytes of a picture after block 5 at 32 px, in float32
STAGES = st.lists(
    st.builds(
        StageConfig,
        epochs=st.integers(1, 3),
        thawed=st.sampled_from([(), (5,), (4,), (4, 5), (3,), (2, 4), (1, 2, 3, 4, 5)]),
        augment=st.booleans(),
        start_from=st.sampled_from(["last", "best"]),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@from_strategies(
    STAGES, st.sampled_from([PLENTY, 7 * DEEPEST, 2 * DEEPEST]), st.sampled_from([0, 2])
)
def test_training_makes_the_counted_passes(
    network: Backbone, stages: list[StageConfig], budget: int, views: int
) -> None:
    augment = AugmentationConfig(rotation=(-10, 10), cached_views=views)
    recipe = RunConfig(stages=tuple(stages), augmentation=augment)
    train, validation = range(TRAIN), range(TRAIN, TRAIN + VALIDATION)
    pictures, plans = Pictures(), plan(recipe)
    numerics, stop = Numerics(1, 4, "float32"), threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feature_source, "memory_budget", lambda: budget)
        patch.setattr(feature_source, "FrozenPass", Zeros)
        source = FeatureSource(pictures, network, numerics, plans, train, validation, 32, stop)
        for number, one in enumerate(plans, start=1):
            source.begin_stage(number)
            epochs = []
            for over_run in one.epochs:
                pictures.read = 0
                augmenting = augmenting_of(recipe, one, over_run)
                for _ in source.batches([train[:3], train[3:]], augmenting):
                    pass
                for _ in source.batches([validation]):
                    pass
                epochs.append(pictures.read)
            expected = counted(recipe, budget)[number - 1].epochs
            if budget == PLENTY:
                assert tuple(epochs) == expected
            else:  # what earlier stages no longer need may make room that was not counted on
                assert all(a <= b for a, b in zip(epochs, expected, strict=True))


# -- kept in memory ---

DEEP = Key(5, 0)


def test_memory_gives_back_what_was_put_in_channels_last() -> None:
    store = FeatureStore({DEEP: [3, 7]}, 64, torch.float32, PLENTY)
    store.open([DEEP])
    features = {position: torch.randn(512, 2, 2) for position in (3, 7)}
    for position, one in features.items():
        assert not store.holds(DEEP, position)
        store.put(DEEP, position, one)
    got = store.get(DEEP, [7, 3])
    assert torch.equal(got, torch.stack([features[7], features[3]]))
    assert got.is_contiguous(memory_format=torch.channels_last)


def test_of_what_does_not_fit_in_memory_the_deepest_is_kept_and_the_picture_itself_never() -> None:
    early, itself = Key(4, 0), Key(0, 0)
    size = picture_bytes(early, 64, torch.bfloat16.itemsize)
    store = FeatureStore({early: [0], DEEP: [0], itself: [0]}, 64, torch.bfloat16, budget=size)
    store.open([early, itself, DEEP])
    assert store.keys == (DEEP,)
    for key, side in ((early, 4), (DEEP, 2)):
        store.put(key, 0, torch.zeros(512, side, side))
    assert not store.holds(early, 0)
    store.drop([DEEP, early])
    assert not store.holds(DEEP, 0)
    store.open([early])
    assert store.keeps(early, 0), "what was dropped makes room"
    needed = [(one, 1) for one in (early, DEEP, itself)]
    assert feature_plan.share_out(needed, 1) == ([DEEP], [(early, 1)])


# -- computed ---


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder(per_class=len(PICTURES))


@pytest.fixture
def source_of(folder: Path, network: Backbone) -> Iterator[Maker]:
    with ExitStack() as closing:
        yield Maker(folder, cache_budget.root(), network, closing)


def cut(size: int) -> list[Sequence[int]]:
    return [ALL[first : first + size] for first in range(0, len(ALL), size)]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory, network: Backbone) -> Features:
    """All features, in float32 and pieces of four."""
    place = tmp_path_factory.mktemp("reference")
    draw_folder(place, classes=1, per_class=len(PICTURES))
    with ExitStack() as closing:
        return by_picture(Maker(place, place, network, closing)(), cut(4))


def assert_same_bits(one: Features, other: Features) -> None:
    assert one.keys() == other.keys()
    assert [position for position in one if not torch.equal(one[position], other[position])] == []


@pytest.mark.parametrize(
    ("micro_batch", "thawed"), [(2, "[]"), (3, "[5]"), (4, "[2]"), (16, "[]"), (16, "[2]")]
)
def test_the_same_bits_in_any_grouping(source_of: Maker, micro_batch: int, thawed: str) -> None:
    stages = f'stages=[{{"thawed":{thawed}}}]'
    keeping = source_of(stages, micro_batch=micro_batch)
    reference = by_picture(keeping, cut(5))
    assert keeping.missing(ALL) == 0
    assert_same_bits(by_picture(keeping, cut(2)), reference)
    computing = source_of(stages, micro_batch=micro_batch, memory=0)
    for groups in (cut(1), cut(4), cut(len(ALL)), [[9, 3, 6], [10, 1]]):
        found = by_picture(computing, groups)
        assert_same_bits(found, {one: reference[one] for group in groups for one in group})
    assert computing.store.keys == ()


def test_with_nothing_frozen_features_are_the_pixels(
    source_of: Maker, folder: Path, network: Backbone
) -> None:
    found = by_picture(source_of('stages=[{"thawed":[1]}]'), cut(4))
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
    source, told = source_of(), list[object]()
    for item in source.batches([[0, 1, 2], [5, 6, 7], [3]]):
        if isinstance(item, Skipped):
            told.append([(position, error.code) for position, error in item.failed])
        elif isinstance(item, FeatureBatch):
            told.append(item.positions)
    empty = {position: (position, "empty_file") for position in (1, 2, 5, 6, 7)}
    assert told == [[empty[1], empty[2]], (0,), [empty[one] for one in (5, 6, 7)], (), (3,)]
    assert source.pictures([1, 2]) is None, "there is nothing to look at"


# -- kept on disk ---


def data_files() -> list[Path]:
    return list(cache_budget.root().glob("*/*.data"))


def zero_data() -> None:
    for file in data_files():
        file.write_bytes(bytes(file.stat().st_size))


def forget(source: FeatureSource, step: int = 1) -> None:
    """Let the source's store lose every ``step``-th of its records."""
    store = source.store._on_disk()[0].store
    for name in list(store._places)[::step]:
        store._drop(name, store._places[name])


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_second_source_finds_what_the_first_left_there(source_of: Maker, precision: str) -> None:
    reference = by_picture(source_of(precision=precision), cut(4))
    first = source_of(precision=precision, on_disk=True)
    assert_same_bits(by_picture(first, cut(4)), reference)
    second = source_of(precision=precision, on_disk=True)
    assert second.missing(ALL) == 0
    assert computed(second, cut(3)) == 0
    assert_same_bits(by_picture(second, cut(3)), reference)
    other = source_of(precision=precision, on_disk=True, micro_batch=2)
    assert computed(other, cut(4)) == len(ALL), "another micro-batch shares nothing"


@pytest.mark.parametrize("harm", ["zeros", "cut", "gone"])
def test_damaged_features_are_computed_again_in_the_same_pass(
    source_of: Maker, reference: Features, harm: str
) -> None:
    groups = [[0, 1, 2, 3, repeated(1, 1), repeated(2, 1)], *cut(4)[1:], [repeated(5, 1)]]
    expected = {one: reference[picture_of(one)] for group in groups for one in group}
    by_picture(source_of(on_disk=True), cut(4))
    source = source_of(on_disk=True)
    for file in data_files():
        match harm:
            case "zeros":
                zero_data()
            case "cut":
                file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
            case "gone":
                file.unlink()
    items = list(source.batches(groups))
    again = passed(items)
    assert [one.values for one in items if isinstance(one, Notice)] == [{"count": again}]
    assert 0 < again <= len(ALL)
    assert (again == len(ALL)) == (harm != "cut")
    assert_same_bits(read(items), expected)
    assert computed(source_of(on_disk=True), cut(4)) == 0, "they were put again"


def test_missing_and_damaged_come_each_to_its_batch(
    source_of: Maker, folder: Path, reference: Features
) -> None:
    by_picture(source_of(on_disk=True), [[0, 1, 4, 5, 8, 9]])
    source = source_of(on_disk=True)
    zero_data()
    (folder / PICTURES[4].path).unlink()
    items = list(source.batches(cut(2)))
    assert given(items) == [(0, 1), (2, 3), (5,), (6, 7), (8, 9), (10,)]
    assert [one.failed[0][0] for one in items if isinstance(one, Skipped)] == [4]
    assert_same_bits(read(items), {one: reference[one] for one in ALL if one != 4})


def test_features_removed_under_a_batch_are_computed_again(
    source_of: Maker, reference: Features
) -> None:
    by_picture(source_of(on_disk=True), cut(4))
    source = source_of(on_disk=True)
    items = list(source.batches(cut(4)))
    forget(source, step=2)
    assert_same_bits(read(items), reference)


def test_features_removed_under_a_batch_whose_picture_is_another_by_now_name_it(
    source_of: Maker, folder: Path
) -> None:
    source = source_of(on_disk=True)
    items = list(source.batches(cut(4)))
    forget(source)
    changed = folder / PICTURES[2].path
    changed.write_bytes((folder / PICTURES[4].path).read_bytes())
    with pytest.raises(ThawError) as error:
        read(items)
    assert (error.value.code, error.value.values["path"]) == ("read_failed", str(changed))
    assert error.value.values["reason"] == str(image_errors.ImageError("picture_changed"))


@pytest.mark.parametrize("budget", [0, 10**9])
def test_a_disk_that_fills_up_midway_changes_no_bit(
    source_of: Maker, monkeypatch: pytest.MonkeyPatch, reference: Features, budget: int
) -> None:
    append, written = RecordStore._append, []

    def filling(store: RecordStore, name: bytes, check: bytes, data: memoryview) -> None:
        if len(written) == 5:
            raise OSError(28, "No space left on device")
        written.append(name)
        append(store, name, check, data)

    monkeypatch.setattr(RecordStore, "_append", filling)
    source = source_of(ONE_STAGE, on_disk=True, memory=budget)
    items = list(source.batches(cut(4)))
    codes = [one.code for one in items if isinstance(one, Notice)]
    assert codes == ["features_disk_failed", *(["features_not_kept"] if budget == 0 else [])]
    assert_same_bits(read(items), reference)
    assert_same_bits(by_picture(source, cut(3)), reference)
    assert computed(source, cut(3)) == (len(ALL) - 5 if budget == 0 else 0)


def test_a_micro_batch_that_is_halved_on_the_way_goes_on_in_memory(source_of: Maker) -> None:
    source = source_of(on_disk=True)
    by_picture(source, [[0, 1, 2, 3]])
    assert source.missing(ALL) == len(ALL) - 4
    source._numerics.micro_batch = 2
    assert computed(source, cut(4)) == len(ALL) - 4
    assert computed(source, cut(4)) == 0
    assert computed(source_of(on_disk=True), cut(4)) == len(ALL) - 4


def test_kept_views_are_those_views(source_of: Maker) -> None:
    settings, groups = (ONE_STAGE, *VIEWS), cut(3)[:-1]  # the pictures of training
    recipe = small_recipe(*settings)
    views = [augmenting_of(recipe, plan(recipe)[0], over_run) for over_run in range(3)]
    fresh = source_of(ONE_STAGE, FRESH)
    expected = [by_picture(fresh, groups, one) for one in views]
    source = source_of(*settings, on_disk=True)
    for augmenting, one in zip(views, expected, strict=True):
        assert_same_bits(by_picture(source, groups, augmenting), one)
    assert views[2] == views[0]
    assert not torch.equal(expected[0][0], expected[1][0])
    again = source_of(*settings, on_disk=True)
    assert [computed(again, groups, one) for one in views[:2]] == [0, 0]
    other = source_of(*settings, "augmentation.seed=1", on_disk=True)
    assert computed(other, groups, views[0]) == 9


# -- repeats ---

# Pictures 1 and 2 again, within a batch and across batches; a repeat may come before the first.
GROUPS = [
    [0, repeated(1, 1), 2],
    [1, repeated(2, 1), 3, repeated(2, 2)],
    [4],
    [repeated(1, 2), 5, repeated(4, 1)],
]
POSITIONS = [one for group in GROUPS for one in group]


@pytest.mark.parametrize(
    ("room", "micro_batch"),
    [("disk", 1), ("disk", 16), ("memory", 3), ("memory", 16), ("nowhere", 1), ("nowhere", 3)],
)
def test_a_repeat_has_its_pictures_features(source_of: Maker, room: str, micro_batch: int) -> None:
    options = {"on_disk": room == "disk", "memory": 0 if room == "nowhere" else None}
    source = source_of(ONE_STAGE, micro_batch=micro_batch, **options)
    items = list(source.batches(GROUPS))
    assert passed(items) == (len(POSITIONS) if room == "nowhere" else 6)
    found = read(items)
    assert list(found) == POSITIONS
    plain = by_picture(source, [range(6)])
    assert_same_bits(found, {one: plain[picture_of(one)] for one in POSITIONS})
    assert computed(source, GROUPS) == (len(POSITIONS) if room == "nowhere" else 0)
    if room == "disk":  # a picture and its repeats are one record
        assert sum(file.stat().st_size for file in data_files()) == 6 * picture_bytes(
            Key(3, 0), SIZE, 4
        )


def test_repeats_are_augmented_each_in_its_own_way(source_of: Maker, folder: Path) -> None:
    seen = source_of(FRESH, ONE_STAGE).pictures(POSITIONS, TURNED)
    assert seen is not None
    for position, pixels in zip(POSITIONS, seen.numpy(), strict=True):
        picture = PICTURES[picture_of(position)]
        plain = images.load(folder / picture.path, SIZE, "stretch")
        named = TURNED.config, TURNED.seed, TURNED.epoch, picture.key
        expected = augmentation.augment(plain, *named, view=times_before(position))
        assert np.array_equal(pixels, expected)
    assert len({pixels.tobytes() for pixels in seen.numpy()}) == len(POSITIONS)


def test_fresh_features_are_those_of_each_repeats_own_pixels(source_of: Maker) -> None:
    source = source_of(FRESH, ONE_STAGE)
    assert source.missing(ALL, TURNED) == 0, "none of these will be kept"
    together = by_picture(source, GROUPS, TURNED)
    assert_same_bits(together, by_picture(source, [[one] for one in POSITIONS], TURNED))
    assert not torch.equal(together[1], together[repeated(1, 1)])


def test_kept_views_are_the_epochs_for_repeats_too(source_of: Maker) -> None:
    recipe = small_recipe(*VIEWS, ONE_STAGE)
    source = source_of(*VIEWS, ONE_STAGE)
    augmenting = augmenting_of(recipe, plan(recipe)[0], 1)
    found = by_picture(source, GROUPS, augmenting)
    plain = by_picture(source, [range(6)], augmenting)
    assert_same_bits(found, {one: plain[picture_of(one)] for one in POSITIONS})
    assert computed(source, GROUPS, augmenting) == 0


def lost(source: FeatureSource, fresh: bool) -> tuple[list[tuple[int, ...]], list[Skipped]]:
    """The batches that are given, and what is told of pictures that they lack."""
    items = list(source.batches(GROUPS, TURNED if fresh else None))
    return given(items), [one for one in items if isinstance(one, Skipped)]


@pytest.mark.parametrize(
    ("room", "micro_batch"), [("memory", 1), ("memory", 4), ("nowhere", 16), ("fresh", 4)]
)
def test_a_broken_one_is_told_of_once(
    source_of: Maker, folder: Path, room: str, micro_batch: int
) -> None:
    recipe, memory = [FRESH] if room == "fresh" else [], 0 if room == "nowhere" else None
    source = source_of(*recipe, ONE_STAGE, micro_batch=micro_batch, memory=memory)
    for number in (1, 4):
        (folder / PICTURES[number].path).unlink()
    batches, told = lost(source, fresh=room == "fresh")
    assert batches == [(0, 2), (repeated(2, 1), 3, repeated(2, 2)), (), (5,)]
    assert [[picture for picture, _ in one.failed] for one in told] == [[1], [], [4], []]
    assert [one.left_out for one in told] == [1, 1, 1, 2]


@pytest.mark.parametrize("micro_batch", [1, 16])
def test_repeats_before_the_one_that_cannot_be_read_stay(
    source_of: Maker, monkeypatch: pytest.MonkeyPatch, micro_batch: int
) -> None:
    """Whatever is read ahead in one piece: the batch that lacks a repeat is the first to."""
    source = source_of(FRESH, ONE_STAGE, micro_batch=micro_batch)
    read_one = source._loader._read

    def breaking(position: int, change: object) -> np.ndarray:
        if position == repeated(2, 1):
            raise image_errors.ImageError("file_missing")
        return read_one(position, change)  # type: ignore[arg-type]

    monkeypatch.setattr(source._loader, "_read", breaking)
    batches, _ = lost(source, fresh=True)
    rest = [tuple(group) for group in GROUPS[2:]]
    assert batches == [(0, repeated(1, 1), 2), (1, 3), *rest]


# -- what another run has left ---

OPEN = ("threads=null", "precision=auto", "micro_batch=null")
SPEED = Speed((0.02,) * 5, 3.0, 0.003, 1, 8, "float32")


def recipe(*settings: str) -> RunConfig:
    return small_recipe("model.depth=3", 'stages=[{"epochs":2}]', *settings)


def trained(folder: Path, directory: Path, config: RunConfig) -> Run:
    made = new_run(folder, directory, config)
    list(events_of(made))
    return made


@pytest.fixture
def run(picture_folder: PictureFolder, tmp_path: Path) -> Run:
    """A run of a head on twelve pictures' features after three blocks; it has kept them."""
    return trained(picture_folder(per_class=6), tmp_path / "run", recipe())


def held(run: Run, config: RunConfig, folder: Path | None = None) -> Mapping[object, int]:
    parts = split(scan(folder or run.folder), config.dataset)
    known = run_images.contents_of_last_run(run.folder, [run.directory])
    given = {"train": parts.train, "validation": parts.validation}
    return feature_store.held(config, given, known)  # type: ignore[arg-type]


def test_what_a_run_kept_is_found_by_the_next_one_whatever_its_head(run: Run) -> None:
    everything = {(Key(3, 0), "train"): 10, (Key(3, 0), "validation"): 2}
    assert held(run, run.config) == everything
    assert held(run, recipe("stages.0.learning_rate=0.01", "seed=3", "batch_size=2")) == everything
    other_split = held(run, recipe("dataset.validation_fraction=0.5"))
    assert sum(other_split.values()) == 12
    other_pictures = ("dataset.image_size=64", "dataset.fit=crop", "micro_batch=4")
    other_blocks = ("model.weights=none", "model.depth=2", 'stages=[{"epochs":1,"thawed":[3]}]')
    for setting in (*other_pictures, *other_blocks):
        assert held(run, recipe(setting)) == {}, "it would have other bits"


def test_no_file_is_read_and_none_changed_counts(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = shutil.copytree(run.folder, tmp_path / "changed")
    draw(changed / "red" / "new.png", COLORS["red"], 99)
    (changed / run.used("train")[0].path).touch()
    monkeypatch.setattr(images, "read_bytes", None)  # whoever calls it fails
    assert sum(held(run, run.config, changed).values()) == 11
    cache_budget.clear()
    assert held(run, run.config) == {}


def test_kept_views_are_found_by_their_augmentation(run: Run, tmp_path: Path) -> None:
    views = ("augmentation.rotation=10", "augmentation.cached_views=2")
    kept = trained(run.folder, tmp_path / "views", recipe(*views))
    found = held(kept, recipe(*views))
    assert [found[Key(3, 0, view), "train"] for view in (0, 1)] == [10, 10]
    turned = held(kept, recipe("augmentation.rotation=20", "augmentation.cached_views=2"))
    assert set(turned) == {(Key(3, 0), "train"), (Key(3, 0), "validation")}


def test_what_a_recipe_leaves_open_is_what_its_run_decides_and_nothing_is_measured_for_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(speed, "measure", None)  # whoever calls it fails
        assert held(run, recipe(*OPEN)) == {}
    estimate.remember(replace(SPEED, key=speed._key(devices.choose("auto"))))
    assert held(run, recipe(*OPEN)) == {}, "small pictures pass in larger numbers"
    opened = trained(run.folder, tmp_path / "opened", recipe(*OPEN))
    assert sum(held(opened, opened.config).values()) == 12


def test_the_newest_run_tells_contents(
    run: Run, tmp_path: Path, picture_folder: PictureFolder
) -> None:
    elsewhere = new_run(picture_folder(name="other"), tmp_path / "elsewhere", recipe())
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "environment.json").write_bytes(b"{")
    directories = [elsewhere.directory, damaged, run.directory, tmp_path / "gone"]
    known = run_images.contents_of_last_run(run.folder, directories)
    assert known == {one.path: one for one in run.pictures}
    assert run_images.contents_of_last_run(tmp_path, directories) == {}
