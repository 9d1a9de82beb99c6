"""Best validation accuracies of ours or of the plain loop, for every way and seed.

``python -m benchmarks.probes.accuracy OURS|PLAIN FOLDER``; run by ``benchmarks.engine_accuracy``.
Prints one line of JSON: for each way the accuracies (0 to 1), by seed.
"""

import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Sampler, TensorDataset

from benchmarks.probes.engine_work import BATCH, WAYS, Way, pictures, recipe
from benchmarks.probes.plain_loop import (
    SCALE_PICTURES,
    Network,
    Pictures,
    epoch,
    optimizer,
    unaugmented,
)
from core.dataset.folder import key_of
from core.dataset.summary import scan
from core.model import backbone
from core.recipe import vgg16
from core.recipe.config import RunConfig, boundary
from core.runs.events import EpochFinished
from core.runs.run import Run
from core.training.setup import batch_groups
from core.training.train import train

SIDE = 64


def ours(folder: Path, config: RunConfig) -> float:
    """By our engine."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        run = Run.create(Path(place) / "run", config, scan(folder))
        epochs = [one for one in train(config, run) if isinstance(one, EpochFinished)]
    return max(one.validation.accuracy for one in epochs)


def plain(folder: Path, config: RunConfig) -> float:
    """By the plain loop."""
    return max(trained(folder, config)[1])


def trained(folder: Path, config: RunConfig) -> tuple[Network, list[float]]:
    """The plain loop's network, its frozen blocks left out, and each epoch's accuracy.

    In float32, on the same batches in the same order as ours. The frozen blocks, whose output
    never changes, pass once for all seeds, in float32 too.
    """
    files = pictures(folder, config)
    stage, size = config.stages[0], config.dataset.image_size
    source = backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0)
    network = Network(source, 1 + max(label for _, label in files["train"]), size)
    network.thaw(stage.thawed)
    frozen = boundary(stage.thawed, vgg16.BLOCK_COUNT)
    network.features = network.features[network.end(frozen) :]
    inputs = _features(folder, frozen, size)
    data = {
        part: TensorDataset(
            torch.stack([inputs[path] for path, _ in of_part]),
            torch.tensor([label for _, label in of_part]),
        )
        for part, of_part in files.items()
    }
    keys = [key_of(path.relative_to(folder).as_posix()) for path, _ in files["train"]]
    order = OurOrder(keys, config)
    first = [position for batch in order.batches(0) for position in batch]
    network.measure(data["train"][first[:SCALE_PICTURES]][0])
    loaders = {
        "train": DataLoader(data["train"], batch_sampler=order),
        "validation": DataLoader(data["validation"], BATCH),
    }
    steps = optimizer(network, config)
    return network, [epoch(network, loaders, steps) for _ in range(stage.epochs)]


class OurOrder(Sampler[list[int]]):
    """The batches of our run, epoch after epoch, of pictures with these ``keys``."""

    def __init__(self, keys: Sequence[str], config: RunConfig) -> None:
        self._keys, self._config = keys, config
        self._epoch = 0

    def batches(self, number: int) -> list[list[int]]:
        """Those of epoch ``number``, from 0."""
        positions, size = range(len(self._keys)), self._config.batch_size
        groups = batch_groups(positions, self._keys, size, self._config.seed, number)
        return [list(group) for group in groups]

    def __iter__(self) -> Iterator[list[int]]:
        yield from self.batches(self._epoch)
        self._epoch += 1


@cache
def _features(folder: Path, blocks: int, side: int) -> Mapping[Path, Tensor]:
    """Every picture's output of so many leading blocks; of none, the input itself."""
    source = backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0)
    if blocks == 0:
        files = [(folder / one.path, one.label) for one in scan(folder).samples]
        decoded = Pictures(files, unaugmented(source, side))
        return {path: decoded[at][0] for at, (path, _) in enumerate(files)}
    before, network = _features(folder, blocks - 1, side), Network(source, 1, side)
    block = network.features[network.end(blocks - 1) : network.end(blocks)]
    with torch.no_grad():
        after = torch.cat([block(some) for some in torch.stack([*before.values()]).split(BATCH)])
    return dict(zip(before, after, strict=True))


def accuracies(what: str, folder: Path, way: Way) -> list[float]:
    """One for each seed."""
    work = {"ours": ours, "plain": plain}[what]
    return [
        work(folder, recipe(way, way.compared, side=SIDE, seed=seed)) for seed in range(way.seeds)
    ]


if __name__ == "__main__":
    what, place = sys.argv[1], Path(sys.argv[2])
    found = {way.name: accuracies(what, place, way) for way in WAYS.values()}
    print(json.dumps(found), flush=True)
