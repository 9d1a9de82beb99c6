"""How long an experiment takes, and what size, seeds and epochs fit into some minutes.

The seconds come from ``core.compute.estimate``: a measurement of this machine, multiplied.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.compute.estimate import Speed, estimate
from core.experiments.experiment import FINDER_STEPS, KINDS, MANY_EPOCHS, Arm, with_size
from core.recipe.config import RunConfig

SIZES = (224, 160, 128, 96, 64, 32)
FEWEST_EPOCHS, LEAST_SEEDS, MOST_EPOCHS, MOST_SEEDS = 4, 1, 30, 5
_USUAL_SEEDS = 3  # fewer give no interval, and tell nothing apart
_RUN_SECONDS = 2.0  # a run's folder, its network, its last checkpoint
_EPOCH_SECONDS = 0.5  # what is learned goes to the disk
_SHORTER = (
    *((8, 3), (6, 3), (FEWEST_EPOCHS, 3)),
    *((FEWEST_EPOCHS, 2), (FEWEST_EPOCHS, LEAST_SEEDS)),
)


@dataclass(frozen=True)
class Costs:
    """Expected seconds of an experiment's parts: the finder of each arm (0: it has the rates of
    another), the first run of each, and each further one, which finds features that are kept."""

    finder: tuple[float, ...]
    first: tuple[float, ...]
    later: tuple[float, ...]

    def total(self, seeds: int) -> float:
        """The seconds of all of it."""
        return sum(self.finder) + sum(self.first) + (seeds - 1) * sum(self.later)

    def run(self, arm: int, is_first: bool) -> float:
        """The seconds of one run of the arm at a position."""
        return self.first[arm] if is_first else self.later[arm]


@dataclass(frozen=True)
class Fit:
    """What to run: pictures of ``size``, so many ``seeds`` and ``epochs``, for about ``seconds``.
    ``fits``: that is not more than was allowed."""

    size: int
    seeds: int
    epochs: int
    seconds: float
    fits: bool = True


def fitted(
    kind: str,
    config: RunConfig,
    minutes: float,
    speed: Speed,
    counts: tuple[int, int, int],
    *,
    size: int | None = None,
    seeds: int | None = None,
    epochs: int | None = None,
) -> Fit:
    """The largest experiment of ``kind`` that ends within ``minutes``; what is given stays.

    ``counts`` are the training, validation and test pictures. Pictures of at most the recipe's
    size: the largest at which three seeds and ten epochs fit; then more epochs, then more seeds.
    Where that doesn't fit at the smallest size either, fewer epochs and then fewer seeds.
    """
    last = None
    for one in _choices(config, size, seeds, epochs):
        last = _fit(kind, config, speed, counts, minutes, *one)
        if last.fits:
            return _grown(last, kind, config, minutes, speed, counts, seeds, epochs)
    assert last is not None
    return last


def _choices(
    config: RunConfig, size: int | None, seeds: int | None, epochs: int | None
) -> Iterator[tuple[int, int, int]]:
    largest = config.dataset.image_size
    sizes = [size] if size else [largest, *(one for one in SIZES if one < largest)]
    for one in sizes:
        yield one, seeds or _USUAL_SEEDS, epochs or MANY_EPOCHS
    for fewer, less in _SHORTER:
        yield sizes[-1], seeds or less, epochs or fewer


def _grown(
    fit: Fit,
    kind: str,
    config: RunConfig,
    minutes: float,
    speed: Speed,
    counts: tuple[int, int, int],
    seeds: int | None,
    epochs: int | None,
) -> Fit:
    """``fit`` with as many more epochs, and then seeds, as there is time for."""
    more_epochs = [] if epochs else range(fit.epochs + 1, MOST_EPOCHS + 1)
    for number in more_epochs if fit.epochs >= MANY_EPOCHS else ():
        larger = _fit(kind, config, speed, counts, minutes, fit.size, fit.seeds, number)
        if not larger.fits:
            return fit
        fit = larger
    for number in () if seeds else range(fit.seeds + 1, MOST_SEEDS + 1):
        larger = _fit(kind, config, speed, counts, minutes, fit.size, number, fit.epochs)
        if not larger.fits:
            break
        fit = larger
    return fit


def _fit(
    kind: str,
    config: RunConfig,
    speed: Speed,
    counts: tuple[int, int, int],
    minutes: float,
    size: int,
    seeds: int,
    epochs: int,
) -> Fit:
    arms = KINDS[kind].arms(with_size(config, size), epochs)
    seconds = costs(arms, speed, counts, FINDER_STEPS).total(seeds)
    return Fit(size, seeds, epochs, seconds, seconds <= minutes * 60)


def costs(
    arms: Sequence[Arm], speed: Speed, counts: tuple[int, int, int], finder_steps: int
) -> Costs:
    """The expected seconds of what ``arms`` do on so many training, validation and test
    pictures."""
    finder, first, later = [], [], []
    for one in arms:
        config = one.recipe
        train = max(1, round(counts[0] * config.dataset.train_fraction))
        whole = estimate(config, speed, train, counts[1], test=counts[2])
        epochs = sum(stage.epochs for stage in config.stages)
        extra = _RUN_SECONDS + epochs * _EPOCH_SECONDS
        first.append(whole.total + extra)
        later.append(whole.total - whole.features + extra)
        finds = one.rates_of is None and finder_steps
        finder.append(_finding(config, speed, train, finder_steps) if finds else 0.0)
    return Costs(tuple(finder), tuple(first), tuple(later))


def _finding(config: RunConfig, speed: Speed, train: int, steps: int) -> float:
    """Seconds of trying ``steps`` rates for each stage."""
    seconds = 0.0
    for stage in config.stages:
        alone = config.model_copy(update={"stages": (stage.model_copy(update={"epochs": 1}),)})
        one = estimate(alone, speed, train, 0)
        seconds += _RUN_SECONDS + one.features + one.epochs[0] * steps * config.batch_size / train
    return seconds
