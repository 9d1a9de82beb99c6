"""The dialog of the feature cache: shown, limited, cleared."""

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
from tests.support.wording import said

DAY = 86_400

training = pytest.fixture(replace_training)


def cache(name: str, size: int, days: float, **about: object) -> None:
    """Cache something of ``size`` bytes, used ``days`` before a day in 2023."""
    folder = cache_budget.root() / name
    folder.mkdir(parents=True)
    kind = name.rpartition("-")[0]
    (folder / "about.json").write_text(json.dumps({"kind": kind, **about}))
    (folder / "1.data").write_bytes(b"0" * size)
    for file in folder.iterdir():
        os.utime(file, (1_700_000_000 - days * DAY,) * 2)


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


def test_it_lists_kinds_with_sizes_the_last_used_first_until_they_are_cleared(
    qtbot: QtBot, show: Callable[[], KeptDialog]
) -> None:
    cache("features-a", 3000, 3, image_size=224, boundary=4)
    cache("features-b", 2000, 1, image_size=64, boundary=1)
    cache("pictures-c", 1000, 2, image_size=224)
    for view in range(3):
        cache(f"features-{view}", 500, 4, image_size=224, boundary=5, augmentation={}, view=view)
    dialog = show()
    rows = _rows(dialog)
    for (words, _), values in zip(
        rows, (("1", "64 px"), ("224 px",), ("4", "224 px"), ("5", "224 px", "3")), strict=True
    ):
        assert all(value in words for value in values)
    assert len(set(rows)) == 4
    assert rows[2][1] == "3.1 kB"
    kept, tip = dialog.total.text(), dialog.clear_button.toolTip()
    assert "kB" in kept
    _click(qtbot, dialog, dialog.clear_button)
    assert cache_budget.usage() == []
    assert _rows(dialog) == []
    assert not dialog.clear_button.isEnabled()
    assert dialog.clear_button.toolTip() != tip
    assert "kB" not in dialog.total.text()


def test_while_a_run_trains_it_cannot_be_cleared(
    qtbot: QtBot,
    session: Session,
    show: Callable[[], KeptDialog],
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    cache("features-a", 3000, 3, image_size=224, boundary=4)
    dialog = show()
    tip = dialog.clear_button.toolTip()
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    assert not dialog.clear_button.isEnabled()
    assert dialog.clear_button.toolTip() != tip
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
    assert dialog.clear_button.isEnabled()


def test_a_budget_drops_the_longest_unused(qtbot: QtBot, show: Callable[[], KeptDialog]) -> None:
    cache("features-old", 300_000, 3, image_size=224, boundary=4)
    cache("features-new", 300_000, 1, image_size=224, boundary=5)
    dialog = show()
    assert not dialog.set_button.isEnabled()
    qtbot.keyClicks(dialog.budget, "0.0004")
    assert len(cache_budget.usage()) == 2
    _click(qtbot, dialog, dialog.set_button)
    assert cache_budget.chosen_budget() == 400_000
    [(words, _)] = _rows(dialog)
    assert "5" in words
    assert not dialog.set_button.isEnabled()
    within = dialog.total.text()
    for file in (cache_budget.root() / "features-new").iterdir():
        os.utime(file)  # used just now: it outlives a smaller budget
    dialog.budget.selectAll()
    qtbot.keyClicks(dialog.budget, "0.0001")
    _click(qtbot, dialog, dialog.set_button)
    assert len(_rows(dialog)) == 1
    assert "300" in dialog.total.text()
    assert len(dialog.total.text()) > len(within)  # and says why


def test_an_empty_budget_follows_the_disk(qtbot: QtBot, show: Callable[[], KeptDialog]) -> None:
    cache_budget.choose_budget(5 * 10**9)
    dialog = show()
    assert dialog.budget.text() == "5"
    dialog.budget.selectAll()
    qtbot.keyClick(dialog.budget, Qt.Key.Key_Delete)
    qtbot.keyClick(dialog.budget, Qt.Key.Key_Return)
    _wait(qtbot, dialog)
    assert cache_budget.chosen_budget() is None
    assert dialog.isVisible()


def test_a_budget_that_cannot_be_remembered_is_reported(
    qtbot: QtBot, show: Callable[[], KeptDialog], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_most: int | None) -> None:
        raise OSError(28, "No space left")

    dialog = show()
    monkeypatch.setattr(cache_budget, "choose_budget", fail)
    qtbot.keyClicks(dialog.budget, "3")
    _click(qtbot, dialog, dialog.set_button)
    assert "file_system" in said(dialog.problem.text)
    assert "No space left" in dialog.problem.text
    assert dialog.set_button.isEnabled()
