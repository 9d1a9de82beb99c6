"""Counts of right and wrong answers, and the file they are kept in."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.messages import InputError
from core.common.statistics import wilson
from core.runs import evaluation
from core.runs.evaluation import Prediction, Result
from tests.support.pictures import PictureFolder
from tests.support.training import new_run, small_recipe

CLASSES = ("left", "right", 'a "quoted", name')


def result(*answers: tuple[int, int, float]) -> Result:
    predictions = tuple(
        Prediction(f"p{number}.jpg", label, predicted, _shares(predicted, confidence))
        for number, (label, predicted, confidence) in enumerate(answers)
    )
    return Result(CLASSES, predictions)


def _shares(predicted: int, confidence: float) -> tuple[float, ...]:
    rest = (1 - confidence) / 2
    return tuple(confidence if one == predicted else rest for one in range(3))


def test_counts_intervals_and_confusion() -> None:
    found = result((0, 0, 0.9), (0, 1, 0.6), (1, 1, 0.8), (1, 0, 0.7), (2, 2, 0.5))
    assert (found.right, found.total, found.accuracy) == (3, 5, 0.6)
    assert found.interval == wilson(3, 5)
    assert found.confusion == ((1, 1, 0), (1, 1, 0), (0, 0, 1))
    assert [(one.name, one.right, one.total) for one in found.per_class] == [
        ("left", 1, 2),
        ("right", 1, 2),
        ('a "quoted", name', 1, 1),
    ]


def test_mistakes_come_the_most_confident_first() -> None:
    found = result((0, 1, 0.6), (1, 1, 0.99), (1, 0, 0.9))
    assert [one.confidence for one in found.wrong] == [0.9, 0.6]


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.floats(0.34, 1.0)),
        min_size=1,
        max_size=20,
    )
)
def test_the_file_gives_back_the_result(answers: list[tuple[int, int, float]]) -> None:
    import tempfile

    found = result(*answers)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "predictions.csv"
        path.write_bytes(evaluation.write_predictions(found))
        read = evaluation.read_predictions(path, CLASSES)
    assert read.confusion == found.confusion
    assert [one.path for one in read.predictions] == [one.path for one in found.predictions]
    for one, other in zip(read.predictions, found.predictions, strict=True):
        assert one.probabilities == pytest.approx(other.probabilities, rel=1e-5)


def test_majority_is_the_class_that_training_holds_most_of() -> None:
    assert evaluation.majority([0, 1, 1], [0, 0, 0, 1]) == 0.25
    assert evaluation.majority([], [0]) == 0.0


def test_a_run_without_an_epoch_has_no_result(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    run = new_run(picture_folder(), tmp_path / "run", small_recipe())
    with pytest.raises(InputError) as error:
        evaluation.of_run(run)
    assert error.value.code == "run_without_weights"
