"""Learning rates: a recipe's own or the defaults, the schedules, and the end by patience.

Schedules and patience are pure functions of a stage's progress, so a resumed run needs only its
position and its history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import cos, inf, pi

from core.recipe import network
from core.recipe.config import RunConfig, Schedule, StageConfig
from core.recipe.heads import HEADS
from core.runs.events import EpochFinished

# As in fastai and torch.optim.lr_scheduler.OneCycleLR (arXiv:1708.07120).
_CYCLE_RISE = 0.3  # the share of a cycle in which the rate rises
_CYCLE_START = 1 / 25
_CYCLE_END = _CYCLE_START * 1e-4


@dataclass(frozen=True)
class Progress:
    """Where in a stage a step stands: after ``epochs`` whole epochs, and ``steps`` of the
    ``in_epoch`` steps of the present one.

    ``losses`` are the validation losses of those epochs. ``cycles`` are the epochs, from 0, as
    they were planned together: those of the stage, and of each time that it was extended since
    (none: all epochs of the stage's recipe).
    """

    epochs: int
    steps: int = 0
    in_epoch: int = 1
    losses: Sequence[float] = ()
    cycles: Sequence[range] = ()

    @property
    def done(self) -> float:
        """The epochs that are done, in fractions."""
        return self.epochs + self.steps / self.in_epoch


def factor(stage: StageConfig, progress: Progress) -> float:
    """What all rates of ``stage`` are multiplied by in the step at ``progress``; from 0 to 1."""
    return _SCHEDULES[stage.schedule](stage, progress) * _warmup(stage, progress)


def planned(stage: StageConfig, steps: int = 1) -> list[float]:
    """The factor of each step of ``stage``, with so many steps an epoch, as it is planned:
    ``plateau`` as long as validation loss keeps falling."""
    places = (
        Progress(epoch, step, steps) for epoch in range(stage.epochs) for step in range(steps)
    )
    return [factor(stage, one) for one in places]


def out_of_patience(stage: StageConfig, epochs: Sequence[EpochFinished], since: int = 0) -> bool:
    """Whether what ``stage`` watches has not got better for as many epochs as it has patience,
    the first ``since`` of its ``epochs`` not counted."""
    if stage.patience is None:
        return False
    best, best_epoch = -inf, 0
    for number, one in enumerate(epochs, start=1):
        score = one.validation
        value = score.accuracy if stage.watch == "accuracy" else -score.loss
        if value > best:
            best, best_epoch = value, number
    return len(epochs) - max(best_epoch, since) >= stage.patience


def _warmup(stage: StageConfig, progress: Progress) -> float:
    """One more step of the rise with each step; the last one has the whole rate."""
    epochs = _warmup_epochs(stage, progress)
    if stage.schedule == "one-cycle" or progress.done >= epochs:
        return 1.0
    return min(1.0, (progress.done + 1 / progress.in_epoch) / epochs)


def _warmup_epochs(stage: StageConfig, progress: Progress) -> float:
    """As the stage was planned before it was extended."""
    return stage.warmup(len(progress.cycles[0]) if progress.cycles else None)


def _constant(stage: StageConfig, progress: Progress) -> float:
    return 1.0


def _step(stage: StageConfig, progress: Progress) -> float:
    return stage.decay_factor ** (progress.epochs // stage.decay_every)


def _cosine(stage: StageConfig, progress: Progress) -> float:
    """Half a wave from the end of the warm-up to that of the cycle (arXiv:1608.03983)."""
    cycle = _cycle(stage, progress)
    start = max(cycle.start, _warmup_epochs(stage, progress))
    return _between(1.0, 0.0, progress.done - start, cycle.stop - start)


def _one_cycle(stage: StageConfig, progress: Progress) -> float:
    cycle = _cycle(stage, progress)
    rise = _CYCLE_RISE * len(cycle)
    done = progress.done - cycle.start
    if done < rise:
        return _between(_CYCLE_START, 1.0, done, rise)
    return _between(1.0, _CYCLE_END, done - rise, len(cycle) - rise)


def _plateau(stage: StageConfig, progress: Progress) -> float:
    drops, best, waited = 0, inf, 0
    for loss in progress.losses:
        waited = 0 if loss < best else waited + 1
        best = min(best, loss)
        if waited == stage.decay_every:
            drops, waited = drops + 1, 0
    return stage.decay_factor**drops


def _cycle(stage: StageConfig, progress: Progress) -> range:
    """The epochs that were planned together with the one at ``progress``."""
    begun = [one for one in progress.cycles if one.start <= progress.epochs]
    return begun[-1] if begun else range(stage.epochs)


def _between(first: float, last: float, done: float, of: float) -> float:
    """Half a wave from ``first`` to ``last`` while ``done`` goes from 0 to ``of``."""
    share = min(1.0, max(0.0, done / of)) if of > 0 else 0.0
    return last + (first - last) * (1 + cos(pi * share)) / 2


_SCHEDULES: dict[Schedule, Callable[[StageConfig, Progress], float]] = {
    "constant": _constant,
    "step": _step,
    "cosine": _cosine,
    "one-cycle": _one_cycle,
    "plateau": _plateau,
}


# Of the head's default rate, while blocks are thawed: at the whole of it, a head that has learned
# already forgets more in the first epochs than the blocks gain (docs/recipes.md).
THAWED_SHARE = 0.3


def learning_rates(config: RunConfig, stage_index: int) -> tuple[float, float]:
    """The head's and the ConvNet's learning rate in ``config.stages[stage_index]``.

    Where the recipe names none, the head's is its default, and ``THAWED_SHARE`` of it in a stage
    that thaws blocks. The ConvNet's is 0.0 where the stage thaws no block; both are where the head
    learns without a gradient.
    """
    stage, facts = config.stages[stage_index], HEADS[config.model.head.kind]
    if not facts.has_gradient:
        return 0.0, 0.0
    head = stage.learning_rate
    if head is None:
        features = network.of_recipe(config, classes=2).inputs  # whatever the classes are
        head = facts.default_rate(features, stage.optimizer)
        if stage.thawed:
            head = float(f"{THAWED_SHARE * head:.1e}")
    return head, head * stage.backbone_factor if stage.thawed else 0.0


def block_rates(config: RunConfig, stage_index: int) -> dict[int, float]:
    """The rate of each block that ``config.stages[stage_index]`` thaws, by its number: the
    ConvNet's for the last one that is kept, and ``block_decay`` times as much for each before."""
    stage, (_, last) = config.stages[stage_index], learning_rates(config, stage_index)
    depth = config.model.depth
    return {block: last * stage.block_decay ** (depth - block) for block in stage.thawed}
