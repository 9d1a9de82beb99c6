"""``summary.json``: how a run stands, for lists that cannot read every history."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.common import files
from core.common.statistics import wilson
from core.dataset.folder import printable
from core.recipe.config import RunConfig
from core.recipe.presets import preset
from core.runs import run_lock
from core.runs.history import History
from core.runs.places import SUMMARY

if TYPE_CHECKING:
    from core.runs.run import Run


@dataclass(frozen=True)
class Interrupted:
    """A run that was killed: where it is, its dataset's name, when it was made (ISO 8601), and
    how many of its planned epochs are done."""

    directory: Path
    dataset: str
    created: str
    epochs: int
    planned_epochs: int


def interrupted(folder: Path | None = None) -> list[Interrupted]:
    """The runs in ``folder`` (None: the default place) that were killed, the newest first.

    Reads only their summaries and asks whether some process holds them; damaged ones are
    passed over.
    """
    folder = folder or files.runs_folder()
    found = [one for path in folder.glob(f"*/{SUMMARY}") if (one := _if_interrupted(path))]
    return sorted(found, key=lambda one: one.created, reverse=True)


def contents(
    history: History, config: RunConfig, *, created: str, dataset: str, classes: int
) -> str:
    """The text of a run's summary; ``dataset`` is its folder's name."""
    data: dict[str, Any] = {
        "schema": 1,
        "state": history.finished.outcome if history.finished else "running",
        "created": created,
        "dataset": dataset,
        "classes": classes,
        "preset": preset(config),
        "epochs": len(history.epochs),
        "planned_epochs": sum(_planned(history, config)),
        "seconds": _seconds(history),
        "head": config.model.head.kind,
        "stages": [
            {"epochs": epochs, "thawed": list(stage.thawed)}
            for epochs, stage in zip(_planned(history, config), config.stages, strict=False)
        ],
        "best": None,
    }
    best = history.best
    if best is not None:
        score = best.validation
        data["best"] = {
            "stage": best.stage,
            "epoch": best.epoch,
            "accuracy": score.accuracy,
            "loss": score.loss,
            "images": score.images,
            "interval": wilson(score.correct, score.images),
            "chosen_by": history.chosen_by,
        }
    return json.dumps(data, indent=2) + "\n"


def of_run(run: "Run") -> str:
    """The text of the summary of ``run``."""
    return contents(
        run.history,
        run.config,
        created=run.created,
        dataset=printable(run.folder.name),
        classes=len(run.classes),
    )


def _planned(history: History, config: RunConfig) -> list[int]:
    """Each stage's epochs: as the history has them, or before it has begun, the recipe."""
    return list(history.planned) or [stage.epochs for stage in config.stages]


def _seconds(history: History) -> float:
    """The training's time without pauses; until it has ended, that of its epochs."""
    told = history.finished.seconds if history.finished else 0.0
    return round(max(told, sum(epoch.seconds for epoch in history.epochs)), 3)


def _if_interrupted(path: Path) -> Interrupted | None:
    try:
        data = json.loads(path.read_bytes())
        if data["state"] != "running" or run_lock.is_held(path.parent):
            return None
        return Interrupted(
            path.parent,
            str(data["dataset"]),
            str(data["created"]),
            int(data["epochs"]),
            int(data["planned_epochs"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
