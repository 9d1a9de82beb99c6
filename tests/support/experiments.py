"""Small experiments, histories without a training, and what a test asks of both."""

from collections.abc import Sequence
from pathlib import Path

from core.compute.estimate import Speed
from core.dataset.summary import scan
from core.experiments import run as experiment_run
from core.experiments.experiment import Arm, Experiment, Place
from core.experiments.marks import Marks, of_histories
from core.runs.events import EpochFinished, Event, RunFinished, RunStarted, Score
from core.runs.history import History, fold
from core.runs.run import Run
from tests.support.training import small_recipe

IMAGES = 100
SMALL = ("model.depth=2", 'stages=[{"epochs":2,"learning_rate":0.01}]', "batch_size=8")


def history(
    accuracies: Sequence[float], majority: float = 0.1, finished: bool = True, head: int = 0
) -> History:
    """A run whose epochs had these validation accuracies on a hundred pictures; the first
    ``head`` of them are a stage of their own."""
    trained = Score(1.0, 0.5, 400)
    epochs = [
        EpochFinished(
            *((1, number) if number <= head else (2 if head else 1, number - head)),
            trained,
            Score(1.0, one, IMAGES),
            seconds=6.0,
        )
        for number, one in enumerate(accuracies, start=1)
    ]
    end = [RunFinished("finished")] if finished else []
    started = RunStarted(majority=majority, epochs=(len(accuracies),))
    return fold([started, *epochs, *end])


def diverged() -> History:
    """A run whose loss grew beyond all bounds in its second epoch."""
    started, end = RunStarted(majority=0.1, epochs=(5,)), RunFinished("failed", code="not_finite")
    return fold([started, *history([0.1], finished=False).epochs, end])


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
    experiment, pictures = place.read(), place.pictures(place.read())
    for arm, some in curves.items():
        for seed, curve in zip(seeds, some, strict=False):
            recipe = experiment.recipe(arm, seed)
            path = place.run(arm, seed)
            run = Run.create_on(path, recipe, folder, experiment.classes, pictures)
            told = history(curve)
            assert told.started is not None
            assert told.finished is not None
            events: list[Event] = [told.started, *told.epochs, told.finished]
            for event in events:
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


SPEED = Speed((0.01, 0.01, 0.01, 0.01, 0.005), 3.0, 0.003, 1, 8, "float32")


HIGH = ([0.6, 0.8, 0.9, 0.9, 0.9], [0.62, 0.79, 0.9, 0.91, 0.9], [0.61, 0.8, 0.91, 0.9, 0.9])


LOW = ([0.2, 0.3, 0.4, 0.5, 0.5], [0.22, 0.3, 0.4, 0.49, 0.51], [0.21, 0.3, 0.41, 0.5, 0.52])


NEVER = ([0.1, 0.12, 0.1, 0.1, 0.1], [0.1, 0.1, 0.11, 0.1, 0.1], [0.1, 0.1, 0.1, 0.12, 0.1])


PAIR = [("high", "low")]


MARKS = ("start", "slope", "end")


def marks(high: Sequence[list[float]], low: Sequence[list[float]], **more: float) -> Marks:
    histories = {"high": [history(one) for one in high], "low": [history(one) for one in low]}
    return of_histories(histories, PAIR, **more)
