"""Finds a learning rate for a stage: some steps at growing rates, on a network of its own.

Nothing of it is kept but features of frozen blocks, which training would keep too.
"""

import threading
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from hashlib import blake2b
from math import ceil
from pathlib import Path

from core.common import files
from core.common.messages import InputError, ThawError
from core.common.stopwatch import Stopwatch
from core.compute.devices import is_out_of_memory
from core.compute.features.source import FeatureBatch
from core.compute.loaders import PictureLoader, pictures_of
from core.dataset.split import check_trainable, split
from core.dataset.summary import DatasetSummary
from core.model.backbone import Stopped
from core.recipe.config import RunConfig
from core.recipe.heads import HEADS
from core.runs.events import CacheProgress, Event
from core.runs.images import Picture, measured
from core.training.checkpoint import Position
from core.training.control import Control
from core.training.distributed import FollowedRun
from core.training.learner import StepOutOfMemory
from core.training.rate_curve import STEPS, RateCurve, RateFound, RateTried, rates
from core.training.setup import Setup, prepare
from core.training.stage import StageTrainer
from core.training.step import NotFinite

Groups = Sequence[Sequence[int]]
Dataset = tuple[Path, Sequence[str], Sequence[Picture]]  # its folder, its classes
_Told = RateTried | Event


def dataset_of(config: RunConfig, summary: DatasetSummary) -> Dataset:
    """The pictures of ``summary``, divided as ``config`` says. Raises ``InputError`` where there is
    nothing to train on."""
    parts = split(summary, config.dataset)
    check_trainable(parts, summary.classes)
    pictures = [
        Picture(one.path, one.label, name)
        for name, samples in (("train", parts.train), ("validation", parts.validation))
        for one in samples
    ]
    return summary.folder, summary.classes, pictures


def find(
    config: RunConfig,
    dataset: Dataset,
    stage_index: int,
    stop: threading.Event | None = None,
    steps: int = STEPS,
) -> Generator[_Told | RateFound, None, None]:
    """Try ``steps`` growing rates for ``config.stages[stage_index]`` on the training images of
    ``dataset``.

    Yields the progress of frozen features, each step, and at the end ``RateFound``. Head and
    blocks keep the proportions of their rates; the schedule is left out. All is drawn by names
    that no training uses. Raises ``InputError`` where the head has no learning rate, and
    ``ThawError`` (stopped, out_of_memory, and what a training would fail with).
    """
    kind = config.model.head.kind
    if not HEADS[kind].has_gradient:
        raise InputError("rate_without_gradient", kind=kind)
    try:
        yield from _found(config, dataset, stage_index, stop or threading.Event(), steps)
    except Stopped:
        raise ThawError("stopped") from None
    except (RuntimeError, MemoryError, StepOutOfMemory) as error:
        if not (isinstance(error, StepOutOfMemory) or is_out_of_memory(error)):
            raise
        raise ThawError("out_of_memory") from None


def _found(
    config: RunConfig, dataset: Dataset, index: int, stop: threading.Event, steps: int
) -> Iterator[_Told | RateFound]:
    run = _run(config, dataset, index, steps)
    # the weights are those that the recipe begins with; what is drawn from then on is its own
    drawn = run.config.model_copy(update={"seed": _seed(config.seed, index)})
    setup = replace(prepare(run.config, run, stop), config=drawn)
    epochs = list(_epochs(setup, steps))
    setup = replace(setup, pictures=_read(setup.pictures, epochs, run.folder, stop))
    curve = RateCurve(steps)
    with (
        PictureLoader(run.folder, setup.pictures, config.dataset, stop) as loader,
        setup.features(loader, Control(stop)) as source,
    ):
        trainer = StageTrainer(run, setup, source, 1, Position(), stop, Stopwatch())
        for event in _tried(trainer, epochs, curve, steps):
            yield replace(event, stage=index + 1) if isinstance(event, CacheProgress) else event
    yield RateFound(index + 1, curve.suggestion(), from_start=index > 0)


def _tried(
    trainer: StageTrainer, epochs: Sequence[Groups], curve: RateCurve, steps: int
) -> Iterator[_Told]:
    """A step for each rate, until the ``curve`` is over."""
    left = iter(rates(steps))
    for over_run, groups in enumerate(epochs):
        for item in trainer.begun(groups, over_run):
            if not isinstance(item, FeatureBatch):
                yield from trainer.report(item)
                continue
            rate = next(left)
            try:
                loss, _ = yield from trainer.step(item, over_run, rate)
            except NotFinite as error:
                loss = error.loss
            tried = curve.add(rate, loss / len(item.positions))
            if tried is not None:
                yield tried
            if curve.is_over:
                return


def _run(config: RunConfig, dataset: Dataset, index: int, steps: int) -> FollowedRun:
    """A run of one stage that is nowhere on disk. Its rate is 1, so that the optimizer's rates
    are shares of whatever rate is tried; its pictures need not be read yet."""
    folder, classes, pictures = dataset
    train = sum(one.split == "train" and one.status == "used" for one in pictures)
    epochs = ceil(steps / ceil(train / config.batch_size))
    stage = config.stages[index].model_copy(update={"epochs": epochs, "learning_rate": 1.0})
    return FollowedRun(
        files.cache_folder() / "no-run",
        config.model_copy(update={"stages": (stage,)}),
        folder,
        classes,
        pictures,
    )


def _seed(seed: int, index: int) -> int:
    """What names the draws of this alone."""
    digest = blake2b(f"rate-finder/{seed}/{index}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


def _epochs(setup: Setup, steps: int) -> Iterator[Groups]:
    """The batches of ``steps`` steps; those of few pictures begin anew, in another order."""
    for over_run in range(setup.config.stages[0].epochs):
        groups = setup.batches(over_run)[:steps]
        steps -= len(groups)
        yield groups


def _read(
    pictures: Sequence[Picture], epochs: Sequence[Groups], folder: Path, stop: threading.Event
) -> list[Picture]:
    """``pictures``, those in ``epochs`` read once for what their features are kept by."""
    used = {one for groups in epochs for one in pictures_of(groups)}
    known = list(pictures)
    for position in used:
        if stop.is_set():
            raise Stopped
        one = known[position]
        known[position] = measured(folder, one.path, one.label, one.split)
    return known
