"""Runs of days gone by, as far as lists read them."""

import json
from pathlib import Path
from typing import Any

from core.runs.places import BEST, CONFIG, SUMMARY

BEST_EPOCH = {"stage": 1, "epoch": 9, "accuracy": 0.875, "loss": 0.4, "images": 96}


def make_run(folder: Path, name: str, **fields: Any) -> Path:
    """A run's directory as the list reads it; ``fields`` of its summary."""
    run = folder / name
    run.mkdir(parents=True)
    (run / CONFIG).write_text("{}")
    (run / BEST).write_bytes(b"weights")
    data = {
        "state": "finished",
        "dataset": "signs",
        "planned_epochs": 20,
        "created": "2026-01-02T03:04:05+00:00",
        "preset": "feature-extractor",
        "epochs": 20,
        "best": BEST_EPOCH,
    }
    (run / SUMMARY).write_text(json.dumps(data | fields))
    return run
