"""What the live curves cost a training at 10,000 points, and how a resize feels.

Measured in a process of its own, in the real window on Qt's offscreen platform.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import ROOT, Row

SLOWER, FRAME, DRAWING = 1.03, 33.0, 150.0  # times; milliseconds


def run() -> list[Row]:
    """Medians in ms; of the window's thread in its processor time, whatever else is running."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as home:
        figures = _measured(Path(home))
    training, resizing = figures["training"], figures["resizing"]
    ratio = training["ratio"]  # of neighbours in time, for a machine that is not alone
    return [
        Row(
            "a training step, the curves of 10,000 batches in view, beside another page in view",
            training["shown"],
            "ms",
            f"<= {SLOWER:g} times",
            reference=training["hidden"],
            ratio=ratio,
            met=ratio <= SLOWER,
        ),
        Row(
            "the window's thread works more by that, a second",
            training["work"],
            "ms",
            "<= 30 ms",
            met=training["work"] <= 1000 * (SLOWER - 1),
        ),
        Row("its drawing, a second", training["drawing"], "ms"),
        _row("a frame while the window is resized", resizing["frame"], FRAME),
        _row("the drawing once its size rests", resizing["drawing"], DRAWING),
    ]


def _row(what: str, milliseconds: float, budget: float) -> Row:
    return Row(what, milliseconds, "ms", f"<= {budget:g} ms", met=milliseconds <= budget)


def _measured(home: Path) -> dict[str, dict[str, float]]:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
    }
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.probes.curves"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, dict[str, float]] = json.loads(answer.stdout.splitlines()[-1])
    return figures
