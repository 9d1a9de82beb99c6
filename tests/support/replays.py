"""A history to play back."""

from core.runs.events import (
    BatchFinished,
    EpochFinished,
    Event,
    RunFinished,
    RunStarted,
    Score,
    StageStarted,
)

BATCHES = 4


SCORE = Score(0.5, 0.5, 8)


def trained(
    epochs: tuple[int, ...] = (2, 2), seconds: float = 8.0, batches: int = BATCHES
) -> list[Event]:
    """What a run of some stages tells; the first epoch takes ten times as long as the others."""
    told: list[Event] = [RunStarted(("a", "b"), 8, 8, epochs=epochs, thawed=((),) * len(epochs))]
    for stage, count in enumerate(epochs, start=1):
        told.append(StageStarted(stage, count))
        for epoch in range(1, count + 1):
            told += [BatchFinished(stage, epoch, b, batches) for b in range(1, batches + 1)]
            takes = 10 * seconds if (stage, epoch) == (1, 1) else seconds
            told.append(EpochFinished(stage, epoch, SCORE, SCORE, takes))
    return [*told, RunFinished("finished", seconds=1000.0)]
