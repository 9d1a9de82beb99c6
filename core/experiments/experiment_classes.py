"""Where two arms differ: the class of which one is right most more often than the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from core.experiments.experiment_ import Experiment, Place
from core.runs.evaluation import Result, read_predictions
from core.runs.places import PREDICTIONS


@dataclass(frozen=True)
class Gap:
    """The class ``label``, of which both arms had the same ``images``: the shares of them that
    each was right of, means over the seeds, at the best epoch of each run."""

    label: str
    first: float
    second: float
    images: int


def largest_gap(
    place: Place, experiment: Experiment, first: str, second: str, seeds: Sequence[int]
) -> Gap | None:
    """The class that sets two arms furthest apart over the ``seeds`` (their places); None where
    no class does, or a run's predictions are not there to be read."""
    classes, chosen = experiment.classes, [experiment.seeds[one] for one in seeds]

    def results(arm: str) -> list[Result]:
        paths = (place.run(arm, seed) / PREDICTIONS for seed in chosen)
        return [read_predictions(path, classes) for path in paths]

    try:
        both = results(first), results(second)
    except (OSError, ValueError, KeyError):
        return None
    gaps = [one for number in range(len(classes)) if (one := _gap(number, classes, *both))]
    found = max(gaps, key=_distance, default=None)
    return found if found is not None and _distance(found) > 0 else None


def _gap(
    number: int, classes: Sequence[str], first: Sequence[Result], second: Sequence[Result]
) -> Gap | None:
    answers = [
        [[one.is_right for one in result.predictions if one.label == number] for result in some]
        for some in (first, second)
    ]
    counts = {len(one) for some in answers for one in some}
    if len(counts) != 1 or counts == {0}:
        return None
    one, other = (fmean(map(fmean, some)) for some in answers)
    return Gap(classes[number], one, other, counts.pop())


def _distance(gap: Gap) -> float:
    return abs(gap.first - gap.second)
