"""Looking closer at an open folder in the background: one look at a time, and what is known."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from core.dataset import duplicates
from core.dataset.duplicates import Kind
from core.dataset.edits import Edits
from core.dataset.scan import look_through
from core.dataset.split import Split, split
from core.dataset.summary import DatasetSummary, summarize
from core.recipe.config import DatasetConfig
from gui.session.closer_looks import CloserLooks
from tests.support.window.data_page import good_folder, leaky_folder

LIMIT = 200.0
COPIES = [("train/red/000.png", "val/red/copy.png")]


@pytest.fixture
def looks(qtbot: QtBot) -> Iterator[CloserLooks]:
    made = CloserLooks()
    yield made
    made.close()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While it is not set, no picture is looked at."""
    made, fingerprint = threading.Event(), duplicates.fingerprint

    def later(*values: Any, **options: Any) -> object:
        made.wait()
        return fingerprint(*values, **options)

    monkeypatch.setattr(duplicates, "fingerprint", later)
    yield made
    made.set()


def dataset(folder: Path, edits: Edits = Edits()) -> tuple[DatasetSummary, Split]:  # noqa: B008
    summary = summarize(look_through(folder), edits)
    return summary, split(summary, DatasetConfig())


def copies(looks: CloserLooks) -> list[tuple[str, ...]]:
    """The files that are there twice."""
    return [one.paths for one in looks.groups or () if one.kind == Kind.EXACT]


def find(qtbot: QtBot, looks: CloserLooks, folder: Path, edits: Edits = Edits()) -> None:  # noqa: B008
    looks.find_duplicates(*dataset(folder, edits), LIMIT)
    qtbot.waitUntil(lambda: not looks.is_busy)


def test_duplicates_are_found_and_colours_known(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path
) -> None:
    assert looks.groups is None
    find(qtbot, looks, leaky_folder(tmp_path))
    assert copies(looks) == COPIES
    assert looks.gray == frozenset()


def test_one_look_ends_the_other(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path, gate: threading.Event
) -> None:
    folder = leaky_folder(tmp_path)
    looks.find_duplicates(*dataset(folder), LIMIT)
    looks.verify(look_through(folder), LIMIT)
    assert looks.running == "verify"
    with qtbot.waitSignal(looks.verified_files):
        gate.set()
    assert looks.verified
    assert looks.groups is None, "that look was ended"


def test_a_look_called_off_tells_nothing(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path, gate: threading.Event
) -> None:
    folder = leaky_folder(tmp_path)
    looks.find_duplicates(*dataset(folder), LIMIT)
    with qtbot.waitSignal(looks.changed):
        looks.cancel()
    assert not looks.is_busy
    with qtbot.assertNotEmitted(looks.failed), qtbot.waitSignal(looks.folder_changed):
        gate.set()
        looks.check_folder(look_through(folder))  # behind it, so that it has ended by then
    assert looks.groups is None


def test_pictures_that_come_back_are_compared_too(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path
) -> None:
    folder = leaky_folder(tmp_path)
    find(qtbot, looks, folder, Edits().excluding(["val/red/copy.png"]))
    assert copies(looks) == []
    with qtbot.waitSignal(looks.changed):
        looks.rescope(*dataset(folder))
    assert copies(looks) == COPIES


def test_what_changes_while_one_looks_is_looked_at_after_it(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path, gate: threading.Event
) -> None:
    folder = leaky_folder(tmp_path)
    looks.find_duplicates(*dataset(folder, Edits().excluding(["val/red/copy.png"])), LIMIT)
    looks.rescope(*dataset(folder))
    gate.set()
    qtbot.waitUntil(lambda: copies(looks) == COPIES)


def test_another_folder_is_not_told_what_was_found_in_the_one_before(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = leaky_folder(tmp_path)
    find(qtbot, looks, folder)
    begun, gate, found = threading.Event(), threading.Event(), duplicates.find

    def later(*values: Any, **options: Any) -> object:
        begun.set()
        gate.wait()
        return found(*values, **options)

    monkeypatch.setattr(duplicates, "find", later)
    looks.rescope(*dataset(folder))
    qtbot.waitUntil(begun.is_set)
    looks.forget()
    gate.set()
    with qtbot.waitSignal(looks.folder_changed):
        looks.check_folder(look_through(folder))
    assert looks.groups is None


def test_what_fails_is_told(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(duplicates, "cached_fingerprints", fail)
    with qtbot.waitSignal(looks.failed) as told:
        looks.find_duplicates(*dataset(good_folder(tmp_path)), LIMIT)
    assert "the disk is full" in str(told.args[0])
    assert not looks.is_busy


def test_closing_ends_the_look_under_way(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path, gate: threading.Event
) -> None:
    looks.find_duplicates(*dataset(leaky_folder(tmp_path)), LIMIT)
    threading.Timer(0, gate.set).start()
    looks.close()
    assert looks.groups is None


def test_a_copy_that_became_another_picture_is_no_duplicate_any_more(
    qtbot: QtBot, looks: CloserLooks, tmp_path: Path
) -> None:
    folder = leaky_folder(tmp_path)
    find(qtbot, looks, folder)
    assert copies(looks) == COPIES
    Image.effect_noise((40, 40), 90).save(folder / COPIES[0][1])
    with qtbot.waitSignal(looks.changed):
        looks.rescope(*dataset(folder))
    assert copies(looks) == []
