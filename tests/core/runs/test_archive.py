"""A run as one file: what comes back, what is left out, what is refused, what a kill leaves."""

import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.messages import InputError, ThawError
from core.runs import archive as runs_archive
from core.runs import evaluation, places
from core.runs import list as run_list
from core.runs.archive import MANIFEST
from core.runs.events import BatchFinished, Notice
from core.runs.list import RunLabel
from core.runs.run import Run
from tests.support.pictures import draw_folder
from tests.support.runs import recorded_run

Members = dict[str, bytes]
Change = Callable[[Members], object]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    home = tmp_path_factory.mktemp("archives")
    return recorded_run(draw_folder(home / "the images", 2, 5), home / "leaf")


@pytest.fixture
def run(made: Run, tmp_path: Path) -> Run:
    return Run.open(shutil.copytree(made.directory, tmp_path / "runs" / "leaf"))


@pytest.fixture
def saved(run: Run, tmp_path: Path) -> Path:
    return runs_archive.save(run.directory, tmp_path / "leaf").path


def changed(file: Path, change: Change) -> Path:
    """``file`` with other members."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def left(folder: Path) -> list[str]:
    """What lies in ``folder``, beside the lock of those that open runs into it."""
    return sorted(one.name for one in folder.glob("*") if one.name != ".opening.lock")


def refusal(file: Path, folder: Path) -> InputError:
    """Why ``file`` is not opened into ``folder``, where nothing of it is left."""
    with pytest.raises(InputError) as error:
        runs_archive.open_archive(file, folder)
    assert left(folder) == []
    return error.value


# -- saving and opening ---------------------------------------------------------------------


def test_a_run_comes_back_with_all_that_can_be_seen_of_it(run: Run, tmp_path: Path) -> None:
    run_list.write_label(run.directory, RunLabel("Leaves, first try", "a note", star=True))
    saved = runs_archive.save(run.directory, tmp_path / "mine.zip").path
    assert saved == tmp_path / "mine.thaw.zip"
    again = runs_archive.save(run.directory, tmp_path / "again").path
    assert again.read_bytes() == saved.read_bytes(), "equal runs are equal files"
    opened = Run.open(runs_archive.open_archive(saved, tmp_path / "elsewhere"))
    assert opened.name == "leaf"
    assert (opened.config, opened.history) == (run.config, run.history)
    assert opened.pictures == run.pictures
    assert evaluation.of_run(opened) == evaluation.of_run(run)
    before, after = map(run_list.of_directory, (run.directory, opened.directory))
    assert (after.label, after.best, after.created) == (before.label, before.best, before.created)
    assert not (opened.directory / "best.safetensors").exists()
    names = [runs_archive.open_archive(saved, tmp_path / "elsewhere").name for _ in range(2)]
    assert names == ["leaf-2", "leaf-3"], "a second one of the name gets another"


def test_weights_come_along_where_asked(run: Run, tmp_path: Path) -> None:
    saved = runs_archive.save(run.directory, tmp_path / "leaf", weights=True)
    opened = runs_archive.open_archive(saved.path, tmp_path / "elsewhere")
    assert (opened / "best.safetensors").read_bytes() == b"weights"
    (run.directory / "best.safetensors").unlink()
    with pytest.raises(InputError) as error:
        runs_archive.save(run.directory, tmp_path / "leaf", weights=True)
    assert error.value.code == "run_without_weights"


def test_full_paths_are_left_out(run: Run, tmp_path: Path) -> None:
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
    assert str(run.folder.parent).encode() not in whole
    assert b"secret place" not in whole
    opened = Run.open(runs_archive.open_archive(saved.path, tmp_path / "elsewhere"))
    assert opened.config.model.weights == "vgg16.h5"
    assert opened.folder == opened.directory / "pictures" / "the images"


def test_a_run_of_windows_shows_no_path_either(saved: Path, tmp_path: Path) -> None:
    def windows(members: Members) -> None:
        data = {**json.loads(members["environment.json"]), "folder": "C:\\Users\\some\\leaves"}
        members["environment.json"] = json.dumps(data).encode()

    opened = runs_archive.open_archive(changed(saved, windows), tmp_path / "runs")
    data = json.loads((opened / "environment.json").read_bytes())
    assert data["folder"] == str(opened / "pictures" / "leaves")


def test_a_run_that_was_killed_is_not_offered_to_be_resumed(run: Run, tmp_path: Path) -> None:
    history, folder = run.directory / "history.jsonl", tmp_path / "elsewhere"
    history.write_bytes(b"".join(history.read_bytes().splitlines(keepends=True)[:-1]))
    runs_archive.open_archive(runs_archive.save(run.directory, tmp_path / "cut").path, folder)
    assert run_list.interrupted(folder) == []
    assert [one.state for one in run_list.of_folder(folder)] == ["interrupted"]


def test_a_running_run_is_not_saved(run: Run, tmp_path: Path) -> None:
    with places.held(run.directory), pytest.raises(InputError) as error:
        runs_archive.save(run.directory, tmp_path / "leaf")
    assert error.value.code == "archive_run_in_use"
    with pytest.raises(ThawError) as error:
        runs_archive.save(run.directory, tmp_path / "nowhere" / "leaf")
    assert error.value.code == "archive_unwritable"
    assert not list(tmp_path.glob("*.zip"))


# -- refusing -------------------------------------------------------------------------------


def add(name: str, data: bytes = b"x") -> Change:
    return lambda members: members.update({name: data})


def event(kind: str, accuracy: float = 0.5, **values: object) -> Change:
    """Adds an event to the history, of whatever values."""
    score = {"loss": 1.0, "accuracy": accuracy, "images": 8}
    scores = {"train": score, "validation": score} if kind == "EpochFinished" else {}
    line = json.dumps({"event": kind, **scores, **values}).encode() + b"\n"
    return lambda members: members.update({"history.jsonl": members["history.jsonl"] + line})


def first_image(path: str) -> Change:
    """Lets the table of images begin with another path."""

    def aim(members: Members) -> None:
        head, row, *rows = members["dataset.csv"].decode().splitlines()
        moved = ",".join([path, *row.split(",")[1:]])
        members["dataset.csv"] = "\n".join([head, moved, *rows, ""]).encode()

    return aim


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (add("../evil.py"), "archive_foreign"),
        (add("/etc/passwd"), "archive_foreign"),
        (add("lock"), "archive_foreign"),
        (add("checkpoints/1.safetensors"), "archive_foreign"),
        (add("config.json", b"{"), "archive_unreadable"),
        (add("config.json", b'{"model": {"weights": "none"}, "run": 1}'), "archive_unreadable"),
        (add("environment.json", b"[]"), "archive_unreadable"),
        (add("history.jsonl", b"nothing\n"), "archive_unreadable"),
        (event("EpochFinished", stage="one", epoch=3), "archive_unreadable"),
        (event("EpochFinished", stage=1, epoch=3, block_changes="none"), "archive_unreadable"),
        (event("EpochFinished", stage=1, epoch=3, accuracy=5), "archive_unreadable"),
        (event("StageStarted", stage=1, epochs=2, thawed=[1, "x"]), "archive_unreadable"),
        (
            event("BatchFinished", **vars(BatchFinished(1, 1, pictures=("../../secret.png",)))),
            "archive_unreadable",
        ),
        (add("predictions.csv", b"a,b\n"), "archive_unreadable"),
        (first_image("../../secret.png"), "archive_unreadable"),
        (first_image("/etc/secret.png"), "archive_unreadable"),
        (first_image("red/../../secret.png"), "archive_unreadable"),
        (add(MANIFEST, b'{"schema": 99, "run": "x"}'), "archive_newer"),
        (add(MANIFEST, b"[]"), "archive_unreadable"),
        (add("about.json", bytes((1 << 20) + 1)), "archive_too_large"),
        (lambda members: members.pop("history.jsonl"), "archive_incomplete"),
        (lambda members: members.clear(), "archive_incomplete"),
    ],
)
def test_what_is_no_run_leaves_nothing(
    saved: Path, tmp_path: Path, change: Change, code: str
) -> None:
    error = refusal(changed(saved, change), tmp_path / "elsewhere")
    assert error.code == code
    assert not (tmp_path / "evil.py").exists()


def test_a_member_that_is_larger_than_it_says_is_stopped(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = zipfile.ZipFile.infolist

    def modest(self: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
        found = real(self)
        next(one for one in found if one.filename == "about.json").file_size = 1
        return found

    changed(saved, add("about.json", bytes(2 << 20)))
    monkeypatch.setattr(zipfile.ZipFile, "infolist", modest)
    refusal(saved, tmp_path / "elsewhere")


def test_a_name_that_leads_elsewhere_becomes_a_plain_one(saved: Path, tmp_path: Path) -> None:
    about = b'{"name": "whole"}'.ljust(1 << 20)  # as large as such a member may be
    name = json.dumps({"schema": 1, "run": "../../.ssh/my run"}).encode()
    file = changed(changed(saved, add(MANIFEST, name)), add("about.json", about))
    opened = runs_archive.open_archive(file, tmp_path / "runs")
    assert opened == tmp_path / "runs" / "ssh-my-run"
    assert run_list.read_label(opened).name == "whole"


def test_a_missing_or_cut_file_or_one_with_a_member_twice_is_refused(
    saved: Path, tmp_path: Path
) -> None:
    folder, whole = tmp_path / "elsewhere", saved.read_bytes()
    assert refusal(tmp_path / "nothing.thaw.zip", folder).code == "archive_missing"
    for share in (0.0, 0.5, 0.99):
        saved.write_bytes(whole[: int(share * len(whole))])
        assert refusal(saved, folder).code == "archive_no_zip"
    saved.write_bytes(whole)
    with zipfile.ZipFile(saved, "a") as archive, pytest.warns(UserWarning, match=r"config\.json"):
        archive.writestr("config.json", archive.read("config.json"))
    error = refusal(saved, folder)
    assert (error.code, error.values["name"]) == ("archive_foreign", "config.json")


@given(data=st.data())
def test_a_damaged_file_is_refused_and_never_half_a_run(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    file, whole = folder / "run.thaw.zip", io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (MANIFEST, "config.json", "history.jsonl", "environment.json", "dataset.csv"):
            archive.writestr(name, b'{"schema": 1, "run": "x"}' * 20)
    content = bytearray(whole.getvalue())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    file.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    refusal(file, folder / "runs")


# -- hidden folders -------------------------------------------------------------------------


_OPENS = """
import sys
from pathlib import Path
from core.runs import archive

with archive.hidden(Path(sys.argv[1])) as place:
    (place / "best.safetensors").write_bytes(b"half of it")
    print(place.name, flush=True)
    sys.stdin.read()
"""


def test_one_process_at_a_time_opens_a_run_and_what_a_killed_one_left_goes(
    saved: Path, tmp_path: Path
) -> None:
    folder, pipe = tmp_path / "runs", subprocess.PIPE
    command = [sys.executable, "-c", _OPENS, str(folder)]
    with (
        ThreadPoolExecutor() as later,
        subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as killed,
    ):
        place = folder / killed.stdout.readline().strip()
        opened = later.submit(runs_archive.open_archive, saved, folder)
        with pytest.raises(TimeoutError):
            opened.result(0.2)
        assert (place / "best.safetensors").is_file()
        assert [one.name for one in run_list.of_folder(folder)] == ["leaf"]
        killed.kill()
        assert opened.result().name == "leaf-2"
    assert left(folder) == ["leaf", "leaf-2"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="asks for a disk without space")
def test_a_disk_that_fills_while_a_run_is_unpacked_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = runs_archive.save(run.directory, tmp_path / "leaf").path

    def full(*_: str) -> IO[bytes]:
        return Path("/dev/full").open("wb")

    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "open", full, raising=False)
        with pytest.raises(InputError) as error:
            runs_archive.open_archive(saved, tmp_path / "elsewhere")
    assert error.value.code == "run_folder_unwritable"
    assert "[Errno" not in str(error.value)
    assert left(tmp_path / "elsewhere") == []


def test_a_place_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as error, runs_archive.hidden(tmp_path / "file"):
        pass
    assert error.value.code == "run_folder_unwritable"
    assert "[Errno" not in str(error.value)
