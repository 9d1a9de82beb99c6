"""The menu that writes runs to files."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gui.runs import export as runs_export
from gui.runs.export import ExportMenu
from tests.support.pictures import PictureFolder
from tests.support.runs import trained_run


@pytest.fixture
def menu(qtbot: QtBot) -> ExportMenu:
    made = ExportMenu()
    qtbot.addWidget(made)
    return made


def test_it_is_enabled_once_there_is_a_run(menu: ExportMenu, tmp_path: Path) -> None:
    assert not menu.menuAction().isEnabled()
    menu.set_runs([tmp_path])
    assert menu.menuAction().isEnabled()
    assert menu.numbers.isEnabled()


def test_a_name_without_a_suffix_gets_the_chosen_one(
    qtbot: QtBot,
    menu: ExportMenu,
    picture_folder: PictureFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = trained_run(picture_folder(), tmp_path / "run")
    menu.set_runs([run.directory])
    answer = str(tmp_path / "my.run"), "Tables (*.csv)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    with qtbot.waitSignal(menu.exported, timeout=20_000) as told:
        menu.numbers.trigger()
    assert told.args == [f"Written: {tmp_path / 'my.run.csv'}"]
    assert b"validation_accuracy" in (tmp_path / "my.run.csv").read_bytes()


def test_a_figure_is_no_table_whatever_its_name(
    qtbot: QtBot,
    menu: ExportMenu,
    picture_folder: PictureFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    menu.set_runs([trained_run(picture_folder(), tmp_path / "run").directory])
    answer = str(tmp_path / "my.csv"), "SVG (*.svg)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    with qtbot.waitSignal(menu.exported, timeout=20_000):
        menu.figure.trigger()
    assert (tmp_path / "my.csv.svg").read_bytes().startswith(b"<?xml")


def test_a_closed_dialog_writes_nothing(
    menu: ExportMenu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu.set_runs([tmp_path])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    menu.report.trigger()
    assert not menu.is_busy


def test_without_tensorboard_it_says_what_to_install(
    menu: ExportMenu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu.set_runs([tmp_path])
    monkeypatch.setattr(runs_export.importlib.util, "find_spec", lambda _name: None)
    menu.aboutToShow.emit()
    assert not menu.tensorboard.isEnabled()
    assert "pip install tensorboard" in menu.tensorboard.toolTip()
