"""What is kept on disk for later runs: shown, limited, deleted."""

import json
import os
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.compute.cache import budget as cache_budget
from gui.session.session import Session
from gui.shell.feature_cache import KeptDialog
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakeTraining, open_folder, replace_training

Keep = Callable[..., None]
DAY = 86_400


@pytest.fixture
def keep() -> Keep:
    """Keeps something of ``size`` bytes, used ``days`` ago."""

    def make(name: str, size: int, days: int, **about: object) -> None:
        folder = cache_budget.root() / name
        folder.mkdir(parents=True)
        kind = name.rpartition("-")[0]
        (folder / "about.json").write_text(json.dumps({"kind": kind, **about}))
        (folder / "1.data").write_bytes(b"0" * size)
        for file in folder.iterdir():
            os.utime(file, (1_700_000_000 - days * DAY,) * 2)

    return make


@pytest.fixture
def show(qtbot: QtBot, session: Session) -> Callable[[], KeptDialog]:
    def make() -> KeptDialog:
        dialog = KeptDialog(session)
        qtbot.addWidget(dialog)
        dialog.show()
        _wait(qtbot, dialog)
        return dialog

    return make


def _wait(qtbot: QtBot, dialog: KeptDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.is_busy)


def _click(qtbot: QtBot, dialog: KeptDialog, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    _wait(qtbot, dialog)


def _rows(dialog: KeptDialog) -> list[tuple[str, str]]:
    items = [dialog.list.topLevelItem(row) for row in range(dialog.list.topLevelItemCount())]
    return [(one.text(0), one.text(1).replace("\xa0", " ")) for one in items if one is not None]


def test_nothing_kept_is_said_and_cannot_be_cleared(show: Callable[[], KeptDialog]) -> None:
    dialog = show()
    assert dialog.total.text().startswith("Nothing is kept. At most")
    assert not dialog.clear_button.isEnabled()
    assert dialog.clear_button.toolTip() == "Nothing is kept"
    assert "costs only time" in dialog.why.text()


def test_it_lists_kinds_with_sizes_the_last_used_first(
    show: Callable[[], KeptDialog], keep: Keep
) -> None:
    keep("features-a", 3000, 3, image_size=224, boundary=4)
    keep("features-b", 2000, 1, image_size=64, boundary=1)
    keep("pictures-c", 1000, 2, image_size=224)
    for view in range(3):
        keep(f"features-{view}", 500, 4, image_size=224, boundary=5, augmentation={}, view=view)
    dialog = show()
    words = [name for name, _ in _rows(dialog)]
    assert words == [
        "Outputs of block 1 at 64 px",
        "Pictures, decoded and fitted to 224 px",
        "Outputs of blocks 1 to 4 at 224 px",
        "Outputs of blocks 1 to 5 at 224 px, augmented views: 3",
    ]
    assert _rows(dialog)[2][1] == "3.1 kB"
    assert "kB of at most" in dialog.total.text().replace("\xa0", " ")


def test_clear_deletes_all(qtbot: QtBot, show: Callable[[], KeptDialog], keep: Keep) -> None:
    keep("features-a", 3000, 3, image_size=224, boundary=4)
    dialog = show()
    _click(qtbot, dialog, dialog.clear_button)
    assert cache_budget.usage() == []
    assert _rows(dialog) == []
    assert not dialog.clear_button.isEnabled()


def test_while_a_run_trains_it_cannot_be_cleared(
    qtbot: QtBot,
    session: Session,
    show: Callable[[], KeptDialog],
    keep: Keep,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training: FakeTraining = replace_training(monkeypatch)
    keep("features-a", 3000, 3, image_size=224, boundary=4)
    dialog = show()
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    assert not dialog.clear_button.isEnabled()
    assert "The run that trains uses it" in dialog.clear_button.toolTip()
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert dialog.clear_button.isEnabled()


def test_a_budget_counts_once_it_is_set_and_drops_the_longest_unused(
    qtbot: QtBot, show: Callable[[], KeptDialog], keep: Keep
) -> None:
    keep("features-old", 300_000, 3, image_size=224, boundary=4)
    keep("features-new", 300_000, 1, image_size=224, boundary=5)
    dialog = show()
    assert not dialog.set_button.isEnabled()
    qtbot.keyClicks(dialog.budget, "0.0004")
    assert len(cache_budget.usage()) == 2
    _click(qtbot, dialog, dialog.set_button)
    assert cache_budget.chosen_budget() == 400_000
    assert [name for name, _ in _rows(dialog)] == ["Outputs of blocks 1 to 5 at 224 px"]
    assert not dialog.set_button.isEnabled()


def test_what_was_used_just_now_outlives_a_smaller_budget_and_that_is_said(
    qtbot: QtBot, show: Callable[[], KeptDialog], keep: Keep
) -> None:
    keep("features-used", 300_000, 0, image_size=224, boundary=4)
    used = cache_budget.root() / "features-used"
    for file in used.iterdir():
        os.utime(file)
    dialog = show()
    qtbot.keyClicks(dialog.budget, "0.0001")
    _click(qtbot, dialog, dialog.set_button)
    assert len(_rows(dialog)) == 1
    said = dialog.total.text().replace("\xa0", " ")
    assert "kB are kept, more than the" in said
    assert "stays until a later run needs the room" in said


def test_an_empty_budget_follows_the_disk_again(
    qtbot: QtBot, show: Callable[[], KeptDialog]
) -> None:
    cache_budget.choose_budget(5 * 10**9)
    dialog = show()
    assert dialog.budget.text() == "5"
    dialog.budget.selectAll()
    qtbot.keyClick(dialog.budget, Qt.Key.Key_Delete)
    qtbot.keyClick(dialog.budget, Qt.Key.Key_Return)
    _wait(qtbot, dialog)
    assert cache_budget.chosen_budget() is None
    assert dialog.isVisible()


def test_a_budget_that_cannot_be_remembered_is_told(
    qtbot: QtBot, show: Callable[[], KeptDialog], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_most: int | None) -> None:
        raise OSError(28, "No space left on device")

    dialog = show()
    monkeypatch.setattr(cache_budget, "choose_budget", fail)
    qtbot.keyClicks(dialog.budget, "3")
    _click(qtbot, dialog, dialog.set_button)
    assert dialog.problem.text == "The system says: No space left on device"
    assert dialog.set_button.isEnabled()
