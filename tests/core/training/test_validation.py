"""Validation: a picture's probabilities are its own, whatever is validated beside it."""

import threading
from pathlib import Path

import pytest
import torch

from core.compute.loaders import PictureLoader
from core.runs.evaluation import Result
from core.runs.events import Score
from core.training.control import Control
from core.training.setup import Setup, prepare
from core.training.stage import validate
from tests.support.pictures import PictureFolder
from tests.support.training import new_run, small_recipe


def validated(setup: Setup, folder: Path) -> tuple[Score, Result]:
    stop = threading.Event()
    with PictureLoader(folder, setup.pictures, setup.config.dataset, stop) as loader:
        source = setup.features(loader, Control(stop))
        source.begin_stage(1)
        steps = validate(setup, source, setup.plans[0].boundary, stop)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                score, result = end.value
                return score, result


@pytest.mark.parametrize("thawed", ["[]", "[5]", "[1]"])
@pytest.mark.parametrize("micro_batch", [3, 64])
def test_what_stands_beside_a_picture_does_not_change_its_probabilities(
    picture_folder: PictureFolder, tmp_path: Path, thawed: str, micro_batch: int
) -> None:
    folder = picture_folder(classes=2, per_class=44)
    stages = f'stages=[{{"thawed":{thawed}}}]'
    recipe = small_recipe(stages, f"micro_batch={micro_batch}", "model.head.kind=one-vs-rest")
    run = new_run(folder, tmp_path / "run", recipe)
    setup = prepare(run.config, run, threading.Event())
    torch.nn.init.normal_(setup.head.weight, std=1e-3, generator=torch.Generator().manual_seed(1))
    score, result = validated(setup, folder)
    assert score.images == 18  # one group of sixteen and one of two
    assert len({one.probabilities for one in result.predictions}) == 18
    whole = {one.path: one.probabilities for one in result.predictions}
    setup.skipped.update([setup.validation[0], *setup.validation[3:6]])
    score, result = validated(setup, folder)
    assert score.images == 14
    assert {one.path: one.probabilities for one in result.predictions}.items() <= whole.items()
