"""What came of an experiment as files: a page that holds everything, exact numbers, a figure."""

from pathlib import Path

import pytest

from core.common.messages import InputError, ThawError
from core.experiments import export as experiment_export
from core.experiments.experiment import Experiment
from core.experiments.marks import Marks, of_histories
from core.reports import export as run_export
from tests.support.experiments import HIGH, LOW, diverged, history, small_experiment
from tests.support.pictures import PictureFolder

PAIR = [("frozen", "thawed")]


@pytest.fixture
def experiment(picture_folder: PictureFolder) -> Experiment:
    made = small_experiment(picture_folder(classes=2, per_class=10))
    first, second = made.arms
    named = first.model_copy(update={"title": "<b>$a"})
    return made.model_copy(update={"arms": (named, second)})


@pytest.fixture
def marks() -> Marks:
    histories = {"frozen": [history(one) for one in HIGH], "thawed": [history(one) for one in LOW]}
    return of_histories(histories, PAIR)


def test_the_report_is_one_file_with_card_and_figure(experiment: Experiment, marks: Marks) -> None:
    page = experiment_export.experiment_report(experiment, marks).decode("utf-8")
    assert "“&lt;b&gt;$a” starts higher than thawed." in page
    assert "<b>$a" not in page
    assert page.count("<svg") == 1
    assert "61.0 % (58.5 – 63.5 %)" in page
    assert "on these 100 validation pictures" in page
    assert "http-equiv" not in page
    assert "<script" not in page


def test_the_numbers_come_back_exactly(experiment: Experiment, marks: Marks) -> None:
    first, second = run_export.read_csv(experiment_export.marks_csv(experiment, marks))
    arm = marks.arm("frozen")
    assert arm is not None
    assert arm.end is not None
    assert first["arm"] == "<b>$a"
    assert float(first["start_mean"]) == arm.start.mean
    assert (float(first["end_low"]), first["end_band"]) == (arm.end.low, "interval")
    assert float(second["epochs_to_target_mean"]) == 4
    assert (first["seeds"], first["validation_pictures"]) == ("3", "100")


def test_an_arm_that_failed_has_a_row(experiment: Experiment) -> None:
    histories = {"frozen": [history(one) for one in HIGH], "thawed": [diverged()] * 3}
    made = experiment_export.marks_csv(experiment, of_histories(histories, PAIR))
    second = run_export.read_csv(made)[1]
    assert (second["failed"], second["seeds"], second["end_mean"]) == ("3", "0", "")


@pytest.mark.parametrize("suffix", [".html", ".csv", ".png"])
def test_the_suffix_says_what_is_written(
    experiment: Experiment, marks: Marks, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"result{suffix}"
    experiment_export.write(experiment, marks, path)
    assert path.read_bytes() == experiment_export.contents(experiment, marks, suffix[1:])


def test_what_cannot_be_written_is_said(
    experiment: Experiment, marks: Marks, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="doc"):
        experiment_export.write(experiment, marks, tmp_path / "x.doc")
    with pytest.raises(ThawError, match="nowhere"):
        experiment_export.write(experiment, marks, tmp_path / "nowhere" / "x.csv")
