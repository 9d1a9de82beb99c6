"""The budget of kept records: what is shown, what goes, and what never does."""

import os
import shutil
import time
from pathlib import Path

import pytest

from core.common import files
from core.compute.cache import budget as cache_budget
from core.compute.cache.records import SPARE_BYTES, RecordStore

SIZE = 1000
HOUR = 3600.0


def filled(which: int) -> RecordStore:
    """A store in use, of about 10 kB."""
    store = RecordStore(cache_budget.root(), SIZE, {"kind": "features", "which": which})
    for number in range(10):
        store.put(number.to_bytes(32, "little"), bytes(SIZE))
    return store


def keep(which: int, hours_ago: float) -> RecordStore:
    """The same, closed and last used some hours ago."""
    store = filled(which)
    store.close()
    then = time.time() - hours_ago * HOUR
    os.utime(store.folder / "used", (then, then))
    return store


def left() -> list[object]:
    return sorted(one.about["which"] for one in cache_budget.usage())  # type: ignore[type-var]


def let_free(patch: pytest.MonkeyPatch, free: int) -> None:
    """Let the disk have so many free bytes."""
    usage = shutil.disk_usage("/")._replace(free=free)
    patch.setattr(cache_budget.shutil, "disk_usage", lambda _: usage)


@pytest.fixture
def three() -> list[RecordStore]:
    """Used 3, 1 and 2 hours ago, within a budget that holds two and a half."""
    cache_budget.choose_budget(10**9)
    stores = [keep(0, 3), keep(1, 1), keep(2, 2)]
    one = cache_budget.usage()[0].bytes
    (files.cache_folder() / "kept.json").write_text(f'{{"budget": {5 * one // 2}}}')
    return stores


def test_usage_tells_what_is_kept_the_last_used_first(three: list[RecordStore]) -> None:
    usage = cache_budget.usage()
    assert [one.about["which"] for one in usage] == [1, 2, 0]
    assert [one.folder for one in usage] == [three[place].folder for place in (1, 2, 0)]
    assert {one.kind for one in usage} == {"features"}
    on_disk = sum(file.stat().st_size for file in three[0].folder.iterdir())
    assert usage[2].bytes == on_disk > 10 * SIZE
    assert usage[2].last_used == pytest.approx(time.time() - 3 * HOUR, abs=HOUR / 2)
    (three[0].folder / "about.json").write_bytes(b"\xff{")
    assert (cache_budget.usage()[2].kind, cache_budget.usage()[2].about) == ("features", {})


def test_the_least_recently_used_goes_first_and_nothing_in_vain(three: list[RecordStore]) -> None:
    assert not cache_budget.make_room(10**6)
    assert left() == [0, 1, 2]
    assert cache_budget.make_room(0)
    assert left() == [1, 2]
    assert cache_budget.make_room(10 * SIZE)
    assert left() == [1]


def test_what_is_named_or_in_use_stays(three: list[RecordStore]) -> None:
    keep(3, hours_ago=0)  # another process has just used it
    assert cache_budget.make_room(0, keep=[three[0].folder])
    assert left() == [0, 3]
    assert not cache_budget.make_room(15 * SIZE, keep=[three[0].folder])


def test_what_a_run_has_just_let_go_makes_room_for_the_next() -> None:
    assert cache_budget.make_room(1000)
    assert (cache_budget.usage(), cache_budget.clear()) == ([], 0)
    assert not cache_budget.root().exists()
    cache_budget.choose_budget(15 * SIZE)
    store = filled(1)
    assert not cache_budget.make_room(10 * SIZE)
    store.close()
    assert cache_budget.make_room(10 * SIZE)
    assert left() == []


def test_a_nearly_full_disk_counts_more_than_the_budget(
    three: list[RecordStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    cache_budget.choose_budget(10**9)
    let_free(monkeypatch, SPARE_BYTES + 15 * SIZE)
    assert cache_budget.make_room(14 * SIZE)
    assert left() == [0, 1, 2]
    assert cache_budget.make_room(24 * SIZE)
    assert left() == [1, 2]


def test_a_smaller_budget_is_followed_at_once(three: list[RecordStore]) -> None:
    for most, expected in ((12 * SIZE, [1]), (0, [])):
        cache_budget.choose_budget(most)
        assert (cache_budget.budget(), left()) == (most, expected)
    assert not cache_budget.make_room(1)


@pytest.mark.parametrize("text", [None, "", "{", "[1]", '{"budget": "x"}', '{"budget": -1}'])
def test_the_budget_follows_the_disk(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    cache_budget.choose_budget(5)
    cache_budget.choose_budget(None)
    if text is not None:
        (files.cache_folder() / "kept.json").write_text(text)
    let_free(monkeypatch, 10**10)
    assert cache_budget.chosen_budget() is None
    assert cache_budget.budget() == 10**9
    let_free(monkeypatch, 10**13)
    assert cache_budget.budget() == cache_budget.DEFAULT_MOST


def test_clear_removes_everything_and_a_reader_goes_on(three: list[RecordStore]) -> None:
    reader = RecordStore(cache_budget.root(), SIZE, {"kind": "features", "which": 1})
    before = sum(one.bytes for one in cache_budget.usage())
    assert cache_budget.clear() == before
    assert list(cache_budget.root().iterdir()) == []
    reader.touch()
    reader.put(b"n" * 32, bytes(SIZE))
    assert reader.get([b"n" * 32]).tobytes() == bytes(SIZE)
    reader.close()
    assert left() == [1]


def test_what_is_open_stays_and_what_is_half_removed_goes(
    three: list[RecordStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, target: Path) -> Path:
        raise PermissionError(13, "in use", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        assert cache_budget.clear() == 0
        assert not cache_budget.make_room(0)
    assert left() == [0, 1, 2]
    with monkeypatch.context() as patch:
        patch.setattr(cache_budget.shutil, "rmtree", lambda *_, **__: None)
        cache_budget.make_room(0)
    assert left() == [1, 2]
    assert len(list(cache_budget.root().iterdir())) == 3
    cache_budget.make_room(0)
    assert len(list(cache_budget.root().iterdir())) == 2
