"""What lists show of a run: ``summary.json``, written beside the history and read back."""

import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.dataclasses import dataclass

from core.common.statistics import wilson
from core.recipe.config import RunConfig
from core.recipe.presets import preset
from core.runs.events import Count, EpochFinished, Share
from core.runs.history import History, elapsed
from core.runs.places import SUMMARY


@dataclass(frozen=True)
class BestEpoch:
    """The epoch whose weights are kept, its figures on ``images`` validation images.

    ``chosen_by`` is ``History.chosen_by``.
    """

    stage: int
    epoch: int
    accuracy: Share
    loss: float
    images: Count
    chosen_by: str = "accuracy"

    @property
    def correct(self) -> int:
        return round(self.accuracy * self.images)

    @property
    def interval(self) -> tuple[float, float]:
        """The accuracy's 95 % interval (Wilson)."""
        return wilson(self.correct, self.images)


@dataclass(frozen=True)
class StagePlan:
    """A stage in few words: its epochs as planned now, and the blocks that it thaws."""

    epochs: int
    thawed: tuple[int, ...]


class RunSummary(BaseModel):
    """``created`` is ISO 8601; ``dataset`` the name of its folder; ``seconds`` of training, without
    pauses; ``state`` how the last training ended, or "running" until it has.

    Summaries of earlier versions lack the fields that have a default; those of later ones may have
    more.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    schema_: Annotated[int, Field(alias="schema")] = 1
    state: str
    created: str
    dataset: str
    classes: int = 0
    preset: str
    epochs: int
    planned_epochs: int
    seconds: float = 0.0
    head: str = ""
    stages: tuple[StagePlan, ...] = ()
    best: BestEpoch | None = None

    @classmethod
    def of(
        cls, history: History, config: RunConfig, *, created: str, dataset: str, classes: int
    ) -> Self:
        """The summary of a run with this history and recipe."""
        planned = history.planned or tuple(stage.epochs for stage in config.stages)
        best = history.best
        return cls(
            state=history.finished.outcome if history.finished else "running",
            created=created,
            dataset=dataset,
            classes=classes,
            preset=preset(config),
            epochs=len(history.epochs),
            planned_epochs=sum(planned),
            seconds=round(elapsed(history), 3),
            head=config.model.head.kind,
            stages=tuple(
                StagePlan(epochs, stage.thawed)
                for epochs, stage in zip(planned, config.stages, strict=False)
            ),
            best=None if best is None else _best(best, history.chosen_by),
        )

    def to_json(self) -> bytes:
        """The file's contents, with the interval for whoever reads it elsewhere."""
        data = self.model_dump(by_alias=True)
        if self.best is not None:
            data["best"]["interval"] = self.best.interval
        return (json.dumps(data, indent=2) + "\n").encode()


def _best(epoch: EpochFinished, chosen_by: str) -> BestEpoch:
    score = epoch.validation
    figures = score.accuracy, score.loss, score.images
    return BestEpoch(epoch.stage, epoch.epoch, *figures, chosen_by)


def read(directory: Path) -> RunSummary | None:
    """The summary of the run in ``directory``; None where it is missing or damaged."""
    try:
        return RunSummary.model_validate(json.loads((directory / SUMMARY).read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None
