"""Batches of pictures: in order, augmented as drawn, unreadable ones named."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.augmentation import augment as augmentation
from core.common.messages import ThawError
from core.compute.cache import budget as cache_budget
from core.compute.cache.records import RecordStore
from core.compute.feature_plan import plan
from core.compute.loaders import (
    Augmenting,
    KeptPictures,
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


def test_batches_come_in_order_with_the_fitted_pictures(picture_folder: PictureFolder) -> None:
    folder = picture_folder(per_class=6)
    groups = [[5, 0], [3, 1, 2], [4]]
    with PictureLoader(folder, PICTURES, CONFIG, threading.Event()) as loader:
        batches = list(loader.batches(groups))
    assert [list(batch.positions) for batch in batches] == groups
    for batch in batches:
        for position, pixels in zip(batch.positions, batch.pictures.numpy(), strict=True):
            expected = images.load(folder / PICTURES[position].path, 32, "stretch")
            assert np.array_equal(pixels, expected)


def test_what_is_transparent_shows_the_recipes_background(tmp_path: Path) -> None:
    Image.new("RGBA", (32, 32), (0, 0, 0, 0)).save(tmp_path / "see-through.png")
    picture = Picture("see-through.png", 0, "train")
    config = CONFIG.model_copy(update={"background_color": (9, 90, 200)})
    with PictureLoader(tmp_path, [picture], config, threading.Event()) as loader:
        batch = next(loader.batches([[0]]))
    assert (batch.pictures.numpy() == (9, 90, 200)).all()


def test_augmented_batches_are_what_the_preview_shows(picture_folder: PictureFolder) -> None:
    folder = picture_folder(per_class=6)
    config = AugmentationConfig(rotation=(-40, 40), horizontal_flip=0.5, fill_mode="wrap")
    with PictureLoader(folder, PICTURES, CONFIG, threading.Event()) as loader:
        batch = next(loader.batches([[4, 1]], Augmenting(config, seed=3, epoch=7)))
    for position, pixels in zip(batch.positions, batch.pictures.numpy(), strict=True):
        picture = PICTURES[position]
        plain = images.load(folder / picture.path, 32, "stretch")
        assert np.array_equal(pixels, augmentation.augment(plain, config, 3, 7, picture.key))


def test_the_draws_of_a_kept_view_are_those_of_its_number(picture_folder: PictureFolder) -> None:
    recipe = small_recipe(
        "augmentation.rotation=40", "augmentation.cached_views=2", "augmentation.seed=3"
    )
    folder = picture_folder(per_class=6)
    plain = images.load(folder / PICTURES[4].path, 32, "stretch")
    stage = plan(recipe)[0]
    with PictureLoader(folder, PICTURES, CONFIG, threading.Event()) as loader:
        for over_run, view in ((0, 0), (1, 1), (2, 0), (5, 1)):
            batch = next(loader.batches([[4]], augmenting_of(recipe, stage, over_run)))
            expected = augmentation.augment(plain, recipe.augmentation, 3, 0, PICTURES[4].key, view)
            assert np.array_equal(batch.pictures[0].numpy(), expected)


def hashed(folder: Path) -> list[Picture]:
    return [
        replace(one, hash=images.content_hash((folder / one.path).read_bytes())) for one in PICTURES
    ]


def pixels_of(loader: PictureLoader) -> np.ndarray:
    return np.asarray(next(loader.batches([range(6)])).pictures)


def test_kept_pictures_are_decoded_once(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, stop = picture_folder(per_class=6), threading.Event()
    pictures = hashed(folder)
    kept = KeptPictures(tmp_path / "kept", CONFIG)
    with PictureLoader(folder, pictures, CONFIG, stop, kept) as loader:
        first = pixels_of(loader)
    monkeypatch.setattr(images, "prepare", None)  # a second decode would fail
    again = KeptPictures(tmp_path / "kept", CONFIG)
    with PictureLoader(folder, pictures, CONFIG, stop, again) as loader:
        assert np.array_equal(pixels_of(loader), first)
    cropped = KeptPictures(tmp_path / "kept", CONFIG.model_copy(update={"fit": "crop"}))
    assert cropped.get(pictures[0]) is None


def test_a_kept_picture_stands_for_a_file_that_has_changed_or_gone(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder, stop = picture_folder(per_class=6), threading.Event()
    pictures, kept = hashed(folder), KeptPictures(tmp_path / "kept", CONFIG)
    with PictureLoader(folder, pictures, CONFIG, stop, kept) as loader:
        first = pixels_of(loader)
        (folder / pictures[1].path).unlink()
        shutil.copy(folder / pictures[0].path, folder / pictures[2].path)
        assert np.array_equal(pixels_of(loader), first)


def test_a_damaged_kept_picture_is_decoded_again(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder, stop = picture_folder(per_class=6), threading.Event()
    pictures = hashed(folder)
    with PictureLoader(folder, pictures, CONFIG, stop) as loader:
        plain = pixels_of(loader)
    with PictureLoader(
        folder, pictures, CONFIG, stop, KeptPictures(tmp_path / "kept", CONFIG)
    ) as loader:
        pixels_of(loader)
    for file in (tmp_path / "kept").rglob("*.data"):
        file.write_bytes(b"\xff" * file.stat().st_size)
    again = KeptPictures(tmp_path / "kept", CONFIG)
    assert again.store.holds(content_name(pictures[0]) or b"")
    with PictureLoader(folder, pictures, CONFIG, stop, again) as loader:
        assert np.array_equal(pixels_of(loader), plain)


def test_a_disk_that_is_full_only_costs_time(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, stop = picture_folder(per_class=6), threading.Event()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RecordStore, "put", full)
    kept = KeptPictures(tmp_path / "kept", CONFIG)
    with PictureLoader(folder, hashed(folder), CONFIG, stop, kept) as loader:
        assert len(pixels_of(loader)) == 6


def test_pictures_that_are_all_there_need_no_room(picture_folder: PictureFolder) -> None:
    folder = picture_folder(per_class=6)
    pictures = hashed(folder)
    kept = KeptPictures(cache_budget.root(), CONFIG, pictures)
    cache_budget.choose_budget(10**9)
    assert kept.make_room()
    with PictureLoader(folder, pictures, CONFIG, threading.Event(), kept) as loader:
        pixels_of(loader)
    cache_budget.choose_budget(1)
    assert kept.make_room()
    kept.close()
    cache_budget.choose_budget(1)
    assert not KeptPictures(cache_budget.root(), CONFIG, pictures).make_room()


def test_a_picture_that_is_another_by_now_is_named(picture_folder: PictureFolder) -> None:
    folder = picture_folder(per_class=6)
    pictures = hashed(folder)
    shutil.copy(folder / PICTURES[0].path, folder / PICTURES[2].path)
    with PictureLoader(folder, pictures, CONFIG, threading.Event()) as loader:
        batch = next(loader.batches([[0, 2, 4]]))
    assert batch.positions == (0, 4)
    assert [(position, error.code) for position, error in batch.failed] == [(2, "picture_changed")]


def test_however_they_are_grouped_pictures_are_augmented_alike(
    picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = picture_folder(per_class=6)
    (folder / PICTURES[3].path).write_bytes(b"")
    config = AugmentationConfig(rotation=(-40, 40), erasing=0.5)
    monkeypatch.setattr("core.compute.loaders.PICTURES_AHEAD", 3)  # drawn in more than one call
    groups = [[5, 0], [], [3, 1], [2], [4], []]
    with PictureLoader(folder, PICTURES, CONFIG, threading.Event()) as loader:
        batches = list(loader.batches(iter(groups), Augmenting(config, seed=3, epoch=7)))
    assert [batch.positions for batch in batches] == [(5, 0), (), (1,), (2,), (4,), ()]
    for batch in batches:
        for position, pixels in zip(batch.positions, batch.pictures.numpy(), strict=True):
            picture = PICTURES[position]
            plain = images.load(folder / picture.path, 32, "stretch")
            assert np.array_equal(pixels, augmentation.augment(plain, config, 3, 7, picture.key))


def test_an_unreadable_picture_is_named_and_the_others_come(picture_folder: PictureFolder) -> None:
    folder = picture_folder(per_class=6)
    (folder / PICTURES[1].path).write_bytes(b"")
    with PictureLoader(folder, PICTURES, CONFIG, threading.Event()) as loader:
        batch = next(loader.batches([[0, 1, 2]]))
    assert batch.positions == (0, 2)
    assert [(position, error.code) for position, error in batch.failed] == [(1, "empty_file")]


def test_a_vanished_folder_is_one_clear_error(picture_folder: PictureFolder) -> None:
    folder = picture_folder(per_class=6)
    gone = folder.rename(folder.with_name("elsewhere"))
    assert gone.is_dir()
    with (
        PictureLoader(folder, PICTURES, CONFIG, threading.Event()) as loader,
        pytest.raises(ThawError) as error,
    ):
        next(loader.batches([[0, 1]]))
    assert error.value.code == "folder_vanished"


def test_a_stop_ends_the_reading(picture_folder: PictureFolder) -> None:
    folder, stop = picture_folder(per_class=6), threading.Event()
    stop.set()
    with PictureLoader(folder, PICTURES, CONFIG, stop) as loader, pytest.raises(Stopped):
        next(loader.batches([[0]]))


def decoding() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name.startswith("thaw-decode")]


def test_a_stop_does_not_wait_for_a_picture_that_decodes_for_seconds(
    picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, stop, release = picture_folder(per_class=6), threading.Event(), threading.Event()
    decoded: list[bytes] = []

    def slow(data: bytes, *_: object, **__: object) -> np.ndarray:
        stop.set()  # the person stops while this one is being decoded
        release.wait(30)
        decoded.append(data)
        return np.zeros((32, 32, 3), np.uint8)

    monkeypatch.setattr(images, "prepare", slow)
    with PictureLoader(folder, PICTURES, CONFIG, stop) as loader, pytest.raises(Stopped):
        next(loader.batches([range(6)]))
    threads = decoding()
    assert threads, "the decodes are still under way"
    assert decoded == []
    release.set()
    for thread in threads:
        thread.join(30)
    assert decoding() == [], "each thread ends after the picture it was at"
    assert len(decoded) <= len(threads)


def test_the_threads_end_with_the_loader(picture_folder: PictureFolder) -> None:
    folder = picture_folder(per_class=6)
    with PictureLoader(folder, PICTURES, CONFIG, threading.Event()) as loader:
        next(loader.batches([[0], [1], [2, 3, 4, 5]]))
    for thread in decoding():
        thread.join(30)
    assert decoding() == []
