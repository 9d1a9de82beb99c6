"""A run's name, note and star."""

import json
from pathlib import Path

import pytest

from core.common import files
from core.common.messages import ThawError
from core.runs import list as run_list
from core.runs.list import ABOUT, RunLabel


def test_what_is_said_of_a_run_comes_back(tmp_path: Path) -> None:
    assert run_list.read_label(tmp_path) == RunLabel()
    label = RunLabel("Müller’s  best\nrun ", "first line\nsecond", star=True)
    kept = run_list.write_label(tmp_path, label)
    assert kept == RunLabel("Müller’s best run", "first line\nsecond", star=True)
    assert run_list.read_label(tmp_path) == kept
    assert [one.name for one in tmp_path.iterdir()] == [ABOUT]


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b'{"name": 5, "note": null, "star": "yes"}'])
def test_a_damaged_label_says_nothing(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / ABOUT).write_bytes(damage)
    assert run_list.read_label(tmp_path) == RunLabel()


def test_what_a_later_version_says_stays(tmp_path: Path) -> None:
    (tmp_path / ABOUT).write_text('{"name": "old", "colour": "red"}')
    run_list.write_label(tmp_path, RunLabel("new"))
    assert json.loads((tmp_path / ABOUT).read_bytes())["colour"] == "red"


def test_a_full_disk_leaves_the_old_label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_list.write_label(tmp_path, RunLabel("old"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "sync_file", full)
    with pytest.raises(ThawError, match="No space left"):
        run_list.write_label(tmp_path, RunLabel("new"))
    assert run_list.read_label(tmp_path) == RunLabel("old")
