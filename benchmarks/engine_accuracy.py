"""Whether ours, with all that makes it fast, learns as well as the plain loop in float32.

The whole sample dataset at 64 px, where many runs are cheap: over several seeds, each with a split
of its own, the means tell a point apart. Both see the same pictures in the same batches.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from benchmarks import Row
from benchmarks.probes.accuracy import SIDE
from benchmarks.probes.engine_runs import answer, environment
from benchmarks.probes.engine_work import WAYS, Way, pictures, recipe
from core.dataset import sample as sample_files

MOST_LOWER = 1.0  # points


def run() -> list[Row]:
    """Means in percent; about six minutes on two cores."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as place:
        home = Path(place)
        folder = home / "signs"
        sample_files.write(folder)
        mine, plain = (_accuracies(home, folder, what) for what in ("ours", "plain"))
        validating = len(pictures(folder, recipe(WAYS["head"], 1))["validation"])
    return [_row(way, validating, mine[way.name], plain[way.name]) for way in WAYS.values()]


def _row(way: Way, pictures: int, mine: Sequence[float], plain: Sequence[float]) -> Row:
    differences = [100 * (one - other) for one, other in zip(mine, plain, strict=True)]
    ours, theirs = 100 * mean(mine), 100 * mean(plain)
    return Row(
        f"{way.name}, {SIDE} px, best of {way.compared} epochs: validation accuracy, "
        f"mean of {len(mine)} seeds x {pictures} pictures, beside the plain loop "
        f"(singly {min(differences):+.1f} to {max(differences):+.1f})",
        ours,
        "%",
        f"at most {MOST_LOWER:g} point lower",
        theirs,
        met=ours >= theirs - MOST_LOWER,
    )


def _accuracies(home: Path, folder: Path, what: str) -> dict[str, list[float]]:
    """For each way, by seed."""
    command = [sys.executable, "-m", "benchmarks.probes.accuracy", what, str(folder)]
    return answer(command, environment(home))
