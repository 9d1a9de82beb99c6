"""An experiment that was run, played again: all its runs beside each other."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from core.common.messages import InputError
from core.experiments.experiment import Experiment, Place
from core.experiments.marks import Marks, is_finished, of_histories
from core.runs import replay as run_replay
from core.runs.events import EpochFinished
from core.runs.history import fold
from core.runs.places import HISTORY
from core.runs.replay import Pace, Race, Timeline


@dataclass(frozen=True)
class ExperimentRecording:
    """What came of ``experiment``, and when: for each arm that has ``marks``, the ``lines`` of
    its finished runs."""

    experiment: Experiment
    marks: Marks
    lines: Mapping[str, tuple[Timeline, ...]]

    @property
    def race(self) -> Race:
        """All runs, as if they had begun together."""
        return Race(tuple(line for lines in self.lines.values() for line in lines))

    @property
    def epochs(self) -> int:
        """Those of the longest run."""
        return max((len(curve) for one in self.marks.arms for curve in one.curves), default=0)

    def until(self, position: float, pace: Pace) -> Marks:
        """All marks once all runs are over, before that the curves as far as they have come."""
        if position >= self.race.end(pace):
            return self.marks
        arms = []
        for arm in self.marks.arms:
            counts = [_epochs(line, position, pace) for line in self.lines[arm.name]]
            curves = [curve[:count] for curve, count in zip(arm.curves, counts, strict=True)]
            arms.append(replace(arm, curves=tuple(curves), area=None, reached=None, end=None))
        return replace(self.marks, arms=tuple(arms), pairs=(), target=None)


def read(directory: Path) -> ExperimentRecording:
    """The experiment in ``directory``, of which it needs recipes and histories alone.

    Raises ``InputError`` where there is none, it is damaged, or no run of it is finished.
    """
    place = Place(directory)
    experiment = place.read()
    lines: dict[str, list[Timeline]] = {}
    with place.reading():
        for one in experiment.arms:
            files = [place.run(one.name, seed) / HISTORY for seed in experiment.seeds]
            lines[one.name] = [run_replay.read(file) for file in files if file.is_file()]
    histories = {name: [fold(line.events) for line in some] for name, some in lines.items()}
    marks = of_histories(histories, experiment.pairs, experiment.target)
    if not marks.arms:
        raise InputError("experiment_unplayable", path=str(directory))
    done = {
        arm.name: tuple(
            line
            for line, told in zip(lines[arm.name], histories[arm.name], strict=True)
            if is_finished(told)
        )
        for arm in marks.arms
    }
    return ExperimentRecording(experiment, marks, done)


def _epochs(line: Timeline, position: float, pace: Pace) -> int:
    come = line.events[: line.count(position, pace)]
    return sum(isinstance(one, EpochFinished) for one in come)
