"""Whole trainings: ours beside PyTorch's tutorial written plainly, beside Keras, in the window.

Each in a process of its own, on the same pictures, batch, size and rates. ``KERAS_PYTHON`` names
the interpreter that has Keras and TensorFlow, where that isn't ours; without one that row is left
out, and so are the rows of what can't be measured.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import torch

from core import backbone, sample_data, speed, vgg16
from tests.benchmarks import Row, interleaved
from tests.benchmarks.engine_work import BATCH, SIDE, WAYS, Way, learning_rates, pictures, recipe

ROOT = Path(__file__).resolve().parents[2]
PICTURES_PER_CLASS = 8
MATRIX = 4096
GUI_OVERHEAD = 3.0
GUI_ROUNDS = 2
KERAS_EPOCHS = 2  # the first is slower: it makes the graph


@dataclass(frozen=True)
class Measured:
    """Seconds of each epoch, best validation accuracy (0 to 1), bytes of memory at most."""

    seconds: tuple[float, ...]
    accuracy: float
    memory: int

    def until(self, epochs: int) -> float:
        """Seconds to so many epochs: those run, and then the median of those after the first."""
        run = self.seconds[:epochs]
        later = self.seconds[1:] or self.seconds
        return sum(run) + (epochs - len(run)) * median(later)


def run() -> list[Row]:
    """Seconds, MB and shares; about a quarter of an hour on two cores."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        home = Path(place)
        folder = home / "signs"
        sample_data.write(folder, per_class=PICTURES_PER_CLASS)
        _warm_up(home)
        rows = []
        for way in WAYS.values():
            for augmented in (False, True):
                rows += _compared(home, folder, way, augmented=augmented)
        return [*rows, _in_window(home, folder)]


def _compared(home: Path, folder: Path, way: Way, *, augmented: bool) -> list[Row]:
    what = f"{way.name}, {'standard augmentation' if augmented else 'no augmentation'}"
    mine = _probe("ours", home, folder, way, augmented=augmented)
    plain = _probe("plain", home, folder, way, augmented=augmented)
    target = None if augmented else way.least
    rows = [
        _times(
            f"{what}: 20 epochs (extrapolated where fewer ran), beside the plain loop",
            mine,
            plain,
            20,
            None,
        ),
        _times(f"{what}: a later epoch, beside the plain loop", mine, plain, 0, None),
        _memory(f"{what}: memory at most, beside the plain loop", mine, plain),
        _accuracy(f"{what}: best validation accuracy, beside the plain loop", mine, plain),
    ]
    if target is not None:
        epochs = way.epochs
        words = f"{what}: {epochs} epochs, each really run, beside the plain loop"
        rows.insert(0, _times(words, mine, plain, epochs, target))
    if way.name == "everything" and not augmented:
        rows.append(_rate(mine, folder, way))
    keras = None if augmented else _keras(home, folder, way)
    if keras is not None:
        rows.append(_times(f"{what}: a later epoch, beside Keras", mine, keras, 0, None))
        rows.append(
            _times(
                f"{what}: 20 epochs (extrapolated where fewer ran), beside Keras",
                mine,
                keras,
                20,
                None,
            )
        )
        if len(keras.seconds) == len(mine.seconds):
            rows.append(_accuracy(f"{what}: best validation accuracy, beside Keras", mine, keras))
    return rows


def _times(what: str, mine: Measured, other: Measured, epochs: int, target: float | None) -> Row:
    """``epochs`` 0: one that is not the first."""

    def seconds(one: Measured) -> float:
        return one.until(epochs) if epochs else median(one.seconds[1:] or one.seconds)

    ratio = seconds(other) / seconds(mine)
    return Row(
        what,
        seconds(mine),
        "s",
        "reported" if target is None else f">= {target:g} times faster",
        seconds(other),
        ratio,
        None if target is None else ratio >= target,
    )


def _memory(what: str, mine: Measured, other: Measured) -> Row:
    ours, theirs = mine.memory / 1e6, other.memory / 1e6
    return Row(what, ours, "MB", "<= 1", theirs, ours / theirs, ours <= theirs)


def _accuracy(what: str, mine: Measured, other: Measured) -> Row:
    ours, theirs = 100 * mine.accuracy, 100 * other.accuracy
    return Row(what, ours, "%", "at most a point lower", theirs, met=ours >= theirs - 1)


def _rate(mine: Measured, folder: Path, way: Way) -> Row:
    """What an epoch of everything thawed multiplies: forward, and twice that for the gradient;
    validation forward only."""
    parts = pictures(folder, recipe(way, augmented=False))
    once = 2 * sum(block.multiplications(SIDE) for block in vgg16.BLOCKS)
    work = once * (3 * len(parts["train"]) + len(parts["validation"]))
    reached = work / median(mine.seconds[1:]) / 1e9
    name = speed.of_this_machine().precision
    matrix = torch.rand(MATRIX, MATRIX).to(getattr(torch, name))
    seconds, _ = interleaved([lambda: matrix @ matrix] * 3, [lambda: None] * 3)
    most = 2 * MATRIX**3 / median(seconds) / 1e9
    return Row(
        f"everything: its multiplications a second, beside a {MATRIX} x {MATRIX} product",
        reached,
        "GFLOP/s",
        "reported",
        most,
        reached / most,
    )


def _in_window(home: Path, folder: Path) -> Row:
    """The window's share: everything thawed, in turns with the command line's loop."""
    way = WAYS["everything"]
    with_window: list[float] = []
    without: list[float] = []
    for _ in range(GUI_ROUNDS):
        without += _probe("ours", home, folder, way, augmented=False).seconds
        with_window += _probe("window", home, folder, way, augmented=False).seconds
    mine, plain = median(with_window), median(without)
    overhead = 100 * (mine / plain - 1)
    return Row(
        f"everything: an epoch in the window, beside the command line ({overhead:+.1f} %)",
        mine,
        "s",
        f"<= {GUI_OVERHEAD:g} % more",
        plain,
        mine / plain,
        overhead <= GUI_OVERHEAD,
    )


def _warm_up(home: Path) -> None:
    """Measure the machine once, as the first start does."""
    code = "from core import speed; speed.of_this_machine()"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=_environment(home), check=True)


def _probe(what: str, home: Path, folder: Path, way: Way, *, augmented: bool) -> Measured:
    """A training that finds nothing kept by an earlier one."""
    fresh = tempfile.mkdtemp(prefix="cache-", dir=home)
    machine = home / "cache" / "thaw" / "machine.json"
    kept = Path(fresh) / "thaw" / "machine.json"
    kept.parent.mkdir()
    kept.write_bytes(machine.read_bytes())
    arguments = ["-m", "tests.benchmarks.engine_probe", what, folder, way.name, augmented]
    environment = {**_environment(home), "XDG_CACHE_HOME": fresh}
    return _answer([sys.executable, *map(str, arguments)], environment)


def _keras(home: Path, folder: Path, way: Way) -> Measured | None:
    python = os.environ.get("KERAS_PYTHON") or sys.executable
    if python == sys.executable and not (find_spec("keras") and find_spec("tensorflow")):
        return None
    config = recipe(way, augmented=False)
    source = backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0)
    head_rate, backbone_rate = learning_rates(way)
    files = pictures(folder, config)
    work = {
        "side": SIDE,
        "batch": BATCH,
        "epochs": min(config.stages[0].epochs, KERAS_EPOCHS),
        "thawed": way.thawed,
        "mean": source.mean,
        "std": source.std,
        "rate": backbone_rate or head_rate,
        "weights": str(backbone.WEIGHTS),
        "classes": 1 + max(label for _, label in files["train"]),
        "pictures": {part: [(str(path), label) for path, label in files[part]] for part in files},
    }
    task = home / "keras.json"
    task.write_text(json.dumps(work), "utf-8")
    script = str(ROOT / "tests" / "benchmarks" / "keras_loop.py")
    return _answer([python, script, str(task)], {**_environment(home), "TF_CPP_MIN_LOG_LEVEL": "3"})


def _answer(command: Sequence[str], environment: dict[str, str]) -> Measured:
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Measured(tuple(figures["seconds"]), figures["accuracy"], figures["memory"])


def _environment(home: Path) -> dict[str, str]:
    return {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
    }
