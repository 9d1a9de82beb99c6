"""A flip where left and right are the classes: training learns the mirror image, and validation,
which is never augmented, shows it."""

from pathlib import Path

import numpy as np
from PIL import Image

from core.runs import evaluation
from core.runs.evaluation import Result
from tests.support.training import events_of, new_run, small_recipe

SIDE = 32


def test_a_network_that_only_saw_mirror_images_takes_each_side_for_the_other(
    tmp_path: Path,
) -> None:
    folder = _arrows(tmp_path / "arrows")
    as_they_are = _trained(folder, tmp_path / "plain", flip=0.0)
    mirrored = _trained(folder, tmp_path / "mirrored", flip=1.0)
    assert as_they_are.classes == ("left", "right")
    assert as_they_are.confusion == ((4, 0), (0, 4))
    assert mirrored.confusion == ((0, 4), (4, 0))


def _trained(folder: Path, directory: Path, flip: float) -> Result:
    recipe = small_recipe(
        f"augmentation.horizontal_flip={flip}",
        "dataset.validation_fraction=0.4",
        "model.depth=3",
        'stages=[{"epochs":4}]',
    )
    run = new_run(folder, directory, recipe)
    list(events_of(run))
    return evaluation.of_run(run)


def _arrows(folder: Path) -> Path:
    """Dark pictures with a bright wedge that points to the side their class is named by."""
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
