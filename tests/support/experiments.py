"""Small experiments, histories without a training, and what a test asks of both."""

from collections.abc import Sequence
from pathlib import Path

from core.compute.estimate import Speed
from core.dataset.summary import scan
from core.experiments import run as experiment_run
from core.experiments.experiment import Arm, Experiment, Place
from core.experiments.marks import Marks, of_histories
from core.runs.history import History
from core.runs.run import Run
from tests.support import histories
from tests.support.histories import events, write
from tests.support.training import small_recipe

IMAGES = 100
SMALL = ("model.depth=2", 'stages=[{"epochs":2,"learning_rate":0.01}]', "batch_size=8")
SPEED = Speed((0.01, 0.01, 0.01, 0.01, 0.005), 3.0, 0.003, 1, 8, "float32")
OF = {"majority": 0.1, "train": 400, "validation": IMAGES, "seconds": 6.0}
HIGH = ([0.6, 0.8, 0.9, 0.9, 0.9], [0.62, 0.79, 0.9, 0.91, 0.9], [0.61, 0.8, 0.91, 0.9, 0.9])
LOW = ([0.2, 0.3, 0.4, 0.5, 0.5], [0.22, 0.3, 0.4, 0.49, 0.51], [0.21, 0.3, 0.41, 0.5, 0.52])
NEVER = ([0.1, 0.12, 0.1, 0.1, 0.1], [0.1, 0.1, 0.11, 0.1, 0.1], [0.1, 0.1, 0.1, 0.12, 0.1])
PAIR = [("high", "low")]
MARKS = ("start", "slope", "end")


def history(accuracies: Sequence[float], finished: bool = True, head: int = 0) -> History:
    """A run whose epochs had these validation accuracies on a hundred images; the first ``head``
    of them are a stage of their own."""
    stages = [accuracies[:head], accuracies[head:]] if head else [accuracies]
    return histories.history(*stages, outcome="finished" if finished else None, **OF)


def diverged() -> History:
    """A run whose loss grew beyond all bounds in its second epoch."""
    return histories.history([0.1], planned=[5], outcome="failed", code="not_finite", **OF)


def marks(high: Sequence[list[float]], low: Sequence[list[float]], **more: float) -> Marks:
    """The marks of two arms with such curves."""
    arms = {"high": [history(one) for one in high], "low": [history(one) for one in low]}
    return of_histories(arms, PAIR, **more)


def small_experiment(folder: Path, **changes: object) -> Experiment:
    """Two arms, two seeds, trained in a few seconds; the second arm thaws its block."""
    frozen = small_recipe(*SMALL)
    thawed = small_recipe(*SMALL, "stages.0.thawed=[2]")
    values: dict[str, object] = {
        "folder": str(folder),
        "classes": scan(folder).classes,
        "created": "2026-01-01T00:00:00+00:00",
        "arms": (
            Arm(name="frozen", recipe=frozen, title="frozen"),
            Arm(name="thawed", recipe=thawed, title="thawed"),
        ),
        "pairs": (("frozen", "thawed"),),
        "seeds": (0, 1),
        "finder_steps": 6,
    }
    return Experiment.model_validate({**values, **changes})


def begun(folder: Path, directory: Path, **changes: object) -> Path:
    """``directory``, once such an experiment on ``folder`` lies in it."""
    experiment_run.begin(directory, small_experiment(folder, **changes), scan(folder))
    return directory


def recorded(folder: Path, directory: Path, curves: dict[str, list[list[float]]]) -> Path:
    """An experiment in ``directory`` of which each arm and seed has this curve; those without
    one were not run."""
    seeds = tuple(range(max(map(len, curves.values()))))
    begun(folder, directory, seeds=seeds)
    place = Place(directory)
    experiment, images = place.read(), place.pictures(place.read())
    for arm, some in curves.items():
        for seed, curve in zip(seeds, some, strict=False):
            recipe, path = experiment.recipe(arm, seed), place.run(arm, seed)
            run = Run.create_on(path, recipe, folder, experiment.classes, images)
            for event in histories.events(curve, **OF):  # type: ignore[arg-type]
                run.append(event)
    return directory


def figures(directory: Path) -> dict[str, list[tuple[float, ...]]]:
    """Each run's losses and accuracies, exactly."""
    return {
        path.name: [
            (one.train.loss, one.train.accuracy, one.validation.loss, one.validation.accuracy)
            for one in Run.open(path).history.epochs
        ]
        for path in sorted((directory / "runs").iterdir())
    }


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
            told = events(curve, majority=0.1, validation=100, seconds=SECONDS[name])
            write(place.run(name, seed), told)
    return directory
