"""Which class sets two arms apart: told where predictions are there and ends differ."""

from pathlib import Path

from core.experiments import text as experiment_text
from core.experiments.experiment import Place
from core.experiments.marks import of_place
from core.experiments.text import ENGLISH
from core.runs.evaluation import Prediction, Result, write_predictions
from core.runs.places import PREDICTIONS
from tests.support.experiments import HIGH, LOW, recorded
from tests.support.pictures import PictureFolder


def predicted(place: Path, arm: str, right: tuple[int, int]) -> None:
    """Of four pictures of each class, so many were right with every seed."""
    experiment = Place(place).read()
    answers = [
        Prediction(f"{label}/{n}.png", label, label if n < right[label] else 1 - label, (0.5, 0.5))
        for label in (0, 1)
        for n in range(4)
    ]
    for seed in experiment.seeds:
        table = write_predictions(Result(experiment.classes, tuple(answers)))
        (Place(place).run(arm, seed) / PREDICTIONS).write_bytes(table)


def test_the_class_that_differs_most_is_named(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(classes=2, per_class=10)
    place = recorded(folder, tmp_path / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    experiment = Place(place).read()
    assert of_place(Place(place), experiment).pairs[0].gap is None, "there are no predictions"
    predicted(place, "frozen", (3, 4))
    predicted(place, "thawed", (2, 1))
    marks = of_place(Place(place), experiment)
    gap = marks.pairs[0].gap
    assert gap is not None
    assert (gap.label, gap.first, gap.second, gap.images) == (experiment.classes[1], 1.0, 0.25, 4)
    told = experiment_text.told(experiment, marks, {"frozen": "A", "thawed": "B"}, ENGLISH)
    assert (
        f"the class {gap.label} sets them furthest apart: 100.0 % of its 4 pictures are right "
        "with A, 25.0 % with B (means of the kept epochs)"
    ) in told


def test_arms_that_are_not_told_apart_have_none(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    folder = picture_folder(classes=2, per_class=10)
    place = recorded(folder, tmp_path / "x", {"frozen": [*HIGH], "thawed": [*HIGH]})
    predicted(place, "frozen", (3, 4))
    predicted(place, "thawed", (2, 1))
    assert of_place(Place(place), Place(place).read()).pairs[0].gap is None
