"""How quickly the window answers: a slider moved, and the event loop while a run trains.

Each is measured in a process of its own, in the real window on Qt's offscreen platform.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import ROOT, Row

SLIDER_BUDGET, GAP_BUDGET, LONGEST_GAP = 33.0, 50.0, 150.0  # milliseconds


def run() -> list[Row]:
    """Medians and tails in ms."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as home:
        slider = _measured("slider", Path(home))
        gaps = _measured("gaps", Path(home))
    return [
        _row("a slider's move to 12 repainted tiles at 224 px, median", slider["median"], 33.0),
        _row("the same, 95 of 100 are within", slider["p95"], SLIDER_BUDGET),
        _row("gap in the event loop while training at 224 px, p99", gaps["p99"], GAP_BUDGET),
        _row("the same, the longest", gaps["longest"], LONGEST_GAP),
    ]


def _row(what: str, milliseconds: float, budget: float) -> Row:
    return Row(what, milliseconds, "ms", f"<= {budget:g} ms", met=milliseconds <= budget)


def _measured(what: str, home: Path) -> dict[str, float]:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
    }
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.probes.interface", what],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return figures
