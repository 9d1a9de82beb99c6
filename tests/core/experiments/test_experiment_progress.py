"""How far an experiment is, in the order in which its events come."""

from pathlib import Path

import pytest

from core.experiments.budget import Costs
from core.experiments.experiment import Place
from core.experiments.run import ArmBegun, Progress, Told
from core.runs.events import EpochFinished, RunResumed, Score
from tests.support.experiments import begun
from tests.support.pictures import PictureFolder

COSTS = Costs(finder=(0.0, 0.0), first=(10.0, 10.0), later=(10.0, 10.0))


def test_epochs_that_come_again_after_a_crash_count_once(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    place = Place(begun(picture_folder(per_class=10), tmp_path / "experiment"))
    experiment = place.read()
    progress = Progress(place, experiment, COSTS)
    arm = experiment.arms[0].name
    epoch = EpochFinished(1, 1, Score(1.0, 0.5, 8), Score(1.0, 0.5, 4), seconds=1.0)
    events = (epoch, epoch, RunResumed(epochs=1), epoch)
    progress.after(ArmBegun(arm, 0, place.run(arm, 0), epochs=4))
    told = [progress.after(Told(arm, 0, event)) for event in events]
    share, _ = told[-1] or (None, None)
    assert share == pytest.approx(10 * 2 / 4 / COSTS.total(2))
