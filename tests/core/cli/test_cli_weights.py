"""``train`` with other weights: a wrong file makes no run, published ones come with a bar."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.cli import main as cli
from core.cli.options import FAILED, WRONG_INPUT
from core.runs.run import Run
from tests.support.download_server import Server, publishing
from tests.support.pictures import PictureFolder
from tests.support.training import SMALL
from tests.support.weights import save, shapes_of, state

NAME = "torchvision-v1"
ONE_BLOCK = ("model.depth=1", 'stages=[{"epochs":1}]')


@pytest.fixture
def folder(picture_folder: PictureFolder) -> Path:
    return picture_folder()


def train(folder: Path, run: Path, *settings: str) -> int:
    given = [part for one in [*SMALL[:5], *ONE_BLOCK, *settings] for part in ("--set", one)]
    return cli.main(["train", str(folder), "--run", str(run), *given])


def test_a_file_of_ones_own_is_trained_from(folder: Path, tmp_path: Path) -> None:
    file = save(tmp_path / "mine.pth", state())
    own = f"model.weights={file.as_posix()}", "model.normalization=unit"
    assert train(folder, tmp_path / "run", *own) == 0
    assert Run.open(tmp_path / "run").environment["weights"]["source"] == "mine.pth"


UNIT = "model.normalization=unit"


@pytest.mark.parametrize(
    ("network", "settings", "said"),
    [
        ("vgg16", [], "doesn't say what its pictures were normalised by"),
        ("resnet18", [UNIT], "a network that isn't VGG16"),
        ("none", [UNIT], "There is no file and no run"),
    ],
)
def test_a_wrong_file_is_told_before_there_is_a_run(
    folder: Path,
    tmp_path: Path,
    network: str,
    settings: list[str],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "mine.pth"
    if network != "none":
        save(file, shapes_of(network))
    code = train(folder, tmp_path / "run", f"model.weights={file.as_posix()}", *settings)
    assert code == WRONG_INPUT
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1
    assert not (tmp_path / "run").exists()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    contents = save(tmp_path / "published.pth", state()).read_bytes()
    with publishing(monkeypatch, NAME, contents) as one:
        yield one


def test_published_weights_are_downloaded_once_their_size_told_first(
    folder: Path, tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(folder, tmp_path / "run", f"model.weights={NAME}") == 0
    told = capsys.readouterr().err
    size = f"{len(server.contents) / 10**6:.0f} MB"
    assert told.index(f"Downloading the weights {NAME} once: {size}") < told.index("100%")
    assert Run.open(tmp_path / "run").environment["weights"]["source"] == NAME
    assert train(folder, tmp_path / "again", f"model.weights={NAME}") == 0
    assert "Downloading" not in capsys.readouterr().err
    assert len(server.asked) == 1


def test_without_a_network_there_is_a_sentence_and_no_run(
    folder: Path, tmp_path: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.mode = "404"
    assert train(folder, tmp_path / "run", f"model.weights={NAME}") == FAILED
    told = capsys.readouterr().err
    assert "answers with 404" in told
    assert "set model.weights to imagenet" in told
    assert not (tmp_path / "run").exists()
