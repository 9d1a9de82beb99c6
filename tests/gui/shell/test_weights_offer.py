"""A training begins only with weights that are there and that fit."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.model.weights import download as weight_download
from gui.base import words as base_words
from gui.session.session import Session
from gui.shell.offers import WeightsOffer
from tests.support.download_server import Server, publishing
from tests.support.pictures import PictureFolder
from tests.support.weights import save, shapes_of, state
from tests.support.window.fakes import FakeTraining, open_folder, replace_training

NAME = "torchvision-features"


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    fake = replace_training(monkeypatch)
    fake.may_finish.set()
    return fake


@pytest.fixture
def ready(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder, training: FakeTraining
) -> Session:
    """A session whose recipe could be trained."""
    open_folder(qtbot, session, picture_folder(per_class=5))
    return session


@pytest.fixture
def offer(qtbot: QtBot, ready: Session) -> WeightsOffer:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return WeightsOffer(ready, window)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with publishing(monkeypatch, NAME, b"weights" * 1000) as one:
        yield one


def test_training_waits_for_the_download_and_then_begins(
    qtbot: QtBot, ready: Session, offer: WeightsOffer, server: Server
) -> None:
    ready.change("model.weights", NAME)
    with qtbot.assertNotEmitted(ready.training_started):
        ready.start_training()
        ready.start_training()
    dialog = offer.dialog
    assert dialog is not None
    with qtbot.waitSignals([ready.run_created, ready.training_finished]):
        qtbot.mouseClick(dialog.download_button, Qt.MouseButton.LeftButton)
    assert offer.dialog is None
    assert ready.run is not None
    assert ready.run.config.model.weights == NAME


def test_the_built_in_weights_train_at_once(
    qtbot: QtBot, ready: Session, offer: WeightsOffer, server: Server
) -> None:
    ready.change("model.weights", NAME)
    ready.start_training()
    assert offer.dialog is not None
    with qtbot.waitSignal(ready.training_finished):
        qtbot.mouseClick(offer.dialog.built_in_button, Qt.MouseButton.LeftButton)
    assert ready.run is not None
    assert ready.run.config.model.weights == "imagenet"
    assert server.asked == []


def test_whoever_cancels_trains_nothing(
    qtbot: QtBot, ready: Session, offer: WeightsOffer, server: Server
) -> None:
    ready.change("model.weights", NAME)
    ready.start_training()
    assert offer.dialog is not None
    with qtbot.assertNotEmitted(ready.training_started):
        offer.dialog.reject()
    assert offer.dialog is None
    assert ready.recipe.model.weights == NAME


def test_damaged_weights_are_downloaded_anew_and_then_train(
    qtbot: QtBot, ready: Session, offer: WeightsOffer, server: Server
) -> None:
    damaged = weight_download.place(NAME)
    damaged.parent.mkdir(parents=True, exist_ok=True)
    damaged.write_bytes(b"cut sho")
    ready.change("model.weights", NAME)
    with qtbot.waitSignal(ready.training_finished):
        ready.start_training()
    dialog = offer.dialog
    assert dialog is not None
    assert "is damaged" in dialog.why.text()
    with qtbot.waitSignals([ready.run_created, ready.training_finished]):
        qtbot.mouseClick(dialog.download_button, Qt.MouseButton.LeftButton)
    assert damaged.read_bytes() == server.contents


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("resnet18", "holds a network that isn't VGG16: its layer conv1"),
        ("vgg16", "doesn’t say what its pictures were normalised by"),
        ("none", "There is no file"),
    ],
)
def test_a_wrong_file_is_refused_in_words_before_there_is_a_run(
    qtbot: QtBot, ready: Session, tmp_path: Path, network: str, said: str
) -> None:
    file = tmp_path / "mine.pth"
    if network != "none":
        save(file, shapes_of(network))
    ready.change("model.weights", str(file))
    errors: list[ThawError] = []
    ready.training_failed.connect(errors.append)
    with qtbot.waitSignal(ready.training_finished):
        ready.start_training(tmp_path / "run")
    assert [said in base_words.error_text(one) for one in errors] == [True]
    assert not (tmp_path / "run").exists()
    assert ready.run is None


def test_a_file_that_fits_trains(qtbot: QtBot, ready: Session, tmp_path: Path) -> None:
    file = save(tmp_path / "mine.pth", state())
    model = ready.recipe.model.model_dump(mode="json")
    ready.change("model", {**model, "weights": str(file), "normalization": "unit"})
    with qtbot.waitSignal(ready.training_finished):
        ready.start_training(tmp_path / "run")
    assert ready.run is not None
