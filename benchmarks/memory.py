"""The memory that a recipe is expected to take, beside what its training really took at most.

On Linux only: elsewhere the peak of a process cannot be reset.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import ROOT, Row
from core.dataset import sample as sample_files

PICTURES_PER_CLASS = 10
ONE = ("stages=[{}]", "stages.0.epochs=1")
RECIPES = {
    "the head, 224 px": ("dataset.image_size=224",),
    "fully connected 4096, 4096, 224 px": (
        "dataset.image_size=224",
        "model.head.kind=fc",
        "model.head.hidden=[4096,4096]",
    ),
    "block 5, 224 px": ("dataset.image_size=224", "stages.0.thawed=[5]"),
    "everything, 224 px": ("dataset.image_size=224", "stages.0.thawed=[1,2,3,4,5]"),
    "everything, 64 px": ("dataset.image_size=64", "stages.0.thawed=[1,2,3,4,5]"),
    "blocks 3 to 5, 128 px, single precision": (
        "dataset.image_size=128",
        "stages.0.thawed=[3,4,5]",
        "precision=float32",
    ),
    "blocks 4 and 5 by SGD, 64 px": (
        "dataset.image_size=64",
        "stages.0.thawed=[4,5]",
        "stages.0.optimizer=sgd",
    ),
    "the head, new augmentation every epoch, 224 px": (
        "dataset.image_size=224",
        "augmentation.rotation=10",
    ),
}


def run() -> list[Row]:
    """MB; some minutes on two cores."""
    if sys.platform != "linux":
        return []
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        folder = Path(place) / "signs"
        sample_files.write(folder, per_class=PICTURES_PER_CLASS)
        return [
            _row(what, folder, Path(place) / str(number), settings)
            for number, (what, settings) in enumerate(RECIPES.items())
        ]


def _row(what: str, folder: Path, directory: Path, settings: tuple[str, ...]) -> Row:
    words = [str(folder), str(directory), *ONE, *settings]
    command = [sys.executable, "-m", "benchmarks.probes.memory", *words]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    expected, measured = map(int, found.stdout.split())
    ratio = expected / measured
    return Row(
        f"memory of {what}: expected, beside the peak that was measured",
        expected / 1e6,
        "MB",
        target="0.8 to 1.25",
        reference=measured / 1e6,
        ratio=ratio,
        met=0.8 <= ratio <= 1.25,
    )
