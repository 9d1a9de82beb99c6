"""How long an experiment takes, and what size, seeds and epochs fit into some minutes.

The seconds come from ``core.compute.estimate``: a measurement of this machine, multiplied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.compute.estimate import Speed, estimate
from core.experiments.experiment import Arm, with_size
from core.experiments.kinds import FINDER_STEPS, KINDS, MANY_EPOCHS, check
from core.recipe.config import RunConfig

SIZES = (224, 160, 128, 96, 64, 32)
FEWEST_EPOCHS, MOST_EPOCHS, MOST_SEEDS = 4, 30, 5
_USUAL_SEEDS = 3  # fewer give no interval, and tell nothing apart
_RUN_SECONDS = 2.0  # a run's folder, its network, its last checkpoint
_EPOCH_SECONDS = 0.5  # what is learned goes to the disk
# Epochs and seeds where all of them don't fit at the smallest size.
_SHORTER = ((8, 3), (6, 3), (FEWEST_EPOCHS, 3), (FEWEST_EPOCHS, 2), (FEWEST_EPOCHS, 1))

# Of the finder of an arm (seed None) and of each of its runs.
Piece = tuple[str, int | None]


@dataclass(frozen=True)
class Fit:
    """What to run: images of ``size``, so many ``seeds`` and ``epochs``, for about ``seconds``.
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

    ``counts`` are the training, validation and test images. Images of at most the recipe's size:
    the largest at which three seeds and ten epochs fit; then more epochs, then more seeds. Where
    that doesn't fit at the smallest size either, fewer epochs and then fewer seeds. Raises
    ``InputError`` as ``kinds.check``.
    """
    check(config)

    def fit(size: int, seeds: int, epochs: int) -> Fit:
        arms = KINDS[kind].arms(with_size(config, size), epochs)
        seconds = sum(expected(arms, range(seeds), speed, counts, FINDER_STEPS).values())
        return Fit(size, seeds, epochs, seconds, seconds <= minutes * 60)

    largest = config.dataset.image_size
    sizes = [size] if size else [largest, *(one for one in SIZES if one < largest)]
    tried = [(one, seeds or _USUAL_SEEDS, epochs or MANY_EPOCHS) for one in sizes]
    tried += [(sizes[-1], seeds or less, epochs or fewer) for fewer, less in _SHORTER]
    found = next((one for each in tried if (one := fit(*each)).fits), None)
    if found is None:
        return fit(*tried[-1])
    longest = MOST_EPOCHS if not epochs and found.epochs >= MANY_EPOCHS else found.epochs
    larger = [(found.size, found.seeds, one) for one in range(found.epochs + 1, longest + 1)]
    most = found.seeds if seeds else MOST_SEEDS
    larger += [(found.size, one, longest) for one in range(found.seeds + 1, most + 1)]
    for each in larger:
        more = fit(*each)
        if not more.fits:
            break
        found = more
    return found


def expected(
    arms: Sequence[Arm],
    seeds: Sequence[int],
    speed: Speed,
    counts: tuple[int, int, int],
    finder_steps: int,
) -> Mapping[Piece, float]:
    """The seconds of each piece of an experiment on so many training, validation and test images:
    the finder of each arm that has rates of its own, and all runs. The first run of an arm computes
    the features of its frozen blocks, which the others find."""
    seconds: dict[Piece, float] = {}
    for one in arms:
        config = one.recipe
        train = max(1, round(counts[0] * config.dataset.train_fraction))
        whole = estimate(config, speed, train, counts[1], test=counts[2])
        epochs = sum(stage.epochs for stage in config.stages)
        later = whole.total - whole.features + _RUN_SECONDS + epochs * _EPOCH_SECONDS
        if finder_steps and one.rates_of is None:
            seconds[one.name, None] = _finding(config, speed, train, finder_steps)
        for seed in seeds:
            seconds[one.name, seed] = later + (whole.features if seed == seeds[0] else 0.0)
    return seconds


def _finding(config: RunConfig, speed: Speed, train: int, steps: int) -> float:
    """Seconds of trying ``steps`` rates for each stage."""
    seconds = 0.0
    for stage in config.stages:
        alone = config.model_copy(update={"stages": (stage.model_copy(update={"epochs": 1}),)})
        one = estimate(alone, speed, train, 0)
        seconds += _RUN_SECONDS + one.features + one.epochs[0] * steps * config.batch_size / train
    return seconds
