"""The window's only mutable state: what is chosen, which pictures, what a run has said."""

from pathlib import Path
from time import monotonic

from PySide6.QtCore import QObject

from core.compute import estimate
from core.recipe.config import RunConfig
from core.runs import run as runs
from gui.session.cached_features import HeldFeatures
from gui.session.choices import LIGHT
from gui.session.experiments import ExperimentJobs
from gui.session.label_check import MeaningJobs
from gui.session.progress import MeasuredEpochs
from gui.session.rates import RateJobs
from gui.session.replay import Replay
from gui.session.settings import Settings
from gui.session.training import TrainingSession

_STILL_TRUE = 1.0  # seconds: the room that is free hardly changes while a slider moves


class Session(TrainingSession):
    """State and the signals that tell of its changes; views render from it."""

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(settings, parent)
        self._estimates: dict[object, tuple[float, estimate.Estimate]] = {}
        self._trained: runs.Run | None = None
        self.meaning = MeaningJobs(self)
        self.rates = RateJobs(self)
        self.machine.share_with(self.rates)
        self.experiments = ExperimentJobs(self)
        self.experiments.running_changed.connect(self.engine_changed)
        self.run_created.connect(self._remember)
        self.held = HeldFeatures(self)
        self.held.changed.connect(self.engine_changed)
        self.replay = Replay(self)
        for shows_another in (self.training_started, self.run_shown):
            shows_another.connect(self.replay.close)

    def estimate(self, recipe: RunConfig | None = None) -> estimate.Estimate | None:
        """The seconds that ``recipe`` (the chosen one) will take; None until measured. Epochs like
        those that the present run has trained take what they took there."""
        speed = self.engine.speed
        if speed is None or self.split is None:
            return None
        chosen = _as_any_strength(recipe or self.recipe)
        held = self.held.of(recipe or self.recipe)
        counts, test = (len(self.split.train), len(self.split.validation)), len(self.split.test)
        now, key = monotonic(), (chosen, speed, counts, test, frozenset(held.items()))
        self._estimates = {k: v for k, v in self._estimates.items() if now - v[0] < _STILL_TRUE}
        if key not in self._estimates:
            expected = estimate.estimate(chosen, speed, *counts, held=held, test=test)
            self._estimates[key] = now, expected
        return self.measured_epochs().refined(self._estimates[key][1], recipe or self.recipe)

    def measured_epochs(self) -> MeasuredEpochs:
        """What the run trained in this session has shown, if it was of the open pictures."""
        run, started, parts = self.run, self.history.started, self.split
        if run is None or run is not self._trained or started is None or parts is None:
            return MeasuredEpochs({})
        counts = len(parts.train), len(parts.validation)
        if counts != (started.train_images, started.validation_images):
            return MeasuredEpochs({})
        return MeasuredEpochs.of_run(run.config, self.history)

    def _remember(self, run: runs.Run) -> None:
        self._trained = run

    @property
    def can_replay(self) -> bool:
        """Whether a run may be played back now: while one trains, its curves are shown."""
        return not self.is_training

    def play_run(self, directory: Path) -> None:
        """Play back the run in ``directory``; see ``replay``. Does nothing while a run trains."""
        if self.can_replay:
            self.replay.play(directory)

    def with_augmentation(self, on: bool) -> RunConfig:
        """The recipe as it would be with the tried augmentation on or off."""
        return self.choices.with_augmentation(on).recipe

    def close(self) -> None:
        self.held.close()
        self.replay.finish()
        super().close()
        self.meaning.close()
        self.rates.close()

    def check_run(self) -> None:
        """See, in the background, whether the run's pictures still are what it used."""
        if self.run is not None and not self.is_training:
            self.looks.check_run(self.run)


def _as_any_strength(recipe: RunConfig) -> RunConfig:
    """``recipe``, its augmentation one of those that take the same time."""
    if recipe.augmentation.is_identity:
        return recipe
    views = {"cached_views": recipe.augmentation.cached_views}
    return recipe.model_copy(update={"augmentation": LIGHT.model_copy(update=views)})
