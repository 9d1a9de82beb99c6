"""The start: recent folders, the sample's sizes, and what is said of a folder that fails."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.common.messages import InputError
from core.compute.estimate import estimate
from core.dataset.sample import files as sample_files
from core.recipe.config import DatasetConfig, RunConfig
from gui.data import start
from gui.data.start import RecentFolders, StartArea
from tests.support.window.datasets import SLOW
from tests.support.window.fakes import SPEED


@pytest.fixture
def area(qtbot: QtBot) -> StartArea:
    made = StartArea()
    qtbot.addWidget(made)
    made.resize(968, 590)
    made.show()
    return made


def shown_names(area: StartArea, layout: int = 0) -> list[str]:
    return [entry.name for entry in area.layouts[layout].entries]


# -- the sample -----------------------------------------------------------------------------


def test_the_sample_is_offered_plainly_while_the_machine_is_not_slow(
    qtbot: QtBot, area: StartArea
) -> None:
    for speed in (None, SPEED):
        area.show_speed(speed)
        assert area.sample.first.text() == "&Try the sample"
        assert not area.sample.second.isVisible()
    with qtbot.waitSignal(area.sample_asked) as asked:
        qtbot.mouseClick(area.sample.first, Qt.MouseButton.LeftButton)
    assert asked.args == [None]


def test_a_slow_machine_is_offered_the_small_size_first_with_both_times(
    qtbot: QtBot, area: StartArea
) -> None:
    area.show_speed(SLOW)
    seconds = estimate(RunConfig(), SLOW, 384, 96).first_point
    small = RunConfig(dataset=DatasetConfig(image_size=96))
    assert seconds > 60 > estimate(small, SLOW, 384, 96).first_point
    texts = [area.sample.first.text(), area.sample.second.text()]
    assert [text.replace("\N{NO-BREAK SPACE}", " ") for text in texts] == [
        "&Try the sample at 96 px: first point after about 30 s",
        "At 224 px: about 3 min",
    ]
    for button, size in ((area.sample.first, 96), (area.sample.second, 224)):
        with qtbot.waitSignal(area.sample_asked) as asked:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert asked.args == [size]


def test_the_sample_has_the_pictures_that_its_time_is_reckoned_with() -> None:
    total = sample_files.PICTURES_PER_CLASS * len(sample_files.CLASSES)
    assert total == start.TRAIN + start.VALIDATION
    fraction = DatasetConfig().validation_fraction
    assert total * fraction == start.VALIDATION


# -- recent folders -------------------------------------------------------------------------


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    there, gone = tmp_path / "there", tmp_path / "gone"
    there.mkdir()
    return [there, gone]


@pytest.fixture
def recent(qtbot: QtBot, area: StartArea, folders: list[Path]) -> RecentFolders:
    area.show_recent(folders)
    qtbot.waitUntil(lambda: area.recent.is_missing(folders[1]))
    return area.recent


def test_without_recent_folders_there_is_no_list(area: StartArea) -> None:
    area.show_recent([])
    assert not area.recent.isVisible()


def test_a_click_on_a_recent_folder_opens_it(
    qtbot: QtBot, area: StartArea, recent: RecentFolders, folders: list[Path]
) -> None:
    place = recent.visualItemRect(recent.item(0)).center()
    with qtbot.waitSignal(area.folder_chosen) as chosen:
        qtbot.mouseClick(recent.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [folders[0]]


def test_enter_opens_and_delete_removes_only_what_has_gone(
    qtbot: QtBot, area: StartArea, recent: RecentFolders, folders: list[Path]
) -> None:
    recent.setCurrentRow(0)
    with qtbot.assertNotEmitted(area.recent_removed):
        qtbot.keyClick(recent, Qt.Key.Key_Delete)
    with qtbot.waitSignal(area.folder_chosen) as chosen:
        qtbot.keyClick(recent, Qt.Key.Key_Return)
    assert chosen.args == [folders[0]]
    recent.setCurrentRow(1)
    with qtbot.waitSignal(area.recent_removed) as removed:
        qtbot.keyClick(recent, Qt.Key.Key_Delete)
    assert removed.args == [folders[1]]


def test_a_folder_that_has_gone_is_pale_and_can_be_removed(
    qtbot: QtBot, area: StartArea, recent: RecentFolders, folders: list[Path]
) -> None:
    there, gone = (recent.item(row) for row in range(2))
    assert gone.foreground() != there.foreground()
    assert "There is no folder" in gone.toolTip()
    assert recent.remove_button(folders[0]) is None
    button = recent.remove_button(folders[1])
    assert button is not None
    with qtbot.waitSignal(area.recent_removed) as removed:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert removed.args == [folders[1]]


# -- a folder that fails --------------------------------------------------------------------


def test_a_failure_says_why_and_draws_the_folders_own_names(qtbot: QtBot, area: StartArea) -> None:
    folder = Path("/pictures/holiday")
    error = InputError("no_classes_flat", path=str(folder), images=40, example="beach")
    area.show_failure(error, folder, still_open="signs")
    assert area.failed.isVisible()
    assert area.failed.text() == "holiday cannot be used"
    assert "holds 40 pictures but no class folders" in area.reason.text()
    assert area.drop.accessibleName() == "Drop another folder here"
    assert shown_names(area) == ["holiday", "beach", "pictures", "another class", "pictures"]
    assert shown_names(area, 1)[:4] == ["holiday", "train", "beach", "another class"]
    assert area.back.text() == "&Back to signs"
    with qtbot.waitSignal(area.back_asked):
        qtbot.mouseClick(area.back, Qt.MouseButton.LeftButton)


def test_a_folder_with_one_class_is_drawn_with_that_class(area: StartArea) -> None:
    area.show_failure(InputError("one_class", path="/a/x", name="hat"), Path("/a/x"))
    assert shown_names(area)[:2] == ["x", "hat"]
    assert not area.back.isVisible()


def test_without_a_failure_nothing_is_said(area: StartArea) -> None:
    area.show_failure(InputError("folder_missing", path="/a/x"), Path("/a/x"))
    area.show_failure(None, None)
    assert not area.failed.isVisible()
    assert shown_names(area)[0] == "your pictures"


def test_a_long_path_is_wrapped_not_cut_off(qtbot: QtBot, area: StartArea) -> None:
    folder = Path("/" + "a" * 250)
    area.show_failure(InputError("folder_missing", path=str(folder)), folder, "b" * 200)
    qtbot.waitUntil(lambda: area.reason.height() > 3 * area.reason.fontMetrics().height())
    assert area.minimumSizeHint().width() <= 968
    assert area.reason.width() < 968
