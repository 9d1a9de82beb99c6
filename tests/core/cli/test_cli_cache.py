"""``cache`` on the command line: what is kept, how much it may be, and away with it."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from core.cli import main as cli
from core.cli.options import FAILED, OK, WRONG_INPUT
from core.common import files
from core.compute.cache import budget as cache_budget
from core.compute.cache.records import RecordStore

USED = int(datetime(2024, 1, 2, 12).timestamp())  # noon, wherever it runs
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder() -> Path:
    """A store of features, last used on 2 January 2024."""
    about = {"kind": "features", "image_size": 224, "boundary": 4}
    store = RecordStore(cache_budget.root(), 500_000, about)
    for number in range(3):
        store.put(number.to_bytes(32, "little"), bytes(500_000))
    store.close()
    os.utime(store.folder / "used", (USED, USED))
    return store.folder


def cache_json(capsys: Capture, *options: str) -> dict[str, object]:
    assert cli.main(["cache", "--json", *options]) == OK
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def test_it_shows_what_is_kept(folder: Path, capsys: Capture) -> None:
    assert cli.main(["cache"]) == OK
    printed = capsys.readouterr().out
    assert "Kept: 1.5 MB of at most" in printed
    assert "follows the disk" in printed
    assert str(folder.parent) in printed
    row = printed.splitlines()[-1]
    assert row.split()[:4] == ["features", "1.5", "MB", "2024-01-02"]
    assert row.endswith("224 px, after block 4")


def test_programs_get_it_as_json(folder: Path, capsys: Capture) -> None:
    answer = cache_json(capsys)
    (kept,) = cache_budget.usage()
    assert answer["bytes"] == kept.bytes
    assert answer["budget"] == pytest.approx(cache_budget.budget(), rel=0.01)
    assert answer["budget_chosen"] is False
    assert answer["kept"] == [
        {
            "name": folder.name,
            "kind": "features",
            "bytes": kept.bytes,
            "last_used": USED,
            "in_use": False,
            "about": {"kind": "features", "image_size": 224, "boundary": 4,
                      "record_bytes": 500_000, "format": 1},
        }
    ]  # fmt: skip


def test_the_budget_is_remembered_and_followed(folder: Path, capsys: Capture) -> None:
    assert cache_json(capsys, "--budget", "2.5")["budget"] == 2_500_000_000
    assert cache_json(capsys)["budget_chosen"] is True
    assert cli.main(["cache"]) == OK
    printed = capsys.readouterr().out
    assert "of at most 2.5 GB\n" in printed
    assert cache_json(capsys, "--budget", "0.001")["kept"] == []
    assert not folder.exists()
    assert cache_json(capsys, "--budget", "auto")["budget_chosen"] is False


def test_clear_removes_what_is_kept(folder: Path, capsys: Capture) -> None:
    assert cli.main(["cache", "--clear"]) == OK
    assert capsys.readouterr().out.startswith("Removed: 1.5 MB\nKept: 0.0 MB of")
    assert not folder.exists()
    assert cache_json(capsys, "--clear")["freed"] == 0


@pytest.mark.parametrize("budget", ["-1", "much", "nan", "inf", ""])
def test_a_budget_that_is_none_exits_2(budget: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["cache", f"--budget={budget}"])
    assert ended.value.code == WRONG_INPUT
    assert "not a number from 0" in capsys.readouterr().err
    assert cache_budget.chosen_budget() is None


def test_a_budget_that_cannot_be_remembered_exits_1(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(files, "cache_folder", lambda: tmp_path / "file")
    assert cli.main(["cache", "--budget", "1"]) == FAILED
    assert "The system says" in capsys.readouterr().err
