"""The golden run: the sample at 32 px through both stages, pinned so that its bits can be kept.

``python -m tests.support.golden`` records it again, for a commit that moves a bit on purpose.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.dataset import sample as sample_files
from core.runs.places import BEST, ENVIRONMENT, HISTORY
from tests.support import ROOT

PLACE = ROOT / "tests" / "e2e" / "golden.json"
# One kind of instructions on every processor, for oneDNN, for PyTorch's own kernels and for MKL.
PINNED = {
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "COMPATIBLE",
    "OMP_NUM_THREADS": "1",
}
SETTINGS = (
    "dataset.image_size=32",
    "device=cpu",
    "precision=float32",
    "threads=1",
    "micro_batch=4",
    "augmentation.horizontal_flip=0.5",
    "augmentation.rotation=15",
    "augmentation.fill_mode=reflect",
    "stages.0.epochs=2",
    "stages.1.epochs=1",
)
_MEASURED = {"seconds", "memory", "seconds_left", "epoch_seconds"}  # of time and machine


def made(folder: Path) -> dict[str, Any]:
    """What the golden run says now, trained in ``folder`` by a process of its own: ``history``,
    ``weights`` (the sha256 of the best ones) and ``made_on`` (processor and versions)."""
    sample, run = folder / "sample", folder / "run"
    sample_files.write(sample)
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    command = [sys.executable, "main.py", "train", str(sample), "--run", str(run), *settings]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **PINNED}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    environment = json.loads((run / ENVIRONMENT).read_text("utf-8"))
    lines = (run / HISTORY).read_text("utf-8").splitlines()
    events = [_timeless(json.loads(line)) for line in lines]
    return {
        "history": [event for event in events if event["event"] != "CacheProgress"],
        "weights": sha256((run / BEST).read_bytes()).hexdigest(),
        "made_on": {"processor": environment["processor"], **_libraries(environment)},
    }


def kept() -> dict[str, Any]:
    """What was recorded."""
    recorded: dict[str, Any] = json.loads(PLACE.read_text("utf-8"))
    return recorded


def _libraries(environment: Mapping[str, Any]) -> dict[str, str]:
    return {name: one for name, one in environment["versions"].items() if name != "thaw"}


def _timeless(event: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name not in _MEASURED}


def _record() -> None:
    with tempfile.TemporaryDirectory() as folder:
        golden = made(Path(folder))
    lines = ",\n".join(f"  {json.dumps(event)}" for event in golden["history"])
    rest = json.dumps({"weights": golden["weights"], "made_on": golden["made_on"]}, indent=1)
    PLACE.write_text(f'{rest[:-2]},\n "history": [\n{lines}\n ]\n}}\n', "utf-8")


if __name__ == "__main__":
    _record()
