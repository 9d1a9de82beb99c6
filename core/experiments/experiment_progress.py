"""How far an experiment is, and how long the rest takes."""

from core.common.stopwatch import Stopwatch
from core.experiments.budget import Costs
from core.experiments.experiment_ import Experiment, Place
from core.experiments.experiment_events import (
    ArmBegun,
    ArmEnded,
    ExperimentEvent,
    RateChosen,
    RateSearched,
    Told,
)
from core.experiments.experiment_state import is_over
from core.runs import history
from core.runs.events import BatchFinished, EpochFinished, RunResumed
from core.runs.places import HISTORY
from core.training.rate_curve import RateTried

_TRUSTED = 0.25  # of the whole: so much work as expected is counted with what was measured


class Progress:
    """Weighs each piece by its expected seconds; what the first pieces really took corrects
    the seconds that are left. Pauses count as work, sleeps don't."""

    def __init__(self, place: Place, experiment: Experiment, costs: Costs) -> None:
        self._experiment, self._costs = experiment, costs
        self._total = max(costs.total(len(experiment.seeds)), 1e-9)
        self._watch = Stopwatch()
        self._done = 0.0  # expected seconds of pieces that have ended
        self._piece = 0.0  # of the one that goes on
        self._epochs, self._planned = 0, 1
        self.runs = len(experiment.arms) * len(experiment.seeds)
        self.runs_done = 0
        self._count(place)
        self._had = self._done

    @property
    def seconds_left(self) -> float:
        """Expected for the rest, corrected by what was measured until now."""
        worked = self._done + self._piece - self._had
        left = max(self._total - self._done - self._piece, 0.0)
        expected = _TRUSTED * (self._total - self._had)
        if worked <= 0 or expected <= 0:
            return left
        # a first piece may be far quicker than the rest: a search that only the head needs
        return left * (self._watch.seconds + expected) / (worked + expected)

    def after(self, event: ExperimentEvent) -> tuple[float, float] | None:
        """The share that is done and the seconds that are left, once ``event`` has come; None
        where it says nothing of them."""
        match event:
            case RateSearched():
                self._piece = self._of_finder(event.arm) * self._stage_share(event.arm, event.stage)
            case RateChosen() if event.stage == 1:
                self._end(self._of_finder(event.arm))
            case ArmBegun():
                self._begin(event)
            case Told(event=RateTried() as tried):
                share = self._stage_share(event.arm, 2) * tried.step / tried.steps
                whole = self._of_finder(event.arm)
                self._piece = max(self._piece, whole * min(share, 1.0))
            case Told(event=RunResumed() as resumed):
                self._epochs = resumed.epochs  # those after them come again
            case Told(seed=int(seed), event=EpochFinished() | BatchFinished() as told):
                self._trained(event.arm, seed, told)
            case ArmEnded():
                self._end(self._of_run(event.arm, event.seed))
                self.runs_done += 1
            case _:
                return None
        self._watch.tick("experiment")
        share = min((self._done + self._piece) / self._total, 1.0)
        return share, self.seconds_left

    def _begin(self, event: ArmBegun) -> None:
        """What was trained of the run before is part of its piece from now on."""
        self._epochs, self._planned = len(event.accuracies), max(event.epochs, 1)
        share = min(self._epochs / self._planned, 1.0)
        self._piece = self._of_run(event.arm, event.seed) * share
        self._done -= self._piece

    def _trained(self, arm: str, seed: int, told: EpochFinished | BatchFinished) -> None:
        within = 0.0
        if isinstance(told, EpochFinished):
            self._epochs += 1
        elif told.batches:
            within = told.batch / told.batches
        share = min((self._epochs + within) / self._planned, 1.0)
        self._piece = self._of_run(arm, seed) * share

    def _end(self, seconds: float) -> None:
        self._done += seconds
        self._piece = 0.0

    def _stage_share(self, arm: str, stage: int) -> float:
        return (stage - 1) / len(self._experiment.arm(arm).recipe.stages)

    def _position(self, arm: str) -> int:
        return [one.name for one in self._experiment.arms].index(arm)

    def _of_finder(self, arm: str) -> float:
        return self._costs.finder[self._position(arm)]

    def _of_run(self, arm: str, seed: int) -> float:
        return self._costs.run(self._position(arm), seed == self._experiment.seeds[0])

    def _count(self, place: Place) -> None:
        """Count what is there already."""
        for one in self._experiment.arms:
            if self._experiment.rates_for(one.name):
                self._done += self._of_finder(one.name)
            planned = sum(stage.epochs for stage in one.recipe.stages)
            for seed in self._experiment.seeds:
                known = history.read(place.run(one.name, seed) / HISTORY)
                share = 1.0 if is_over(known) else min(len(known.epochs) / planned, 1.0)
                self._done += self._of_run(one.name, seed) * share
                self.runs_done += is_over(known)
