"""What an epoch of a recipe's stages takes, as the present run has shown it."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from statistics import median

from core.compute.estimate import Estimate
from core.recipe.config import RunConfig
from core.runs.history import History


@dataclass(frozen=True)
class MeasuredEpochs:
    """Seconds of later epochs of a run's stages, each by what its time depends on."""

    seconds: dict[Hashable, float]

    @classmethod
    def of_run(cls, recipe: RunConfig, history: History) -> "MeasuredEpochs":
        """What the run of ``recipe`` that said ``history`` has shown so far."""
        taken: dict[int, list[float]] = {}
        for epoch in history.epochs:
            taken.setdefault(epoch.stage, []).append(epoch.seconds)
        return cls(
            {
                _kind(recipe, stage - 1): median(seconds[1:])
                for stage, seconds in taken.items()
                if len(seconds) > 1  # the first may have computed features
            }
        )

    def seconds_of(self, recipe: RunConfig, index: int) -> float | None:
        """Those of an epoch of ``recipe.stages[index]``; None where no stage like it was seen."""
        return self.seconds.get(_kind(recipe, index)) if self.seconds else None

    def refined(self, expected: Estimate, recipe: RunConfig) -> Estimate:
        """``expected`` of ``recipe`` with the seconds that were seen in place of those that were
        expected."""
        if not self.seconds:
            return expected
        known = [self.seconds_of(recipe, index) for index in range(len(recipe.stages))]
        pairs = zip(known, expected.epochs, strict=True)
        epochs = tuple(guess if seen is None else seen for seen, guess in pairs)
        stages = zip(recipe.stages, epochs, expected.epochs, strict=True)
        more = sum(stage.epochs * (now - before) for stage, now, before in stages)
        return replace(expected, epochs=epochs, total=max(expected.total + more, 0.0))


def _kind(recipe: RunConfig, index: int) -> Hashable:
    """What the time of an epoch depends on, beside the pictures."""
    stage = recipe.stages[index]
    same = ("batch_size", "precision", "device", "threads", "micro_batch")
    views = recipe.augmentation.cached_views if recipe.augments(stage) else None
    return (
        *(getattr(recipe, name) for name in same),
        recipe.dataset.image_size,
        recipe.model.depth,
        recipe.model.head,
        stage.thawed,
        stage.optimizer,
        views,
    )
