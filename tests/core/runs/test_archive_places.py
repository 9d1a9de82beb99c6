"""The folders in which runs from files are made: what killed processes left goes, no other."""

import subprocess
import sys
import uuid
from pathlib import Path

import filelock
import pytest

from core.common.messages import InputError
from core.runs import archive
from core.runs import list as run_list
from tests.support.made_runs import made_run
from tests.support.pictures import PictureFolder

_OPENS = """
import sys
from pathlib import Path
from core.runs import archive

with archive.hidden(Path(sys.argv[1])) as place:
    (place / "best.safetensors").write_bytes(b"half of it")
    print(place.name, flush=True)
    sys.stdin.read()
"""


def _opening(folder: Path) -> "subprocess.Popen[str]":
    """Another process that is opening a file into ``folder``."""
    return subprocess.Popen(
        [sys.executable, "-c", _OPENS, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def saved(picture_folder: PictureFolder, tmp_path: Path) -> Path:
    run = made_run(picture_folder(), tmp_path / "home" / "leaf")
    return archive.save(run.directory, tmp_path / "leaf").path


def test_what_a_killed_process_left_goes_and_that_of_a_living_one_stays(
    saved: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "runs"
    with _opening(folder) as killed, _opening(folder) as living:
        assert killed.stdout is not None
        assert living.stdout is not None
        left, at_work = killed.stdout.readline().strip(), living.stdout.readline().strip()
        killed.kill()
        killed.wait()
        assert (folder / left).is_dir()
        archive.open_archive(saved, folder)
        assert {one.name for one in folder.iterdir()} == {"leaf", at_work, f"{at_work}.lock"}
        assert (folder / at_work / "best.safetensors").is_file()
        living.communicate()
        assert living.returncode == 0
    assert [one.name for one in folder.iterdir()] == ["leaf"]


def test_only_such_folders_are_removed(tmp_path: Path) -> None:
    kept = [".opening.mine", ".opening.0123456789", "opening.01234567", ".opening.01234567.old"]
    for name in [*kept, ".opening.01234567"]:
        (tmp_path / name).mkdir()
    (tmp_path / ".opening.89abcdef.lock").touch()
    archive.remove_leftovers(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(kept)


def test_a_lock_that_another_process_took_first_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = iter([uuid.UUID(int=0), uuid.UUID(int=1 << 96)])
    monkeypatch.setattr(uuid, "uuid4", lambda: next(names))
    with (
        filelock.FileLock(tmp_path / ".opening.00000000.lock"),
        archive.hidden(tmp_path) as place,
    ):
        assert place.name == ".opening.00000001"


def test_a_place_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(InputError, match="cannot be written"),
        archive.hidden(tmp_path / "file"),
    ):
        pass
    assert run_list.of_folder(tmp_path) == []
