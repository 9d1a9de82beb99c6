"""Batches of pictures: in order, augmented as drawn, kept once decoded, unreadable ones named."""

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.augmentation.augment import augment
from core.common.messages import ThawError
from core.compute import loaders
from core.compute.cache import budget as cache_budget
from core.compute.cache.records import RecordStore
from core.compute.feature_plan import plan
from core.compute.loaders import (
    Augmenting,
    KeptPictures,
    PictureBatch,
    PictureLoader,
    augmenting_of,
    content_name,
)
from core.images import load as images
from core.model.backbone import Stopped
from core.recipe.config import AugmentationConfig, DatasetConfig
from core.runs.images import Picture
from tests.support.pictures import PictureFolder
from tests.support.training import small_recipe

CONFIG = DatasetConfig(image_size=32)
PICTURES = [
    Picture(f"red/{number:03}.{'png' if number % 2 == 0 else 'jpg'}", 0, "train")
    for number in range(6)
]
TURNED = AugmentationConfig(rotation=(-40, 40), horizontal_flip=0.5, erasing=0.5, fill_mode="wrap")


class Loading:
    """Loaders of a folder with ``PICTURES``, and what they keep."""

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self.folder, self.stop, self._closing = folder, threading.Event(), closing
        contents = ((folder / one.path).read_bytes() for one in PICTURES)
        self.pictures = [
            replace(one, hash=images.content_hash(content))
            for one, content in zip(PICTURES, contents, strict=True)
        ]

    def loader(self, pictures: Sequence[Picture] = PICTURES) -> PictureLoader:
        """One that keeps nothing, of pictures whose contents are not known."""
        made = PictureLoader(self.folder, pictures, CONFIG, self.stop)
        return self._closing.enter_context(made)

    def keeping(self, kept: KeptPictures | None = None) -> PictureLoader:
        loader = self.loader(self.pictures)
        loader.kept = kept or self.kept()
        return loader

    def kept(self, config: DatasetConfig = CONFIG) -> KeptPictures:
        return KeptPictures(cache_budget.root(), config, self.pictures)

    def plain(self, position: int) -> np.ndarray:
        return images.load(self.folder / PICTURES[position].path, 32, "stretch")


@pytest.fixture
def made(picture_folder: PictureFolder) -> Iterator[Loading]:
    with ExitStack() as closing:
        yield Loading(picture_folder(per_class=6), closing)


def all_pixels(loader: PictureLoader) -> np.ndarray:
    return np.asarray(next(loader.batches([range(6)])).pictures)


def assert_shown(batches: Iterable[PictureBatch], expected: Callable[[int], np.ndarray]) -> None:
    for batch in batches:
        for position, pixels in zip(batch.positions, batch.pictures.numpy(), strict=True):
            assert np.array_equal(pixels, expected(position))


def decoding() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("thaw-decode")]


def assert_all_end(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(30)
    assert decoding() == []


def test_batches_come_in_order_with_the_fitted_pictures(made: Loading) -> None:
    groups = [[5, 0], [3, 1, 2], [4]]
    with made.loader() as loader:
        batches = list(loader.batches(groups))
    assert [list(batch.positions) for batch in batches] == groups
    assert_shown(batches, made.plain)
    assert_all_end(decoding())


def test_what_is_transparent_shows_the_recipes_background(tmp_path: Path) -> None:
    Image.new("RGBA", (32, 32), (0, 0, 0, 0)).save(tmp_path / "see-through.png")
    pictures = [Picture("see-through.png", 0, "train")]
    config = CONFIG.model_copy(update={"background_color": (9, 90, 200)})
    with PictureLoader(tmp_path, pictures, config, threading.Event()) as loader:
        batch = next(loader.batches([[0]]))
    assert (batch.pictures.numpy() == (9, 90, 200)).all()


def test_augmented_batches_equal_the_preview(
    made: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made.folder / PICTURES[3].path).write_bytes(b"")
    monkeypatch.setattr(loaders, "PICTURES_AHEAD", 3)  # drawn in more than one call
    groups = [[5, 0], [], [3, 1], [2], [4], []]
    batches = list(made.loader().batches(iter(groups), Augmenting(TURNED, seed=3, epoch=7)))
    assert [batch.positions for batch in batches] == [(5, 0), (), (1,), (2,), (4,), ()]
    assert_shown(batches, lambda one: augment(made.plain(one), TURNED, 3, 7, PICTURES[one].key))


def test_the_draws_of_a_kept_view_are_those_of_its_number(made: Loading) -> None:
    recipe = small_recipe(
        "augmentation.rotation=40", "augmentation.cached_views=2", "augmentation.seed=3"
    )
    stage, config, key = plan(recipe)[0], recipe.augmentation, PICTURES[4].key
    for over_run, view in ((0, 0), (1, 1), (2, 0), (5, 1)):
        (batch,) = made.loader().batches([[4]], augmenting_of(recipe, stage, over_run))
        shown = augment(made.plain(4), config, 3, 0, key, view)
        assert np.array_equal(batch.pictures[0].numpy(), shown)


# -- kept pictures ---


def test_kept_pictures_are_decoded_once(made: Loading, monkeypatch: pytest.MonkeyPatch) -> None:
    first = all_pixels(made.keeping())
    assert np.array_equal(first, all_pixels(made.loader()))
    monkeypatch.setattr(images, "prepare", None)  # a second decode would fail
    assert np.array_equal(all_pixels(made.keeping()), first)
    cropped = made.kept(CONFIG.model_copy(update={"fit": "crop"}))
    assert cropped.get(made.pictures[0]) is None


def test_a_kept_picture_stands_for_a_file_that_has_changed_or_gone(made: Loading) -> None:
    loader = made.keeping()
    first = all_pixels(loader)
    (made.folder / PICTURES[1].path).unlink()
    shutil.copy(made.folder / PICTURES[0].path, made.folder / PICTURES[2].path)
    assert np.array_equal(all_pixels(loader), first)


def test_a_damaged_kept_picture_is_decoded_again(made: Loading) -> None:
    first = all_pixels(made.keeping())
    for file in cache_budget.root().rglob("*.data"):
        file.write_bytes(b"\xff" * file.stat().st_size)
    again = made.kept()
    assert again.store.holds(content_name(made.pictures[0]) or b"")
    assert np.array_equal(all_pixels(made.keeping(again)), first)


def test_what_draws_changed_is_named_by_its_path_too() -> None:
    one, same = (Picture(path, 0, "train", hash="00") for path in ("red/0.png", "red/1.png"))
    assert content_name(one) == content_name(same)
    names = {content_name(picture, drawn=True) for picture in (one, same)}
    assert len(names | {content_name(one)}) == 3


def test_a_disk_that_is_full_only_costs_time(
    made: Loading, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RecordStore, "put", full)
    assert len(all_pixels(made.keeping())) == 6


def test_pictures_that_are_all_there_need_no_room(made: Loading) -> None:
    kept = made.kept()
    cache_budget.choose_budget(10**9)
    assert kept.make_room()
    all_pixels(made.keeping(kept))
    cache_budget.choose_budget(1)
    assert kept.make_room()
    kept.close()
    cache_budget.choose_budget(1)
    assert not made.kept().make_room()


# -- what cannot be read, and stopping ---


def test_a_picture_that_is_another_by_now_is_named(made: Loading) -> None:
    shutil.copy(made.folder / PICTURES[0].path, made.folder / PICTURES[2].path)
    (made.folder / PICTURES[3].path).write_bytes(b"")
    known = [*made.pictures[:3], PICTURES[3], *made.pictures[4:]]
    (batch,) = made.loader(known).batches([[0, 2, 3, 4]])
    assert batch.positions == (0, 4)
    failed = [(position, error.code) for position, error in batch.failed]
    assert failed == [(2, "picture_changed"), (3, "empty_file")]


def test_a_vanished_folder_is_one_clear_error(made: Loading) -> None:
    made.folder.rename(made.folder.with_name("elsewhere"))
    with pytest.raises(ThawError) as error:
        next(made.loader().batches([[0, 1]]))
    assert error.value.code == "folder_vanished"


def test_a_stop_waits_for_no_decode(made: Loading, monkeypatch: pytest.MonkeyPatch) -> None:
    release, decoded = threading.Event(), []

    def slow(data: bytes, *_: object, **__: object) -> np.ndarray:
        release.wait(30)
        decoded.append(data)
        return np.zeros((32, 32, 3), np.uint8)

    def waiting(jobs: list[Future[np.ndarray]], seconds: float) -> object:
        made.stop.set()  # the person stops while they are being decoded
        return wait(jobs, seconds)

    monkeypatch.setattr(images, "prepare", slow)
    monkeypatch.setattr(loaders, "wait", waiting)
    with made.loader() as loader, pytest.raises(Stopped):
        next(loader.batches([range(6)]))
    threads = decoding()
    assert threads, "the decodes are still under way"
    assert decoded == []
    release.set()
    assert_all_end(threads)  # each after the picture it was at
    assert len(decoded) <= len(threads)
