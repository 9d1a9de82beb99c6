"""What the preview shows: the same pixels as training, by draws that no run shares."""

import threading
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray

from core.augmentation import augment as augmentation
from core.dataset.split import Split, split
from core.dataset.summary import Sample, scan
from core.images import errors as image_errors
from core.images import load as images
from core.recipe.config import AugmentationConfig, DatasetConfig, FillMode
from core.runs.images import Picture
from gui.augment import tiles as augment_tiles
from gui.augment.tile_views import arrange
from gui.augment.tiles import TrainingPictures
from tests.support.pictures import PictureFolder

KEY = "red/000.png"
EFFECTS = {
    "horizontal_flip": AugmentationConfig(horizontal_flip=0.5),
    "vertical_flip": AugmentationConfig(vertical_flip=0.5),
    "rotation": AugmentationConfig(rotation=(-90, 45)),
    "scale": AugmentationConfig(scale=(0.4, 0.8)),
    "crop": AugmentationConfig(crop=0.3),
    "translation": AugmentationConfig(translation=(0.4, 0.2)),
    "all": AugmentationConfig(
        horizontal_flip=0.5,
        vertical_flip=0.5,
        rotation=(-30, 30),
        scale=(0.5, 1.5),
        crop=0.5,
        translation=(0.2, 0.2),
    ),
}


@pytest.fixture
def picture(picture_folder: PictureFolder) -> NDArray[np.uint8]:
    return augment_tiles.load(picture_folder() / KEY, DatasetConfig(image_size=64, fit="pad"))


def same(first: list[NDArray[np.uint8]], second: list[NDArray[np.uint8]]) -> list[bool]:
    return [np.array_equal(one, other) for one, other in zip(first, second, strict=True)]


def test_the_picture_is_the_one_that_training_gets(picture_folder: PictureFolder) -> None:
    file = picture_folder() / KEY
    for fit in ("stretch", "crop", "pad"):
        shown = augment_tiles.load(file, DatasetConfig(image_size=96, fit=fit))
        np.testing.assert_array_equal(shown, images.load(file, 96, fit))


@pytest.mark.parametrize("effect", EFFECTS)
def test_every_tile_has_the_pixels_of_the_trainers_own_call(
    picture: NDArray[np.uint8], effect: str
) -> None:
    for mode in get_args(FillMode):
        config = EFFECTS[effect].model_copy(update={"fill_mode": mode, "fill_color": (9, 90, 200)})
        tiles = augment_tiles.versions(picture, config, KEY, shuffle=2)
        assert len(tiles) == 12
        for view, tile in enumerate(tiles):
            expected = augmentation.augment(picture, config, augment_tiles.seed(2), 0, KEY, view)
            np.testing.assert_array_equal(tile, expected)
        assert not all(np.array_equal(tile, picture) for tile in tiles)


def test_no_run_can_have_the_previews_seed() -> None:
    for shuffle in range(3):
        with pytest.raises(ValueError, match="greater than or equal to 0"):
            AugmentationConfig(seed=augment_tiles.seed(shuffle))


def test_a_reshuffle_draws_anew(picture: NDArray[np.uint8]) -> None:
    config = EFFECTS["rotation"]
    before = augment_tiles.versions(picture, config, KEY, shuffle=0)
    assert not any(same(before, augment_tiles.versions(picture, config, KEY, shuffle=1)))
    assert all(same(before, augment_tiles.versions(picture, config, KEY, shuffle=0)))


def test_one_effect_more_leaves_the_others_draws(picture: NDArray[np.uint8]) -> None:
    """Where the flip's own draw says no, a tile stays as it was."""
    config = EFFECTS["rotation"]
    before = augment_tiles.versions(picture, config, KEY)
    flipped = config.model_copy(update={"horizontal_flip": 0.5})
    unchanged = same(before, augment_tiles.versions(picture, flipped, KEY))
    assert 0 < sum(unchanged) < len(before)


@pytest.mark.parametrize(
    ("classes", "pair"),
    [
        (("ahead", "turn-left", "turn-right"), ("turn-left", "turn-right")),
        (("Right hand", "LEFT hand"), ("LEFT hand", "Right hand")),
        (("left", "other"), None),
        (("leftovers", "rightful"), None),
        (("dress", "shirt"), None),
        ((), None),
    ],
)
def test_classes_that_a_flip_may_swap_are_known_by_name(
    classes: tuple[str, ...], pair: tuple[str, str] | None
) -> None:
    assert augment_tiles.mirrored_classes(classes) == pair


@pytest.fixture
def parts(picture_folder: PictureFolder) -> Split:
    return split(scan(picture_folder(classes=2, per_class=5)), DatasetConfig())


def test_only_training_pictures_are_looked_at(parts: Split) -> None:
    pictures = TrainingPictures.of(parts)
    shown = {sample.path for group in pictures.by_label.values() for sample in group}
    assert shown == {sample.path for sample in parts.train}
    assert len(shown) == 8


def test_stepping_goes_round_within_the_class(parts: Split) -> None:
    pictures = TrainingPictures.of(parts)
    first = pictures.first(1)
    seen: list[Sample] = [first]
    for _ in range(3):
        seen.append(pictures.stepped(seen[-1], 1))
    assert [pictures.place(sample) for sample in seen] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert {sample.label for sample in seen} == {1}
    assert pictures.stepped(seen[-1], 1) == first
    assert pictures.stepped(first, -1) == seen[-1]


def test_a_picture_that_no_longer_trains_gives_way_to_its_class(parts: Split) -> None:
    pictures = TrainingPictures.of(parts)
    last = pictures.stepped(pictures.first(1), -1)
    assert pictures.kept(last) == last
    held_out = next(sample for sample in parts.validation if sample.label == 1)
    assert pictures.kept(held_out) == pictures.first(1)
    assert pictures.kept(None) == pictures.first(0)
    assert TrainingPictures.of(None).kept(last) is None


@pytest.mark.parametrize(
    ("width", "height"), [(300, 180), (300, 900), (520, 430), (690, 300), (690, 540), (1500, 900)]
)
def test_tiles_fit_beside_the_untouched_picture(width: int, height: int) -> None:
    places = arrange(width, height, 12, caption=20)
    everything = [places.untouched, *places.tiles]
    for rect in everything:
        assert rect.left() >= 0
        assert rect.top() >= 0
        assert rect.right() < width
        assert rect.bottom() < height
    assert places.untouched.bottom() + 20 < height
    for index, rect in enumerate(everything):
        assert not any(rect.intersects(other) for other in everything[index + 1 :])
    assert len({rect.width() for rect in places.tiles}) == 1
    assert places.untouched.width() > 1.8 * places.tiles[0].width()


def test_a_missing_picture_says_so(tmp_path: Path) -> None:
    with pytest.raises(image_errors.ImageError, match="the file has gone"):
        augment_tiles.load(tmp_path / "gone.png", DatasetConfig())


def test_the_trainers_loader_gives_the_first_tile(picture_folder: PictureFolder) -> None:
    # Here: it brings torch.
    from core.compute.loaders import Augmenting, PictureLoader

    folder = picture_folder()
    dataset = DatasetConfig(image_size=64, fit="crop")
    config = EFFECTS["all"]
    augmenting = Augmenting(config, augment_tiles.seed(0), 0)
    pictures = [Picture(KEY, 0, "train")]
    with PictureLoader(folder, pictures, dataset, threading.Event()) as loader:
        (batch,) = loader.batches([[0]], augmenting)
    picture = augment_tiles.load(folder / KEY, dataset)
    (tile,) = augment_tiles.versions(picture, config, KEY, count=1)
    np.testing.assert_array_equal(batch.pictures[0].numpy(), tile)
