"""A run's network on pictures from anywhere, loaded once, off the window's thread."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from core.images import load as images
from core.runs.places import BEST
from core.runs.run import Run
from core.training import network_file
from gui.results.prediction import PictureAnswer, PredictionJobs
from tests.support.pictures import draw, draw_folder
from tests.support.training import events_of, new_run, small_recipe

CLASSES = ("blue", "green", "red")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that has learned three plain colours."""
    place = tmp_path_factory.mktemp("trained")
    folder = draw_folder(place / "colours", classes=3, per_class=8)
    run = new_run(folder, place / "run", small_recipe("stages.0.epochs=6"))
    for _event in events_of(run):
        pass
    return run


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[PredictionJobs]:
    jobs = PredictionJobs()
    yield jobs
    jobs.close()


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The runs whose network was loaded, one entry each time."""
    loaded: list[Path] = []

    class Counted(network_file.Classifier):
        def __init__(self, run: Run) -> None:
            loaded.append(run.directory)
            super().__init__(run)

    monkeypatch.setattr(network_file, "Classifier", Counted)
    return loaded


def best_of(run: Run) -> tuple[int, int]:
    best = run.history.best
    assert best is not None
    return best.stage, best.epoch


def ask(qtbot: QtBot, jobs: PredictionJobs, run: Run, *paths: Path) -> list[PictureAnswer]:
    answers: list[PictureAnswer] = []
    jobs.answered.connect(answers.append)
    with qtbot.waitSignal(jobs.finished, timeout=20_000):
        jobs.ask(run, best_of(run), paths)
    jobs.answered.disconnect(answers.append)
    return answers


def test_a_picture_gets_its_class_and_is_shown_as_the_network_sees_it(
    qtbot: QtBot, jobs: PredictionJobs, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "grün.png"
    draw(file, (40, 180, 60), seed=99)
    (answer,) = ask(qtbot, jobs, run, file)
    assert answer.path == file
    assert answer.answers[0].name == "green"
    assert {one.name for one in answer.answers} == set(CLASSES)
    assert sum(one.probability for one in answer.answers) == pytest.approx(1)
    assert answer.pixels is not None
    np.testing.assert_array_equal(answer.pixels, images.load(file, 32, run.config.dataset.fit))


def test_answers_come_in_order_and_a_bad_file_stops_none(
    qtbot: QtBot, jobs: PredictionJobs, run: Run, tmp_path: Path
) -> None:
    red, broken, blue = (tmp_path / name for name in ("r.png", "broken.jpg", "b.png"))
    draw(red, (200, 40, 40), seed=5)
    draw(blue, (40, 60, 200), seed=5)
    broken.write_bytes(b"not a picture")
    first, second, third = ask(qtbot, jobs, run, red, broken, blue)
    assert (first.answers[0].name, third.answers[0].name) == ("red", "blue")
    assert second.path == broken
    assert second.answers == ()
    assert second.error is not None
    assert second.error.code == "not_an_image"


def test_the_network_is_loaded_once_for_a_best_epoch(
    qtbot: QtBot, jobs: PredictionJobs, run: Run, loads: list[Path], tmp_path: Path
) -> None:
    file = tmp_path / "one.png"
    draw(file, (200, 40, 40), seed=5)
    ask(qtbot, jobs, run, file, file)
    ask(qtbot, jobs, run, file)
    assert loads == [run.directory]
    with qtbot.waitSignal(jobs.finished, timeout=20_000):
        jobs.ask(run, (9, 9), [file])
    assert loads == [run.directory] * 2
    jobs.forget()
    ask(qtbot, jobs, run, file)
    assert loads == [run.directory] * 3


def test_the_mean_with_the_mirror_image_is_the_classifiers_own(
    qtbot: QtBot, jobs: PredictionJobs, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "halves.png"
    halves = np.zeros((32, 32, 3), np.uint8)
    halves[:, :11], halves[:, 11:] = (200, 40, 40), (40, 60, 200)
    Image.fromarray(halves).save(file)
    answers: list[PictureAnswer] = []
    jobs.answered.connect(answers.append)
    with qtbot.waitSignal(jobs.finished, timeout=20_000):
        jobs.ask(run, best_of(run), [file], flip_average=True)
    own = network_file.Classifier(run).classify(file, flip_average=True)
    plain = network_file.Classifier(run).classify(file)
    assert list(answers[0].answers) == own != plain


def test_asking_anew_drops_what_was_not_answered(
    qtbot: QtBot, jobs: PredictionJobs, run: Run, tmp_path: Path
) -> None:
    old, new = tmp_path / "old.png", tmp_path / "new.png"
    for file in (old, new):
        draw(file, (200, 40, 40), seed=5)
    answers: list[PictureAnswer] = []
    jobs.answered.connect(answers.append)
    jobs.ask(run, best_of(run), [old, old, old])
    with qtbot.waitSignal(jobs.finished, timeout=20_000):
        jobs.ask(run, best_of(run), [new])
    assert [one.path for one in answers] == [new]


def test_a_run_without_weights_says_so(
    qtbot: QtBot, jobs: PredictionJobs, run: Run, tmp_path: Path
) -> None:
    file = tmp_path / "one.png"
    draw(file, (200, 40, 40), seed=5)
    empty = Run(tmp_path / "empty", run.config, run.folder, run.classes, ())
    errors: list[Any] = []
    jobs.failed.connect(errors.append)
    with qtbot.waitSignal(jobs.finished, timeout=20_000):
        jobs.ask(empty, (1, 1), [file, file])
    assert [error.code for error in errors] == ["run_without_weights"]
    assert not (empty.directory / BEST).exists()
