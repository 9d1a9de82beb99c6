"""The window's only mutable state: what is chosen, which pictures, what a run has said."""

from core import estimate
from core.config import RunConfig
from gui.training_session import TrainingSession


class Session(TrainingSession):
    """State and the signals that tell of its changes; views render from it."""

    def estimate(self, recipe: RunConfig | None = None) -> estimate.Estimate | None:
        """The seconds that ``recipe`` (the chosen one) will take; None until measured."""
        speed = self.engine.speed
        if speed is None or self.split is None:
            return None
        counts = len(self.split.train), len(self.split.validation)
        return estimate.estimate(recipe or self.recipe, speed, *counts)

    def with_augmentation(self, on: bool) -> RunConfig:
        """The recipe as it would be with the tried augmentation on or off."""
        return self.choices.with_augmentation(on).recipe

    def check_run(self) -> None:
        """See, in the background, whether the run's pictures still are what it used."""
        if self.run is not None and not self.is_training:
            self.looks.check_run(self.run)
