"""The session of a machine without a display."""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.recipe.config import DatasetConfig
from core.runs.evaluation import Prediction, Result
from gui.session import engine
from gui.session.open_dataset import DatasetJobs
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell import unattended
from gui.shell.app import Options
from gui.shell.rail import STEPS
from gui.shell.window import MainWindow
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED, FakePage, FakeTraining, replace_training


def _let_sample_be(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Open ``folder`` where the sample would be, which takes seconds to draw."""

    def open_sample(jobs: DatasetJobs) -> None:
        jobs.open_folder(folder, DatasetConfig())

    monkeypatch.setattr(DatasetJobs, "open_sample", open_sample)


@pytest.fixture(autouse=True)
def _hooks_put_back(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def training(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, picture_folder: PictureFolder
) -> FakeTraining:
    """Everything that is slow replaced: the sample, torch, the machine, the pages."""
    folder = picture_folder(per_class=10, name="sample")
    _let_sample_be(monkeypatch, folder)
    monkeypatch.setattr(engine, "_import_torch", lambda _stop, _progress: None)
    monkeypatch.setattr(engine, "_measure", lambda _stop, _progress: SPEED)
    monkeypatch.setattr(unattended, "_STILL_MILLISECONDS", 1)

    def window(session: Session) -> MainWindow:
        made = MainWindow(session, FakePage)
        qtbot.addWidget(made)  # left open, it would take the pointer of the tests that follow
        return made

    monkeypatch.setattr(unattended, "MainWindow", window)
    training = replace_training(monkeypatch)
    training.may_finish.set()
    return training


def _runs() -> list[Path]:
    folder = Settings().runs_folder
    return list(folder.iterdir()) if folder.is_dir() else []


def test_it_trains_takes_a_picture_of_each_page_and_says_where(
    training: FakeTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    assert unattended.run(Options()) == 0
    said = capsys.readouterr()
    [run] = _runs()
    for step in STEPS:
        picture = QImage(str(run / "pages" / f"{step}.png"))
        assert (picture.width(), picture.height()) == (1280, 800)
    assert said.out.splitlines() == [
        f"run: {run}",
        f"a picture of each page: {run / 'pages'}",
        "validation accuracy 50.0 % (2 of 4), 95 % interval 15.0 to 85.0 %, epoch: the only one",
    ]
    assert "stage 1, epoch 1: validation accuracy 50.0%" in said.err


def test_changes_are_trained_and_the_persons_own_choices_stay(
    training: FakeTraining, picture_folder: PictureFolder
) -> None:
    assert unattended.run(Options(changes=(("stages.0.epochs", 1),))) == 0
    [run] = _runs()
    assert '"epochs": 1,' in (run / "config.json").read_text()
    folder = Settings().recent_folders[0]
    kept = Settings().load_choices(folder)
    assert kept is not None
    assert kept["recipe"]["stages"][0]["epochs"] == 20


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        ("torch", "PyTorch cannot be loaded (gone)"),
        ("folder", "There is no folder"),
        ("run", "There is not enough memory for this recipe"),
        ("bug", "did not expect: ZeroDivisionError('a bug')"),
    ],
)
def test_what_fails_is_one_sentence_and_status_1(
    training: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    breaks: str,
    said: str,
) -> None:
    def fail(error: Exception) -> Callable[..., None]:
        def raise_it(*_: object) -> None:
            raise error

        return raise_it

    if breaks == "torch":
        missing = ThawError("torch_missing", reason="gone")
        monkeypatch.setattr(engine, "_import_torch", fail(missing))
    elif breaks == "folder":
        gone = tmp_path / "gone"
        _let_sample_be(monkeypatch, gone)
    elif breaks == "run":
        training.outcome, training.code = "failed", "out_of_memory"
    else:
        monkeypatch.setattr(training, "first_events", fail(ZeroDivisionError("a bug")))
    assert unattended.run(Options()) == 1
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""


def test_ctrl_c_stops_the_run_and_keeps_its_best_epoch(
    training: FakeTraining, capsys: pytest.CaptureFixture[str]
) -> None:
    training.may_finish.clear()

    def interrupt() -> None:
        if _runs() and (_runs()[0] / "predictions.csv").is_file():
            signal.raise_signal(signal.SIGINT)
        else:
            QTimer.singleShot(10, interrupt)

    QTimer.singleShot(0, interrupt)
    assert unattended.run(Options()) == 130
    [run] = _runs()
    assert '"outcome": "stopped"' in (run / "history.jsonl").read_text()
    assert (run / "best.safetensors").is_file()
    assert capsys.readouterr().out == ""


def test_the_accuracy_says_all_that_it_rests_on() -> None:
    right = [Prediction(f"{n}.png", 0, 0, (1.0, 0.0)) for n in range(94)]
    wrong = [Prediction(f"{n}.png", 0, 1, (0.0, 1.0)) for n in range(2)]
    result = Result(("a", "b"), (*right, *wrong))
    assert unattended.accuracy_line(result, "accuracy") == (
        "validation accuracy 97.9 % (94 of 96), 95 % interval 92.7 to 99.4 %, "
        "epoch: chosen as the best on these pictures"
    )
    assert "the last one" in unattended.accuracy_line(result, "last")
