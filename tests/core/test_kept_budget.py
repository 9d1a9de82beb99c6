"""The budget of kept records: what is shown, what goes, and what never does."""

import os
import shutil
import time
from pathlib import Path

import pytest

from core import files, kept_budget
from core.record_store import RecordStore

SIZE = 1000
HOUR = 3600.0


def keep(which: int, hours_ago: float, records: int = 10) -> RecordStore:
    """A store of about ``records`` kB that was last used some hours ago."""
    store = RecordStore(kept_budget.root(), SIZE, {"kind": "features", "which": which})
    for number in range(records):
        store.put(number.to_bytes(32, "little"), bytes(SIZE))
    store.close()
    then = time.time() - hours_ago * HOUR
    os.utime(store.folder / "used", (then, then))
    return store


def left() -> list[str]:
    return sorted(str(one.about["which"]) for one in kept_budget.usage())


@pytest.fixture
def three() -> list[RecordStore]:
    """Used 3, 1 and 2 hours ago, within a budget that holds two and a half."""
    kept_budget.choose_budget(10**9)
    stores = [keep(0, 3), keep(1, 1), keep(2, 2)]
    one = kept_budget.usage()[0].bytes
    (files.cache_folder() / "kept.json").write_text(f'{{"budget": {5 * one // 2}}}')
    return stores


def test_usage_tells_what_is_kept_the_last_used_first(three: list[RecordStore]) -> None:
    usage = kept_budget.usage()
    assert [one.about["which"] for one in usage] == [1, 2, 0]
    assert [one.folder for one in usage] == [three[place].folder for place in (1, 2, 0)]
    assert {one.kind for one in usage} == {"features"}
    on_disk = sum(file.stat().st_size for file in three[0].folder.iterdir())
    assert usage[2].bytes == on_disk > 10 * SIZE
    assert usage[2].last_used == pytest.approx(time.time() - 3 * HOUR, abs=HOUR / 2)
    (three[0].folder / "about.json").write_bytes(b"\xff{")
    assert (kept_budget.usage()[2].kind, kept_budget.usage()[2].about) == ("features", {})


def test_without_anything_kept_there_is_room() -> None:
    assert kept_budget.usage() == []
    assert kept_budget.make_room(1000)
    assert kept_budget.clear() == 0
    assert not kept_budget.root().exists()


def test_what_was_used_least_recently_goes_first(three: list[RecordStore]) -> None:
    assert kept_budget.make_room(0)
    assert left() == ["1", "2"]
    assert kept_budget.make_room(10 * SIZE)
    assert left() == ["1"]


def test_what_is_named_or_in_use_stays(three: list[RecordStore]) -> None:
    keep(3, hours_ago=0)  # another process has just used it
    assert kept_budget.make_room(0, keep=[three[0].folder])
    assert left() == ["0", "3"]
    assert not kept_budget.make_room(15 * SIZE, keep=[three[0].folder])


def test_what_a_run_has_just_let_go_makes_room_for_the_next() -> None:
    kept_budget.choose_budget(15 * SIZE)
    store = RecordStore(kept_budget.root(), SIZE, {"kind": "features", "which": 1})
    for number in range(10):
        store.put(number.to_bytes(32, "little"), bytes(SIZE))
    assert not kept_budget.make_room(10 * SIZE)
    store.close()
    assert kept_budget.make_room(10 * SIZE)
    assert left() == []


def test_nothing_goes_in_vain(three: list[RecordStore]) -> None:
    assert not kept_budget.make_room(10**6)
    assert left() == ["0", "1", "2"]


def test_a_nearly_full_disk_counts_more_than_the_budget(
    three: list[RecordStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept_budget.choose_budget(10**9)
    usage = shutil.disk_usage(kept_budget.root())
    spare = kept_budget.SPARE_BYTES
    monkeypatch.setattr(
        kept_budget.shutil, "disk_usage", lambda _: usage._replace(free=spare + 15 * SIZE)
    )
    assert kept_budget.make_room(14 * SIZE)
    assert left() == ["0", "1", "2"]
    assert kept_budget.make_room(24 * SIZE)
    assert left() == ["1", "2"]


def test_a_smaller_budget_is_followed_at_once(three: list[RecordStore]) -> None:
    kept_budget.choose_budget(12 * SIZE)
    assert kept_budget.budget() == 12 * SIZE
    assert left() == ["1"]
    kept_budget.choose_budget(0)
    assert left() == []
    assert not kept_budget.make_room(1)


@pytest.mark.parametrize("text", [None, "", "{", "[1]", '{"budget": "x"}', '{"budget": -1}'])
def test_unless_chosen_the_budget_follows_the_disk(
    monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    files.cache_folder().mkdir(parents=True)
    kept_budget.choose_budget(5)
    kept_budget.choose_budget(None)
    if text is not None:
        (files.cache_folder() / "kept.json").write_text(text)
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(kept_budget.shutil, "disk_usage", lambda _: usage._replace(free=10**10))
    assert kept_budget.chosen_budget() is None
    assert kept_budget.budget() == 10**9
    monkeypatch.setattr(kept_budget.shutil, "disk_usage", lambda _: usage._replace(free=10**13))
    assert kept_budget.budget() == kept_budget.DEFAULT_MOST


def test_clear_removes_everything_and_a_reader_goes_on(three: list[RecordStore]) -> None:
    reader = RecordStore(kept_budget.root(), SIZE, {"kind": "features", "which": 1})
    before = sum(one.bytes for one in kept_budget.usage())
    assert kept_budget.clear() == before
    assert list(kept_budget.root().iterdir()) == []
    reader.touch()
    reader.put(b"n" * 32, bytes(SIZE))
    assert reader.get([b"n" * 32]).tobytes() == bytes(SIZE)
    reader.close()
    assert left() == ["1"]


def test_what_a_crash_left_half_removed_goes(
    three: list[RecordStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(kept_budget.shutil, "rmtree", lambda *_, **__: None)
        kept_budget.make_room(0)
    assert left() == ["1", "2"]
    assert len(list(kept_budget.root().iterdir())) == 3
    kept_budget.make_room(0)
    assert len(list(kept_budget.root().iterdir())) == 2


def test_what_the_system_does_not_let_go_stays(
    three: list[RecordStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(13, "in use", str(path))

    monkeypatch.setattr(Path, "rename", refuse)
    assert kept_budget.clear() == 0
    assert not kept_budget.make_room(0)
    assert left() == ["0", "1", "2"]
