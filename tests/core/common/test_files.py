"""Replacing a file: wholly or not at all."""

import os
from pathlib import Path

import pytest

from core.common import files


def test_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.replace(path, b"one")
    files.replace(path, b"two")
    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a.json"]


def test_a_failing_write_leaves_the_old_file_and_no_litter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.json"
    files.replace(path, b"old")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.replace(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.json"]


def test_long_names_can_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 250)
    files.replace(path, b"data")
    assert path.read_bytes() == b"data"
