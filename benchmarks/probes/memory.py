"""Trains one epoch in a process of its own and prints how much more memory it took, at most.

``python -m benchmarks.probes.memory FOLDER RUN KEY=VALUE ...``; run by ``benchmarks.memory``. Two
lines: bytes that were expected, bytes that were measured. On Linux only.
"""

import sys
from pathlib import Path

import psutil
import torch

from core.compute import speed
from core.compute.estimate import largest_need
from core.dataset.summary import scan
from core.recipe import files as recipes
from core.runs.run import Run
from core.training.train import train

_PEAK = "VmHWM:"  # of the resident memory, since it was last reset


def main(folder: Path, directory: Path, settings: list[str]) -> None:
    """Print both figures."""
    config = recipes.load([], settings)
    measured, summary = speed.of_this_machine(), scan(folder)
    run = Run.create(directory, config, summary)
    _warm_up()
    before = psutil.Process().memory_info().rss
    Path("/proc/self/clear_refs").write_text("5")  # reset the peak: man 5 proc
    for _ in train(config, run):
        pass
    print(largest_need(config, measured, len(summary.classes)).total)
    print(_peak() - before)


def _warm_up() -> None:
    """What a window that has measured the machine has loaded too."""
    layer = torch.nn.Conv2d(3, 8, 3).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    layer(torch.ones(1, 3, 32, 32)).sum().backward()


def _peak() -> int:
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    (peak,) = (line for line in lines if line.startswith(_PEAK))
    return int(peak.split()[1]) * 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
