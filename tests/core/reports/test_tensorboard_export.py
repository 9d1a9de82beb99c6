"""Event files for TensorBoard, where its package is there."""

import sys
from pathlib import Path

import pytest

from core.common.messages import ThawError
from core.reports import export as run_export
from core.runs import list as run_list
from core.runs.history import fold
from core.runs.list import RunLabel
from tests.support.pictures import PictureFolder
from tests.support.runs import trained_run
from tests.support.window.scripted import batches, two_stages


def test_a_run_becomes_event_files_that_tensorboard_reads(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    run = trained_run(picture_folder(), tmp_path / "my run", accuracies=(0.25, 0.5))
    for _ in range(2):  # the second time in place of the first
        (place,) = run_export.write_tensorboard([run], tmp_path / "board")
    assert place == tmp_path / "board" / "my-run"
    (file,) = place.iterdir()
    points = {
        (value.tag, event.step): value.tensor.float_val[0]
        for event in EventFileLoader(str(file)).Load()
        for value in event.summary.value
    }
    epochs = run.history.epochs
    assert [points["accuracy/validation", step] for step in (1, 2, 3)] == [
        pytest.approx(one.validation.accuracy) for one in epochs
    ]
    assert points["loss/train", 1] == pytest.approx(epochs[0].train.loss)


def test_time_never_goes_back_even_in_an_epoch_that_was_cut_off() -> None:
    events = [*two_stages(), *batches(2, 2, 1)]
    points = [one for one in run_export.scalars(fold(events)) if one.tag == "batch/loss"]
    times = [one.seconds for one in points]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(3 * 0.4)


def test_runs_of_one_name_have_folders_of_their_own(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    pytest.importorskip("tensorboard")
    folder = picture_folder()
    places = [tmp_path / "first", tmp_path / "second", tmp_path / "elsewhere" / "second"]
    runs = [trained_run(folder, place) for place in places]
    for run in runs:
        run_list.write_label(run.directory, RunLabel("base line"))
    written = run_export.write_tensorboard(runs, tmp_path / "board")
    assert [one.name for one in written] == [
        *("base-line-first", "base-line-second", "base-line-second-2")
    ]
    assert all(len(list(one.iterdir())) == 1 for one in written)


def test_without_the_package_one_sentence_says_what_to_install(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained_run(picture_folder(), tmp_path / "run")
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    for name in [one for one in sys.modules if one.startswith("tensorboard.")]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ThawError, match="pip install tensorboard"):
        run_export.write_events(run, tmp_path / "board")
    assert not (tmp_path / "board").exists()
