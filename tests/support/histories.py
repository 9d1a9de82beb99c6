"""What a run reports, made up: the one builder of events and histories."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from core.runs.events import (
    BatchFinished,
    EpochFinished,
    Event,
    Outcome,
    RunFinished,
    RunStarted,
    Score,
    StageStarted,
    to_json,
)
from core.runs.history import History, fold, is_better
from core.runs.places import HISTORY


def events(
    *stages: Sequence[float],
    classes: Sequence[str] = ("red", "green"),
    train: int = 8,
    validation: int = 200,
    test: int = 0,
    majority: float = 0.25,
    planned: Sequence[int] = (),
    thawed: Sequence[Sequence[int]] = (),
    losses: Sequence[float] = (),
    seconds: float = 30.0,
    batches: int = 0,
    keep: str = "accuracy",
    outcome: Outcome | None = "finished",
    code: str = "",
) -> list[Event]:
    """``events((0.5, 0.75), (0.9,))`` has two epochs of stage 1 with these validation accuracies
    and one of stage 2.

    ``planned`` is how many epochs each stage is to have (as many as it has), and ``thawed`` its
    blocks (none in the first, the fifth in others). ``losses`` are the validation losses of all
    epochs in order (1 - accuracy). An epoch has so many ``batches``. ``outcome`` None leaves out
    the end, as a killed run does; ``code`` is why it failed.
    """
    planned = planned or [len(stage) for stage in stages]
    thawed = thawed or [() if place == 0 else (5,) for place in range(len(planned))]
    told: list[Event] = [
        RunStarted(
            tuple(classes),
            train,
            validation,
            test,
            majority,
            epochs=tuple(planned),
            thawed=tuple(map(tuple, thawed)),
        )
    ]
    best: EpochFinished | None = None
    left = list(losses)
    for number, accuracies in enumerate(stages, start=1):
        if accuracies:
            told.append(
                StageStarted(number, planned[number - 1], tuple(thawed[number - 1]), keep=keep)
            )
        for epoch, accuracy in enumerate(accuracies, start=1):
            told += [BatchFinished(number, epoch, one + 1, batches) for one in range(batches)]
            loss = left.pop(0) if left else 1 - accuracy
            ended = EpochFinished(
                number, epoch, Score(0.5, 0.5, train), Score(loss, accuracy, validation), seconds
            )
            if best is None or is_better(ended, best, keep):
                best = ended = replace(ended, is_best=True)
            told.append(ended)
    if outcome is not None:
        place = (best.stage, best.epoch) if best is not None else (0, 0)
        took = seconds * sum(map(len, stages))
        told.append(RunFinished(outcome, *place, took, code))
    return told


def history(*stages: Sequence[float], **options: object) -> History:
    """The history of a run with those ``events``."""
    return fold(events(*stages, **options))  # type: ignore[arg-type]


def write(directory: Path, told: Sequence[Event]) -> None:
    """Let the run in ``directory`` have reported these."""
    (directory / HISTORY).write_text("".join(to_json(one) + "\n" for one in told), "utf-8")
