"""How smoothly the picture grid scrolls through 100,000 pictures, beside 100 of them.

Measured in a process of its own on Qt's offscreen platform; thumbnails are decoded from real
files meanwhile.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import ROOT, Row

FRAME, LONGEST, AT_ONCE = 1000 / 60, 150.0, 100.0  # milliseconds


def run() -> list[Row]:
    """Medians and tails in ms."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as home:
        found = _measured(Path(home))
    return [
        _beside("a notch of the wheel in 100,000 pictures, median", found, "step_{}", FRAME),
        _beside("the same, 95 of 100 are within", found, "step_{}_p95", 2 * FRAME),
        _beside("a jump of the scroll bar in 100,000 pictures, median", found, "jump_{}", FRAME),
        _beside("the same, 95 of 100 are within", found, "jump_{}_p95", 2 * FRAME),
        _row("gap in the event loop while scrolling there, p99", found["gap_p99"], 50.0),
        _row("the same, the longest", found["gap_longest"], LONGEST),
        _row("100,000 pictures shown", found["opened"], AT_ONCE),
        _row("the same after an edit, median", found["edited"], AT_ONCE),
        _row("one class of them shown", found["class"], AT_ONCE),
        _row("some of them found by name", found["found"], 2 * AT_ONCE),
        _row("all of them selected", found["selected"], 2 * AT_ONCE),
    ]


def _beside(what: str, found: dict[str, float], name: str, budget: float) -> Row:
    many, few = found[name.format("many")], found[name.format("few")]
    target = f"<= {budget:.1f} ms"
    return Row(what, many, "ms", target, few, many / few, met=many <= budget)


def _row(what: str, milliseconds: float, budget: float) -> Row:
    return Row(what, milliseconds, "ms", f"<= {budget:g} ms", met=milliseconds <= budget)


def _measured(home: Path) -> dict[str, float]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.probes.grid", str(home / "pictures")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return figures
