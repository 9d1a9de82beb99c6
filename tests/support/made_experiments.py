"""Experiments that tell of trainings which never were: no weights, figures made up."""

from collections.abc import Sequence
from pathlib import Path

from core.experiments.experiment import Arm, Experiment, Place
from core.runs.events import EpochFinished, Event, RunFinished, RunStarted, Score, to_json
from core.runs.places import HISTORY
from tests.support.training import small_recipe

CURVES = {
    "frozen": [(0.5, 0.6, 0.7), (0.4, 0.6, 0.8)],
    "thawed": [(0.2, 0.3, 0.9), (0.1, 0.5, 0.9)],
}
SECONDS = {"frozen": 1.0, "thawed": 10.0}


def made_experiment(directory: Path) -> Path:
    """Two arms, of which the second takes ten times as long, with two seeds each, in
    ``directory``."""
    arms = tuple(Arm(name=name, recipe=small_recipe(), title=name) for name in CURVES)
    place = Place(directory)
    place.write(
        Experiment(
            folder="sample",
            classes=("a", "b"),
            created="2026-01-01T00:00:00+00:00",
            arms=arms,
            pairs=(("frozen", "thawed"),),
            seeds=(0, 1),
        )
    )
    for name, curves in CURVES.items():
        for seed, curve in enumerate(curves):
            place.run(name, seed).mkdir(parents=True)
            write_run(place.run(name, seed), told_by(curve, SECONDS[name]))
    return directory


def told_by(curve: Sequence[float], seconds: float, outcome: str = "finished") -> list[Event]:
    """What a run tells with these validation accuracies, on a hundred pictures."""
    score = Score(0.5, 0.5, 100)
    return [
        RunStarted(majority=0.1, epochs=(len(curve),)),
        *(
            EpochFinished(1, number, score, Score(0.5, one, 100), seconds)
            for number, one in enumerate(curve, start=1)
        ),
        RunFinished(outcome),  # type: ignore[arg-type]
    ]


def write_run(run: Path, events: Sequence[Event]) -> None:
    """Let the run in ``run`` have told these."""
    (run / HISTORY).write_text("".join(to_json(one) + "\n" for one in events), "utf-8")
