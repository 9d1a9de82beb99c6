"""A run as one file: what comes back, what stays at home, and what is refused."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.messages import InputError, ThawError
from core.runs import archive as runs_archive
from core.runs import evaluation, places
from core.runs import list as run_list
from core.runs import run as runs
from core.runs.archive import MANIFEST
from core.runs.events import BatchFinished, Notice
from core.runs.list import RunLabel
from core.runs.run import Run
from tests.support.made_runs import RECIPE, environment, made_run
from tests.support.pictures import PictureFolder


@pytest.fixture
def run(picture_folder: PictureFolder, tmp_path: Path) -> Run:
    return made_run(picture_folder(per_class=5, name="the pictures"), tmp_path / "runs" / "leaf")


@pytest.fixture
def saved(run: Run, tmp_path: Path) -> Path:
    return runs_archive.save(run.directory, tmp_path / "leaf").path


def _changed(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """``file`` with other members."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def test_a_run_comes_back_with_all_that_can_be_seen_of_it(run: Run, tmp_path: Path) -> None:
    run_list.write_label(run.directory, RunLabel("Leaves, first try", "a note", star=True))
    saved = runs_archive.save(run.directory, tmp_path / "mine.zip")
    assert saved.path == tmp_path / "mine.thaw.zip"
    opened = Run.open(runs_archive.open_archive(saved.path, tmp_path / "elsewhere"))
    assert opened.name == "leaf"
    assert opened.config == RECIPE
    assert opened.history == run.history
    assert opened.pictures == run.pictures
    assert evaluation.of_run(opened) == evaluation.of_run(run)
    before = run_list.of_directory(run.directory)
    after = run_list.of_directory(opened.directory)
    assert before is not None
    assert after is not None
    assert (after.label, after.best, after.created) == (before.label, before.best, before.created)
    assert not (opened.directory / "best.safetensors").exists()


def test_weights_come_along_where_asked(run: Run, tmp_path: Path) -> None:
    saved = runs_archive.save(run.directory, tmp_path / "leaf", weights=True)
    opened = runs_archive.open_archive(saved.path, tmp_path / "elsewhere")
    assert (opened / "best.safetensors").read_bytes() == b"weights"
    (run.directory / "best.safetensors").unlink()
    with pytest.raises(InputError, match="no weights"):
        runs_archive.save(run.directory, tmp_path / "leaf", weights=True)


def test_equal_runs_are_equal_files(run: Run, tmp_path: Path) -> None:
    first = runs_archive.save(run.directory, tmp_path / "first").path.read_bytes()
    assert runs_archive.save(run.directory, tmp_path / "second").path.read_bytes() == first


def test_a_second_one_of_the_name_gets_another(saved: Path, tmp_path: Path) -> None:
    names = [runs_archive.open_archive(saved, tmp_path / "runs").name for _ in range(2)]
    assert names == ["leaf-2", "leaf-3"]


def test_full_paths_stay_at_home(run: Run, tmp_path: Path) -> None:
    weights = tmp_path / "secret place" / "vgg16.h5"
    weights.parent.mkdir()
    weights.touch()
    model = run.config.model.model_copy(update={"weights": str(weights)})
    run.write_config(run.config.model_copy(update={"model": model}))
    run.append(Notice("run_unreadable", {"path": str(run.folder / "a.png"), "reason": "x"}))
    saved = runs_archive.save(run.directory, tmp_path / "leaf")
    assert set(saved.shortened) >= {str(run.folder), str(weights.parent)}
    with zipfile.ZipFile(saved.path) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert str(tmp_path).encode() not in whole
    assert b"secret place" not in whole
    opened = Run.open(runs_archive.open_archive(saved.path, tmp_path / "elsewhere"))
    assert opened.config.model.weights == "vgg16.h5"
    assert opened.folder == opened.directory / "pictures" / "the pictures"


def test_a_run_of_windows_shows_no_path_either(saved: Path, tmp_path: Path) -> None:
    def windows(members: dict[str, bytes]) -> None:
        data = json.loads(members["environment.json"])
        data["folder"] = "C:\\Users\\somebody\\leaves"
        members["environment.json"] = json.dumps(data).encode()

    opened = runs_archive.open_archive(_changed(saved, windows), tmp_path / "runs")
    assert environment(opened)["folder"] == str(opened / "pictures" / "leaves")


def test_a_run_that_was_killed_is_not_offered_to_be_resumed(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    run = made_run(picture_folder(), tmp_path / "runs" / "cut", outcome="")
    saved = runs_archive.save(run.directory, tmp_path / "cut")
    folder = tmp_path / "elsewhere"
    runs_archive.open_archive(saved.path, folder)
    assert runs.interrupted(folder) == []
    assert [one.state for one in run_list.of_folder(folder)] == ["interrupted"]


def test_a_run_that_trains_is_not_saved(run: Run, tmp_path: Path) -> None:
    with places.held(run.directory), pytest.raises(InputError, match="trains now"):
        runs_archive.save(run.directory, tmp_path / "leaf")
    assert not list(tmp_path.glob("*.zip"))


def test_a_folder_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ThawError) as error:
        runs_archive.save(run.directory, tmp_path / "nowhere" / "leaf")
    assert error.value.code == "archive_unwritable"


def _add(name: str, data: bytes = b"x") -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.update({name: data})


def _event(kind: str, accuracy: float = 0.5, **values: object) -> Callable[..., None]:
    """Adds an event to the history, of whatever values."""
    score = {"loss": 1.0, "accuracy": accuracy, "images": 8}
    scores = {"train": score, "validation": score} if kind == "EpochFinished" else {}
    line = json.dumps({"event": kind, **scores, **values}).encode() + b"\n"
    return lambda members: members.update({"history.jsonl": members["history.jsonl"] + line})


def _batch_of(picture: str) -> Callable[..., None]:
    event = BatchFinished(1, 1, 1, 8, 1.0, 0.5, pictures=(picture,))
    return _event("BatchFinished", **vars(event))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (_add("../evil.py"), "archive_foreign"),
        (_add("/etc/passwd"), "archive_foreign"),
        (_add("run/config.json"), "archive_foreign"),
        (_add("lock"), "archive_foreign"),
        (_add("checkpoints/1.safetensors"), "archive_foreign"),
        (_add("config.json", b"{"), "archive_unreadable"),
        (
            _add("config.json", b'{"model": {"weights": "none"}, "run": "this"}'),
            "archive_unreadable",
        ),
        (_add("environment.json", b"[]"), "archive_unreadable"),
        (_add("history.jsonl", b"nothing\n"), "archive_unreadable"),
        (_event("EpochFinished", stage="1", epoch=3), "archive_unreadable"),
        (_event("EpochFinished", stage=1, epoch=3, block_changes="none"), "archive_unreadable"),
        (_event("EpochFinished", stage=1, epoch=3, accuracy=5), "archive_unreadable"),
        (_event("StageStarted", stage=1, epochs=2, thawed=[1, "x"]), "archive_unreadable"),
        (_batch_of("../../secret.png"), "archive_unreadable"),
        (_add("predictions.csv", b"a,b\n"), "archive_unreadable"),
        (_add(MANIFEST, b'{"schema": 99, "run": "x"}'), "archive_newer"),
        (_add(MANIFEST, b"[]"), "archive_unreadable"),
        (_add("about.json", bytes(2 << 20)), "archive_too_large"),
        (lambda members: members.pop("history.jsonl"), "archive_incomplete"),
        (lambda members: members.clear(), "archive_incomplete"),
    ],
)
def test_what_is_no_run_leaves_nothing(
    saved: Path, tmp_path: Path, change: Callable[[dict[str, bytes]], None], code: str
) -> None:
    folder = tmp_path / "elsewhere"
    with pytest.raises(InputError) as error:
        runs_archive.open_archive(_changed(saved, change), folder)
    assert error.value.code == code
    assert not folder.exists() or not list(folder.iterdir())
    assert not (tmp_path / "evil.py").exists()


@pytest.mark.parametrize("path", ["../../secret.png", "/etc/secret.png", "red/../../secret.png"])
def test_pictures_outside_of_the_dataset_are_refused(
    saved: Path, tmp_path: Path, path: str
) -> None:
    def aim(members: dict[str, bytes]) -> None:
        lines = members["dataset.csv"].decode().splitlines()
        lines[1] = ",".join([path, *lines[1].split(",")[1:]])
        members["dataset.csv"] = ("\n".join(lines) + "\n").encode()

    with pytest.raises(InputError, match="secret"):
        runs_archive.open_archive(_changed(saved, aim), tmp_path / "elsewhere")


def test_a_name_that_leads_elsewhere_becomes_a_plain_one(saved: Path, tmp_path: Path) -> None:
    name = json.dumps({"schema": 1, "run": "../../.ssh/my run"}).encode()
    opened = runs_archive.open_archive(_changed(saved, _add(MANIFEST, name)), tmp_path / "runs")
    assert opened.parent == tmp_path / "runs"
    assert opened.name == "ssh-my-run"


def test_one_that_says_less_than_it_holds_is_stopped(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = zipfile.ZipFile.infolist

    def modest(self: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        found = real(self)
        limits = runs_archive._LIMITS
        for one in found:
            if one.file_size > limits[one.filename]:
                one.file_size = 1
        return found

    monkeypatch.setattr(zipfile.ZipFile, "infolist", modest)
    _changed(saved, _add("about.json", bytes(2 << 20)))
    with pytest.raises(InputError):
        runs_archive.open_archive(saved, tmp_path / "elsewhere")
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_told(saved: Path, tmp_path: Path, share: float) -> None:
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(InputError, match="only a part of one"):
        runs_archive.open_archive(saved, tmp_path / "elsewhere")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        runs_archive.open_archive(tmp_path / "nothing.thaw.zip", tmp_path / "runs")
    assert error.value.code == "archive_missing"


@given(data=st.data())
def test_a_damaged_file_is_a_sentence_and_never_half_a_run(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (MANIFEST, "config.json", "history.jsonl", "environment.json", "dataset.csv"):
            archive.writestr(name, b'{"schema": 1, "run": "x"}' * 20)
    content = bytearray(whole.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))]
    (folder / "run.thaw.zip").write_bytes(content)
    with pytest.raises(InputError):
        runs_archive.open_archive(folder / "run.thaw.zip", folder / "runs")
    assert not list(folder.glob("runs/*"))
