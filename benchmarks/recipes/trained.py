"""One recipe trained on one fold: what it answered after every epoch, and what averages answer."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.dataset.summary import scan
from core.model.heads.objective import Calibrated
from core.recipe.config import RunConfig
from core.runs.evaluation import Prediction, Result
from core.runs.events import BatchFinished, EpochFinished, RunFinished, StageStarted, unheard
from core.runs.run import Run
from core.training import train as training
from core.training.control import Control
from core.training.distributed import ALONE

AVERAGES = ("ema", "swa", "mean")


@dataclass(frozen=True)
class Trained:
    """``probabilities`` [epochs + 3, images, classes]: after each epoch, then those of the average
    of the last stage's weights, exponential over one epoch's steps (EMA), plain over the ends of
    the last half of its epochs (SWA), and the mean of what the stage began with and all its steps.
    ``labels`` and ``tested`` are by image, ``stages`` by epoch."""

    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]
    tested: NDArray[np.bool_]
    stages: NDArray[np.int64]

    def write(self, file: Path) -> None:
        """Keep it at ``file``, whole or not at all."""
        temporary = file.with_name(f".{file.name}.tmp")
        with temporary.open("wb") as handle:
            np.savez_compressed(
                handle,
                probabilities=self.probabilities.astype(np.float16),
                labels=self.labels,
                tested=self.tested,
                stages=self.stages,
            )
        os.replace(temporary, file)

    @classmethod
    def read(cls, file: Path) -> "Trained":
        """What ``write`` kept."""
        with np.load(file) as kept:
            return cls(
                kept["probabilities"].astype(np.float32),
                kept["labels"],
                kept["tested"],
                kept["stages"],
            )


def trained(folder: Path, config: RunConfig, tested: frozenset[str]) -> Trained:
    """Train ``config`` on the fold at ``folder`` in a run that is then forgotten."""
    with tempfile.TemporaryDirectory(prefix="thaw-recipes-") as place:
        run = Run.create(Path(place, "run"), config, scan(folder))
        loop = training.TrainingLoop(config, run, Control(), ALONE)
        first: tuple[Prediction, ...] = ()
        results, stages = [], []
        averages: _Averages | None = None
        for event in training._train(loop, run, ALONE):
            match event:
                case StageStarted(stage=stage) if stage == len(config.stages):
                    averages = _Averages(loop, config.stages[-1].epochs)
                case BatchFinished() if averages is not None:
                    averages.after_batch(event)
                case EpochFinished():
                    results.append(_answers(loop, _result(loop)))
                    first = _result(loop).predictions
                    stages.append(event.stage)
                    if averages is not None:
                        averages.after_epoch(event)
                        if event.epoch == config.stages[-1].epochs:
                            results += averages.answers()
                case RunFinished():
                    assert event.outcome == "finished", event
    return Trained(
        np.array(results, np.float32),
        np.array([one.label for one in first]),
        np.array([one.path in tested for one in first]),
        np.array(stages),
    )


class _Averages:
    """Averages of the weights that the last stage trains, kept while it trains them."""

    def __init__(self, loop: training.TrainingLoop, epochs: int) -> None:
        self._loop, self._epochs, self._summed = loop, epochs, 0
        self._ema = {name: one.detach().clone() for name, one in _weights(loop).items()}
        self._swa = {name: torch.zeros_like(one) for name, one in self._ema.items()}
        self._mean, self._steps = {name: one.clone() for name, one in self._ema.items()}, 1

    def after_batch(self, event: BatchFinished) -> None:
        """Take in the weights after one step."""
        self._steps += 1
        for name, one in _weights(self._loop).items():
            self._ema[name].lerp_(one.detach(), 1 / event.batches)
            self._mean[name].lerp_(one.detach(), 1 / self._steps)

    def after_epoch(self, event: EpochFinished) -> None:
        """Take in the weights after an epoch of the last half."""
        if event.epoch > self._epochs // 2:
            self._summed += 1
            for name, one in _weights(self._loop).items():
                self._swa[name] += one.detach()

    def answers(self) -> Iterator[NDArray[np.float64]]:
        """What each of ``AVERAGES`` answers."""
        swa = {name: one / self._summed for name, one in self._swa.items()}
        for average in (self._ema, swa, self._mean):
            with _swapped(_weights(self._loop), average):
                yield _answers(self._loop, _validated(self._loop))


def _weights(loop: training.TrainingLoop) -> dict[str, Tensor]:
    setup = loop._setup
    assert setup is not None
    modules: tuple[nn.Module, ...] = (setup.backbone, setup.head)
    return {
        f"{number}.{name}": one
        for number, module in enumerate(modules)
        for name, one in module.named_parameters()
        if one.requires_grad
    }


@contextmanager
def _swapped(weights: dict[str, Tensor], others: dict[str, Tensor]) -> Iterator[None]:
    own = {name: one.detach().clone() for name, one in weights.items()}
    with torch.no_grad():
        for name, one in weights.items():
            one.copy_(others[name])
    yield
    with torch.no_grad():
        for name, one in weights.items():
            one.copy_(own[name])


def _answers(loop: training.TrainingLoop, result: Result) -> NDArray[np.float64]:
    """The probabilities [images, classes] of ``result`` before calibration, for which the images
    that are tested counted too."""
    assert loop._setup is not None
    objective = loop._setup.head.objective
    assert isinstance(objective, Calibrated)
    shares = np.array([one.probabilities for one in result.predictions])
    shares **= objective.temperature or 1.0
    plain: NDArray[np.float64] = shares / shares.sum(1, keepdims=True)
    return plain


def _result(loop: training.TrainingLoop) -> Result:
    """What the network answered in the validation of the epoch that has just ended."""
    assert loop._trainer is not None
    assert loop._trainer._result is not None
    return loop._trainer._result


def _validated(loop: training.TrainingLoop) -> Result:
    """What the network answers with the weights it has now."""
    trainer = loop._trainer
    assert trainer is not None
    _, result = unheard(trainer._evaluator.validate(trainer._position.skipped))
    return result
