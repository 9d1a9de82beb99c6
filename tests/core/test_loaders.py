"""Batches of pictures: in order, augmented as drawn, unreadable ones named."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import augmentation, images
from core.backbone import Stopped
from core.config import AugmentationConfig, DatasetConfig
from core.loaders import Augmenting, PictureLoader
from core.messages import ThawError
from core.run_pictures import Picture
from tests.pictures import PictureFolder

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


def test_however_they_are_grouped_pictures_are_augmented_alike(
    picture_folder: PictureFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = picture_folder(per_class=6)
    (folder / PICTURES[3].path).write_bytes(b"")
    config = AugmentationConfig(rotation=(-40, 40), erasing=0.5)
    monkeypatch.setattr("core.loaders.PICTURES_AHEAD", 3)  # drawn in more than one call
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
    decoded: list[Path] = []

    def slow(path: Path, *_: object, **__: object) -> np.ndarray:
        stop.set()  # the person stops while this one is being decoded
        release.wait(30)
        decoded.append(path)
        return np.zeros((32, 32, 3), np.uint8)

    monkeypatch.setattr(images, "load", slow)
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
