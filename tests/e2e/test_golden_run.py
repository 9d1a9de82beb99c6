"""Whole runs: bit by bit as one was recorded, and what augmentation shows, trains on and teaches.

Whoever moves a bit of the golden run sees it here, and says why.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.augmentation.augment import augment
from core.model.backbone import Backbone
from core.runs import evaluation
from core.runs.events import BatchFinished
from gui.augment import tiles
from tests.support import golden
from tests.support.pictures import PictureFolder
from tests.support.training import SMALLEST, events_of, new_run, small_recipe, trained

CHOSEN_BY_BITS = {"is_best", "best_stage", "best_epoch"}


def test_the_golden_run_is_the_recorded_one(tmp_path: Path) -> None:
    now, then = golden.made(tmp_path), golden.kept()
    if now["made_on"] == then["made_on"]:
        assert now["history"] == then["history"]
        assert now["weights"] == then["weights"]
        return
    assert _without_choices(now["history"]) == _near(_without_choices(then["history"]))
    if now["weights"] != then["weights"]:
        pytest.skip(f"{now['made_on']} has other bits than {then['made_on']}: near, not equal")


def _without_choices(history: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """``history`` without what another last bit may decide otherwise."""
    return [
        {name: value for name, value in event.items() if name not in CHOSEN_BY_BITS}
        for event in history
    ]


def _near(value: Any, name: str = "") -> Any:
    """``value``, its losses, accuracies and changes of weights within a tolerance."""
    if isinstance(value, dict):
        return {key: _near(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_near(one, name) for one in value]
    if isinstance(value, float) and "rate" not in name:
        return pytest.approx(value, rel=0.02, abs=0.04)
    return value


# -- augmentation ---

SIDE = 32


@pytest.mark.parametrize("views", [0, 2])
def test_preview_tiles_equal_the_batches_that_a_run_trains_on(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, views: int
) -> None:
    folder, fed = picture_folder(), list[np.ndarray]()
    normalise = Backbone.normalise

    def noting(network: Backbone, pixels: Any) -> Any:
        fed.append(pixels.numpy().copy())
        return normalise(network, pixels)

    monkeypatch.setattr(Backbone, "normalise", noting)
    recipe = small_recipe(
        *SMALLEST,
        "seed=7",
        "augmentation.seed=11",
        "augmentation.rotation=30",
        "augmentation.horizontal_flip=0.5",
        "augmentation.brightness=[0.5,1.5]",
        "augmentation.noise=[0,20]",
        f"augmentation.cached_views={views}",
        'stages=[{"epochs":3,"thawed":[1]}]',
    )
    run = new_run(folder, tmp_path / "run", recipe)
    batches = [(one, fed[-1]) for one in events_of(run) if isinstance(one, BatchFinished)]
    monkeypatch.setattr(tiles, "seed", lambda shuffle: recipe.seed)  # the preview has its own
    versions: dict[str, list[bytes]] = {}
    for event, pixels in batches:
        epoch = event.epoch - 1
        monkeypatch.setattr(tiles, "_EPOCH", epoch)
        assert len(pixels) == len(event.pictures) == event.images
        subjects = tiles.load_subjects(
            folder, [(one, "") for one in event.pictures], recipe.dataset
        )
        for subject, trained_on in zip(subjects, pixels, strict=True):
            scene = tiles.Scene(subject, config=recipe.augmentation)
            tile = tiles.version_tiles(scene)[epoch % views if views else 0]
            assert np.array_equal(tile.pixels(), trained_on)
            draws = (11, 0, subject.key, epoch % views) if views else (7, epoch, subject.key)
            made = augment(subject.picture, recipe.augmentation, *draws)
            assert np.array_equal(made, trained_on)
            versions.setdefault(subject.key, []).append(trained_on.tobytes())
    assert len(versions) == len(run.used("train"))
    assert {len(set(one)) for one in versions.values()} == {views or 3}, "of three epochs"
    sheet = np.asarray(Image.open(run.directory / "first-batch.png"))
    shown = np.split(sheet, sheet.shape[1] // SIDE, axis=1)
    assert np.array_equal(np.stack(shown), batches[0][1])


def test_a_network_that_only_saw_mirror_images_takes_each_side_for_the_other(
    tmp_path: Path,
) -> None:
    """Where left and right are the classes, a flip teaches the mirror image, and validation,
    which is never augmented, shows it."""
    folder = _arrows(tmp_path / "arrows")
    settings = ("dataset.validation_fraction=0.4", "model.depth=3", 'stages=[{"epochs":4}]')
    for flip, confusion in ((0, ((4, 0), (0, 4))), (1, ((0, 4), (4, 0)))):
        flipped = f"augmentation.horizontal_flip={flip}"
        run, _ = trained(folder, tmp_path / str(flip), flipped, *settings)
        result = evaluation.of_run(run)
        assert (result.classes, result.confusion) == (("left", "right"), confusion)


def _arrows(folder: Path) -> Path:
    """Dark images with a bright wedge that points to the side their class is named by."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    for number in range(10):
        rng = np.random.default_rng(number)
        noise = rng.integers(0, 60, (SIDE, SIDE, 3))
        middle = SIDE / 2 + rng.integers(-2, 3)
        wedge = np.abs(rows - middle) < columns / 2
        pixels = np.where(wedge[..., None], 180, 20) + noise
        for name, one in (("left", pixels), ("right", pixels[:, ::-1])):
            (folder / name).mkdir(parents=True, exist_ok=True)
            file = folder / name / f"{number}.png"
            Image.fromarray(one.astype(np.uint8)).save(file)
    return folder
