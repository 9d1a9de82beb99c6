"""Scanning a folder of 100,000 files: names and headers, the second time, and the window.

Each is measured in a process of its own, on one tree of tiny pictures. The reference is what a
script would do: walk the folder, let Pillow open every file.
"""

import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import ROOT, Row

CLASSES, PER_CLASS = 100, 1000
SECONDS, MEGABYTES, LONGEST_GAP = 20.0, 300.0, 150.0


def run() -> list[Row]:
    """Seconds, megabytes of resident memory at most, milliseconds."""
    with tempfile.TemporaryDirectory(prefix="thaw-bench-") as home:
        place = Path(home)
        make_tree(place / "pictures")
        plain = _measured("plain", place)
        first = _measured("scan", place)
        again = _measured("scan", place)
        window = _measured("window", place, cache="another")
    count = f"{CLASSES * PER_CLASS:,} files"
    gap = window["gap"]
    return [
        Row(f"{count}: their names, counted by class", first["names"], "s"),
        Row(
            f"{count}: names and headers, beside a walk with Pillow's open",
            first["seconds"],
            "s",
            f"<= {SECONDS:g} s",
            reference=plain["seconds"],
            ratio=first["seconds"] / plain["seconds"],
            met=first["seconds"] <= SECONDS,
        ),
        Row(
            "the same folder again, beside the first time",
            again["seconds"],
            "s",
            reference=first["seconds"],
            ratio=again["seconds"] / first["seconds"],
        ),
        _row("memory of that process at most, Python and all", first["memory"], "MB", MEGABYTES),
        _row(
            "gap in the window's event loop while it scans and shows them", gap, "ms", LONGEST_GAP
        ),
        _row("from the folder's choice to its classes by name", window["outline"], "s"),
        _row("from the folder's choice to its pictures", window["shown"], "s"),
    ]


def make_tree(root: Path) -> None:
    """Class folders of tiny pictures; a JPEG, two PNGs and a GIF in turn."""
    contents = [_picture("JPEG"), _picture("PNG"), _picture("GIF"), _picture("PNG")]
    suffixes = (".jpg", ".png", ".gif", ".png")
    for name in range(CLASSES):
        folder = root / f"class {name:03}"
        folder.mkdir(parents=True)
        for number in range(PER_CLASS):
            kind = number % len(contents)
            (folder / f"{number:05}{suffixes[kind]}").write_bytes(contents[kind])


def _picture(kind: str) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (20, 16), (200, 30, 30)).save(file, kind)
    return file.getvalue()


def _row(what: str, value: float, unit: str, most: float | None = None) -> Row:
    if most is None:
        return Row(what, value, unit)
    return Row(what, value, unit, f"<= {most:g} {unit}", met=value <= most)


def _measured(what: str, home: Path, cache: str = "cache") -> dict[str, float]:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_CACHE_HOME": str(home / cache),
        "XDG_DATA_HOME": str(home / "data"),
    }
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.probes.scan", what, str(home / "pictures")],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return figures
