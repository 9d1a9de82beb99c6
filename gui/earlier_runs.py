"""The runs of this machine that have weights to give, read off the window's thread."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication

from core.folders import printable
from core.messages import fill
from core.run_places import BEST
from core.run_summary import SUMMARY
from core.stage_presets import PRESETS
from gui import preset_text, text
from gui.background import Work

translate = QCoreApplication.translate


@dataclass(frozen=True)
class EarlierRun:
    """What a run's summary says of it. ``created`` is in seconds; ``accuracy`` a share of 1, of
    its best epoch on ``images`` validation pictures, with its 95 % ``interval``."""

    directory: Path
    created: float
    preset: str
    epochs: int
    accuracy: float
    images: int
    interval: tuple[float, float]


def looking(folder: Path) -> Work:
    """Look for runs in ``folder`` that have kept weights: a list of ``EarlierRun``, the newest
    first. What can't be read is passed over."""
    return lambda _stop, _progress: _found(folder)


def row(run: EarlierRun) -> tuple[str, str, str, str]:
    """Its name, when it was made, how it transferred, and its accuracy, for a list."""
    way = preset_text.title(run.preset) if run.preset in PRESETS else translate("runs", "own way")
    template = translate("runs", "{way}, {epochs} epochs")
    if run.epochs == 1:
        template = translate("runs", "{way}, 1 epoch")
    how = fill(template, {"way": way, "epochs": text.count(run.epochs)})
    accuracy = fill(
        translate("runs", "{accuracy} of {images} ({interval})"),
        {
            "accuracy": text.percent(run.accuracy),
            "images": text.count(run.images),
            "interval": text.interval(*run.interval),
        },
    )
    return printable(run.directory.name), text.moment(run.created), how, accuracy


def _found(folder: Path) -> list[EarlierRun]:
    try:
        summaries = list(folder.glob(f"*/{SUMMARY}"))
    except OSError:
        return []
    found = [one for path in summaries if (one := _read(path)) is not None]
    return sorted(found, key=lambda one: one.created, reverse=True)


def _read(path: Path) -> EarlierRun | None:
    try:
        if not (path.parent / BEST).is_file():
            return None
        data: dict[str, Any] = json.loads(path.read_bytes())
        best = data["best"]
        low, high = best["interval"]
        return EarlierRun(
            path.parent,
            datetime.fromisoformat(data["created"]).timestamp(),
            str(data["preset"]),
            int(data["epochs"]),
            float(best["accuracy"]),
            int(best["images"]),
            (float(low), float(high)),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
