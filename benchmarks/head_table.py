"""Every head with every pooling on one dataset: how right, how soon, as a Markdown table.

``python -m benchmarks.head_table FOLDER [--size 224] [--seeds 0 1 2] [--epochs 20]`` trains
each on the frozen ConvNet with its default rate. ``--divisions 0 1 2`` does so on each of several
divisions of the folder's pictures, by their split seeds, ``--pooling`` and ``--heads`` name some of
all. The features are computed once and kept where the app keeps them (``XDG_CACHE_HOME`` moves
that); the seconds are those after.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, get_args

from core.dataset.summary import scan
from core.recipe import files as recipes
from core.recipe import network
from core.recipe.config import Pooling, RunConfig
from core.runs.events import EpochFinished, RunFinished, StageStarted
from core.runs.run import Run
from core.training.train import train

HEADS: dict[str, dict[str, Any]] = {
    "softmax": {"kind": "softmax"},
    "one-vs-rest": {"kind": "one-vs-rest"},
    "SVM, squared hinge": {"kind": "svm"},
    "SVM, hinge": {"kind": "svm", "margin_loss": "hinge"},
    "SVM, Crammer-Singer": {"kind": "svm", "margin_loss": "crammer-singer"},
    "fully connected, 256": {"kind": "fc"},
    "VGG's own, 4096-4096": {"kind": "fc", "hidden": [4096, 4096], "dropout": 0.5},
    "convolution, 256": {"kind": "conv"},
}
POOLINGS: tuple[Pooling, ...] = get_args(Pooling)
HEADER = ("head", "pooling", "parameters", "rate", "best epoch", "last epoch", "seconds")


@dataclass(frozen=True)
class Trained:
    """What one run came to: accuracies of the best and the last epoch, seconds of all epochs."""

    best: float
    last: float
    seconds: float
    rate: float
    images: int


def main(arguments: Sequence[str]) -> None:
    """Train all of them and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--divisions", type=int, nargs="+", default=[0], metavar="SPLIT_SEED")
    parser.add_argument("--pooling", nargs="+", choices=POOLINGS, default=POOLINGS)
    parser.add_argument("--heads", nargs="+", choices=tuple(HEADS), default=tuple(HEADS))
    given = parser.parse_args(arguments)
    tried = [(split, seed) for split in given.divisions for seed in given.seeds]
    images = trained(given.folder, recipe(given.size, 1, (0, 0), {})).images  # makes the features
    print(f"{given.folder.name}, {given.size} px, {given.epochs} epochs,")
    print(f"seeds {given.seeds} on each of the divisions {given.divisions}:")
    print(f"accuracy on {images} validation pictures, mean (lowest to highest).\n")
    for line in rows(given.folder, given.size, given.epochs, tried, given.heads, given.pooling):
        print(f"| {' | '.join(line)} |", flush=True)


def rows(
    folder: Path,
    size: int,
    epochs: int,
    tried: Sequence[tuple[int, int]],
    heads: Sequence[str],
    poolings: Sequence[Pooling],
) -> Iterator[tuple[str, ...]]:
    """The table's lines, each once it is known, over the (split seed, seed) of ``tried``."""
    yield HEADER
    yield tuple("---" for _ in HEADER)
    classes = len(scan(folder).classes)
    for name in heads:
        for pooling in poolings:
            head = {**HEADS[name], "pooling": pooling}
            made = [recipe(size, epochs, one, head) for one in tried]
            found = [trained(folder, one) for one in made]
            yield (
                name,
                pooling,
                f"{network.head_parameters(made[0], classes):,}",
                f"{found[0].rate:g}",
                _spread([one.best for one in found]),
                _spread([one.last for one in found]),
                f"{fmean(one.seconds for one in found):.1f}",
            )


def recipe(size: int, epochs: int, seeds: tuple[int, int], head: dict[str, Any]) -> RunConfig:
    """One stage with everything frozen, all else by default; ``seeds``: (split seed, seed)."""
    settings = [
        f"dataset.split_seed={seeds[0]}",
        f"seed={seeds[1]}",
        f"dataset.image_size={size}",
        f'stages=[{{"epochs":{epochs}}}]',
        f"model.head={json.dumps(head)}",
    ]
    return recipes.load([], settings)


def trained(folder: Path, config: RunConfig) -> Trained:
    """Train ``config`` on ``folder`` in a run that is then forgotten."""
    with tempfile.TemporaryDirectory(prefix="thaw-heads-") as place:
        run = Run.create(Path(place, "run"), config, scan(folder))
        events = list(train(config, run))
    end = events[-1]
    assert isinstance(end, RunFinished)
    assert end.outcome == "finished", end
    epochs = [one for one in events if isinstance(one, EpochFinished)]
    started = next(one for one in events if isinstance(one, StageStarted))
    accuracies = [one.validation.accuracy for one in epochs]
    seconds = sum(one.seconds for one in epochs)
    images = epochs[-1].validation.images
    return Trained(max(accuracies), accuracies[-1], seconds, started.learning_rate, images)


def _spread(values: Sequence[float]) -> str:
    low, high = (f"{100 * one:.1f}" for one in (min(values), max(values)))
    return f"{100 * fmean(values):.1f} % ({low} to {high})"


if __name__ == "__main__":
    main(sys.argv[1:])
