"""Whole trainings: ours beside PyTorch's tutorial written plainly, beside Keras, in the window.

Each in a process of its own, on the same pictures, batch, size and rates. ``KERAS_PYTHON`` names
the interpreter that has Keras and TensorFlow, where that isn't ours; without one its rows are
left out. Validation accuracy is compared on more pictures, by ``benchmarks.engine_accuracy``.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import torch

from benchmarks import Row, interleaved
from benchmarks.probes.engine_runs import Measured, Trainings
from benchmarks.probes.engine_work import (
    AUGMENTED_EPOCHS,
    PLAIN_EPOCHS,
    SIDE,
    WAYS,
    Way,
    pictures,
    recipe,
)
from core.compute import speed
from core.recipe import vgg16

EPOCHS = 20  # what a person waits for
MATRIX = 4096
GUI_OVERHEAD = 3.0
PLAIN, KERAS = "the plain loop", "Keras"


def run() -> list[Row]:
    """Seconds, MB and shares; about twelve minutes on two cores, and three more with Keras."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        trainings = Trainings(Path(place))
        rows = [row for way in WAYS.values() for row in _unaugmented(trainings, way)]
        return rows + [row for way in WAYS.values() for row in _augmented(trainings, way)]


def _unaugmented(trainings: Trainings, way: Way) -> Iterator[Row]:
    what = f"{way.name}, no augmentation"
    plain = trainings.probe("plain", way, PLAIN_EPOCHS)
    mine = trainings.probe("ours", way, way.run)
    yield _times(what, mine, PLAIN, plain, way.epochs, way.least)
    if way.epochs != EPOCHS:
        yield _times(what, mine, PLAIN, plain, EPOCHS)
    yield _later(what, mine, PLAIN, plain)
    yield _memory(what, mine, PLAIN, plain)
    if way.name == "everything":
        yield _in_window(trainings, way, mine)
        yield _rate(trainings, way, mine)
    keras = trainings.keras(way)
    if keras is not None:
        yield _times(what, mine, KERAS, keras, EPOCHS)
        yield _later(what, mine, KERAS, keras)
        yield _memory(what, mine, KERAS, keras)


def _augmented(trainings: Trainings, way: Way) -> Iterator[Row]:
    what = f"{way.name}, standard augmentation"
    plain, mine = (
        trainings.probe(one, way, AUGMENTED_EPOCHS, augmented=True) for one in ("plain", "ours")
    )
    yield _times(what, mine, PLAIN, plain, EPOCHS)
    yield _later(what, mine, PLAIN, plain)
    yield _memory(what, mine, PLAIN, plain)


def _times(
    what: str, mine: Measured, name: str, other: Measured, epochs: int, least: float | None = None
) -> Row:
    """Seconds to so many epochs, ``least`` times faster than the other."""
    run = [min(epochs, len(one.seconds)) for one in (mine, other)]
    ours, theirs = mine.until(epochs), other.until(epochs)
    return Row(
        f"{what}: {epochs} epochs ({run[0]} run), beside {name} ({run[1]} run)",
        ours,
        "s",
        "reported" if least is None else f">= {least:g} times faster",
        theirs,
        theirs / ours,
        None if least is None else theirs / ours >= least,
    )


def _later(what: str, mine: Measured, name: str, other: Measured) -> Row:
    ours, theirs = median(mine.later), median(other.later)
    words = f"{what}: an epoch after the first, beside {name}"
    return Row(words, ours, "s", "reported", theirs, theirs / ours)


def _memory(what: str, mine: Measured, name: str, other: Measured) -> Row:
    """At most the plain loop's; Keras's is reported."""
    ours, theirs = mine.memory / 1e6, other.memory / 1e6
    words, promised = f"{what}: memory at most, beside {name}", name == PLAIN
    target, met = ("<= 1", ours <= theirs) if promised else ("reported", None)
    return Row(words, ours, "MB", target, theirs, ours / theirs, met)


def _in_window(trainings: Trainings, way: Way, first: Measured) -> Row:
    """The window's share, beside the loop alone: alone, window, alone, so that a machine that
    becomes slower slows both alike. ``first`` is the first of these."""
    shown = trainings.probe("window", way, way.run)
    alone = [*first.later, *trainings.probe("ours", way, way.run).later]
    ours, theirs = median(shown.later), median(alone)
    overhead = 100 * (ours / theirs - 1)
    return Row(
        f"{way.name}: an epoch after the first in the window, beside the command line "
        f"({overhead:+.1f} %)",
        ours,
        "s",
        f"<= {GUI_OVERHEAD:g} % more",
        theirs,
        ours / theirs,
        overhead <= GUI_OVERHEAD,
    )


def _rate(trainings: Trainings, way: Way, mine: Measured) -> Row:
    """What an epoch of everything thawed multiplies: forward, and twice that for the gradient;
    validation forward only."""
    parts = pictures(trainings.folder, recipe(way, way.run))
    once = 2 * sum(block.multiplications(SIDE) for block in vgg16.BLOCKS)
    work = once * (3 * len(parts["train"]) + len(parts["validation"]))
    reached = work / median(mine.later) / 1e9
    matrix = torch.rand(MATRIX, MATRIX).to(getattr(torch, trainings.speed.precision))
    with speed.threads_set(trainings.speed.threads):
        seconds, _ = interleaved([lambda: matrix @ matrix] * 3, [lambda: None] * 3)
    most = 2 * MATRIX**3 / median(seconds) / 1e9
    return Row(
        f"{way.name}: its multiplications a second, beside a {MATRIX} x {MATRIX} product",
        reached,
        "GFLOP/s",
        "reported",
        most,
        reached / most,
    )
