"""Starts the trainings of the engine's benchmark, each in a process of its own."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import ROOT
from benchmarks.probes.engine_work import BATCH, SIDE, Way, pictures, recipe
from core.compute import speed
from core.compute.estimate import Speed
from core.dataset import sample as sample_files
from core.model import backbone
from core.recipe import vgg16
from core.training.rates import learning_rates

PICTURES_PER_CLASS = 8
KERAS_EPOCHS = 2  # the first is slower: it makes the graph
KERAS_NEEDS = ("keras", "tensorflow", "safetensors")


@dataclass(frozen=True)
class Measured:
    """Seconds of each epoch that was run, bytes of memory at most."""

    seconds: tuple[float, ...]
    memory: int

    @property
    def later(self) -> Sequence[float]:
        """The seconds of the epochs after the first, which had more to do."""
        return self.seconds[1:] or self.seconds

    def until(self, epochs: int) -> float:
        """Seconds to so many epochs: those run, and then the median of the later ones."""
        run = self.seconds[:epochs]
        return sum(run) + (epochs - len(run)) * median(self.later)


class Trainings:
    """Trainings on part of the sample dataset, whose files all lie in ``home``."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.folder = home / "signs"
        self.keras_python = _keras_python()
        self._machine = home / "cache" / "thaw"
        # as a first start and first trainings do it, once for all
        self.speed: Speed = speed.of_this_machine(folder=self._machine)
        sample_files.write(self.folder, per_class=PICTURES_PER_CLASS)

    def probe(self, what: str, way: Way, epochs: int, *, augmented: bool = False) -> Measured:
        """A training by ``what`` (ours, plain, window) that finds nothing kept by an earlier
        one."""
        fresh = Path(tempfile.mkdtemp(prefix="cache-", dir=self._home))
        shutil.copytree(self._machine, fresh / "thaw")
        return measured(
            [
                *(sys.executable, "-m", "benchmarks.probes.engine"),
                *(what, str(self.folder), way.name, str(epochs), str(augmented)),
            ],
            environment(self._home, fresh),
        )

    def keras(self, way: Way) -> Measured | None:
        """Keras on the same pictures; None where there is no Keras."""
        if self.keras_python is None:
            return None
        config = recipe(way, KERAS_EPOCHS)
        source = backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0)
        head_rate, backbone_rate = learning_rates(config, 0)
        files = pictures(self.folder, config)
        work = {
            "side": SIDE,
            "batch": BATCH,
            "epochs": KERAS_EPOCHS,
            "thawed": way.thawed,
            "mean": source.mean,
            "std": source.std,
            "rate": backbone_rate or head_rate,
            "weights": str(backbone.WEIGHTS),
            "classes": 1 + max(label for _, label in files["train"]),
            "pictures": {
                part: [(str(path), label) for path, label in files[part]] for part in files
            },
        }
        task = self._home / "keras.json"
        task.write_text(json.dumps(work), "utf-8")
        script = ROOT / "benchmarks" / "probes" / "keras_loop.py"
        quiet = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
        return measured(
            [self.keras_python, str(script), str(task)],
            {**environment(self._home), **quiet},
        )


def environment(home: Path, cache: Path | None = None) -> dict[str, str]:
    """What a process sees that keeps its files in ``home``, and what can be made again in
    ``cache`` where that is another place."""
    return {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(cache or home / "cache"),
        "XDG_DATA_HOME": str(home / "data"),
    }


def measured(command: Sequence[str], variables: Mapping[str, str]) -> Measured:
    """What a probe prints."""
    figures = answer(command, variables)
    return Measured(tuple(figures["seconds"]), figures["memory"])


def answer(command: Sequence[str], variables: Mapping[str, str]) -> dict[str, Any]:
    """The JSON of a program's last line. Raises ``CalledProcessError``."""
    done = subprocess.run(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def _keras_python() -> str | None:
    """The interpreter that has Keras, if any. Exits where the one that was named lacks it: that
    is better known now than after all the rest was measured."""
    named = os.environ.get("KERAS_PYTHON")
    python = named or sys.executable
    code = f"from importlib.util import find_spec as f; assert all(map(f, {KERAS_NEEDS}))"
    if subprocess.run([python, "-c", code], stderr=subprocess.DEVNULL).returncode == 0:
        return python
    if named:
        raise SystemExit(f"KERAS_PYTHON: {named} lacks one of {', '.join(KERAS_NEEDS)}")
    return None
