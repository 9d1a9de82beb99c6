"""Trying an image: a run's network loaded once, off the window's thread, and the place to drop."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from core.images import load as images
from core.images.errors import ImageError
from core.runs.places import BEST
from core.runs.run import Run
from core.training import network_file
from gui.base import theme
from gui.base import words as base_words
from gui.results.prediction import MOST, PictureAnswer, PredictionJobs, PredictionPanel
from tests.support.pictures import draw, draw_folder
from tests.support.training import events_of, new_run, small_recipe
from tests.support.window.acting import click, press

BEST_EPOCH = 1, 1
Ask = Callable[..., list[PictureAnswer]]

# -- the jobs ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that has learned three plain colours."""
    place = tmp_path_factory.mktemp("trained")
    folder = draw_folder(place / "colours", classes=3, per_class=5)
    recipe = small_recipe('stages=[{"epochs":6}]')
    made = new_run(folder, place / "run", recipe)
    for _event in events_of(made):
        pass
    return made


@pytest.fixture
def jobs(qtbot: QtBot) -> Iterator[PredictionJobs]:
    jobs = PredictionJobs()
    yield jobs
    jobs.close()


@pytest.fixture
def red(tmp_path: Path) -> Path:
    draw(tmp_path / "my sign.png", (200, 40, 40), seed=5)
    return tmp_path / "my sign.png"


@pytest.fixture
def ask(qtbot: QtBot, jobs: PredictionJobs, run: Run) -> Ask:
    """Asks for the answers to some files and waits for them."""

    def made(
        *paths: Path, run: Run = run, best: tuple[int, int] = BEST_EPOCH
    ) -> list[PictureAnswer]:
        answers: list[PictureAnswer] = []
        jobs.answered.connect(answers.append)
        with qtbot.waitSignal(jobs.finished, timeout=20_000):
            jobs.ask(run, best, paths)
        jobs.answered.disconnect(answers.append)
        return answers

    return made


def test_answers_come_in_order_and_a_bad_file_stops_none(
    ask: Ask, run: Run, red: Path, tmp_path: Path
) -> None:
    broken, green = tmp_path / "broken.jpg", tmp_path / "grün.png"
    draw(green, (40, 180, 60), seed=99)
    broken.write_bytes(b"no image")
    first, second, third = ask(green, broken, red)
    assert [one.path for one in (first, second, third)] == [green, broken, red]
    assert (first.answers[0].name, third.answers[0].name) == ("green", "red")
    assert {one.name for one in first.answers} == {"blue", "green", "red"}
    assert sum(one.probability for one in first.answers) == pytest.approx(1)
    assert first.pixels is not None
    np.testing.assert_array_equal(first.pixels, images.load(green, 32, run.config.dataset.fit))
    assert second.answers == ()
    assert second.error is not None
    assert second.error.code == "not_an_image"


def test_the_network_is_loaded_once_for_a_best_epoch(
    jobs: PredictionJobs, ask: Ask, run: Run, red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[Path] = []

    class Counted(network_file.Classifier):
        def __init__(self, run: Run) -> None:
            loaded.append(run.directory)
            super().__init__(run)

    monkeypatch.setattr(network_file, "Classifier", Counted)
    ask(red, red)
    ask(red)
    assert loaded == [run.directory]
    ask(red, best=(9, 9))
    assert loaded == [run.directory] * 2
    jobs.forget()
    ask(red)
    assert loaded == [run.directory] * 3


def test_asking_anew_drops_what_was_not_answered(
    ask: Ask, jobs: PredictionJobs, run: Run, red: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.png"
    draw(new, (200, 40, 40), seed=5)
    jobs.ask(run, BEST_EPOCH, [red, red, red])
    assert [one.path for one in ask(new)] == [new]
    empty = Run(tmp_path / "empty", run.config, run.folder, run.classes, ())
    errors: list[Any] = []
    jobs.failed.connect(errors.append)
    assert ask(red, red, run=empty) == []
    assert [error.code for error in errors] == ["run_without_weights"]
    assert not (empty.directory / BEST).exists()


# -- the panel --------------------------------------------------------------------------------


@pytest.fixture
def panel(qtbot: QtBot) -> PredictionPanel:
    made = PredictionPanel()
    qtbot.addWidget(made)
    made.resize(340, 500)
    made.show()
    return made


def test_images_are_dropped_pasted_or_chosen_in_a_dialog(
    qtbot: QtBot, panel: PredictionPanel, red: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, ...]] = []

    def answer_dialog(*values: object) -> tuple[list[str], str]:
        asked.append(values)
        return [str(red)], ""

    chosen: list[list[Path]] = []
    panel.files_chosen.connect(chosen.append)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", answer_dialog)
    click(panel.choose_button)
    assert chosen.pop() == [red]
    for suffix in ("*.jpg", "*.heic"):
        assert suffix in str(asked[0][3])
    area = panel.drop_area
    area.dropped.emit([red])
    assert chosen.pop() == [red]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(red))])
    QGuiApplication.clipboard().setMimeData(mime)
    area.setFocus()
    qtbot.waitUntil(area.hasFocus)
    press(area, Qt.Key.Key_V, control=True)
    QGuiApplication.clipboard().clear()  # else the process crashes as it ends
    assert chosen == [[red]]


def test_an_answer_shows_the_top_classes(panel: PredictionPanel, red: Path) -> None:
    panel.show_working(True)
    assert panel.message.isVisible()
    answers = network_file.Answer("turn-left", 0.872), network_file.Answer("stop", 0.128)
    panel.show_answer(PictureAnswer(red, np.full((32, 32, 3), 90, np.uint8), answers))
    panel.show_answer(PictureAnswer(Path("bad.jpg"), error=ImageError("truncated_image")))
    panel.show_working(False)
    assert panel.message.isHidden()
    good, bad = panel.cards
    assert good.name.text == red.name
    assert good.bars is not None
    shares = [line.replace("\N{NO-BREAK SPACE}", " ") for line in good.bars.lines]
    assert shares == ["turn-left 87.2 %", "stop 12.8 %"]
    assert good.problem is None
    assert bad.bars is None
    assert bad.problem is not None
    assert bad.problem.text() == base_words.translate("truncated_image", {})
    color = bad.problem.palette().color(bad.problem.foregroundRole())
    assert color == theme.data_color("wrong")
    panel.offer([red])
    assert panel.cards == []


def test_images_beyond_the_most_count_and_none_is_taken_while_training(
    qtbot: QtBot, panel: PredictionPanel, red: Path
) -> None:
    assert not panel.flip_average.isChecked()
    title = panel.drop_area.accessibleName()
    with qtbot.assertNotEmitted(panel.files_chosen):
        panel.flip_average.click()
        panel.set_available(False)
        panel.offer([red])
    assert not panel.choose_button.isEnabled()
    assert not panel.flip_average.isEnabled()
    assert panel.drop_area.accessibleName() != title
    panel.set_available(True)
    with qtbot.waitSignal(panel.files_chosen) as chosen:
        panel.offer([red] * (MOST + 7))
    assert chosen.args == [[red] * MOST]
    panel.show_working(True)
    for number in (MOST, MOST + 7):
        assert str(number) in panel.message.text()
