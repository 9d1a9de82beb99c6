"""Closer looks on the Data page: duplicates, damaged files, and when they end."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from core.dataset import edits
from gui.data import actions as data_actions
from gui.data.page import DataPage
from gui.session.session import Session
from gui.session.settings import Settings
from tests.support.pictures import COLORS, draw
from tests.support.window.data_page import (
    LEAK,
    SlowScan,
    click,
    counts,
    findings,
    findings_title,
    good_folder,
    leaky_folder,
    look_closely,
    press,
    show_tab,
)
from tests.support.window.fakes import open_folder, replace_training


def damage(file: Path) -> None:
    """Spoil a file in its middle, its beginning and end as they are."""
    data = bytearray(file.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    file.write_bytes(data)


# -- duplicates -----------------------------------------------------------------------------


def test_nothing_is_found_where_nothing_is_wrong(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    look_closely(qtbot, session, good_folder(tmp_path))
    assert findings_title(page) == "Findings"
    show_tab(qtbot, page, page.dataset.findings)
    words = page.dataset.findings.overview.duplicates.words.text
    assert words == "Duplicates: none among 30 pictures"


def test_a_leak_is_found_unasked_and_moved_to_training(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    look_closely(qtbot, session, leaky_folder(tmp_path))
    assert findings_title(page) == "Findings (1)"
    assert findings(page) == [LEAK]
    assert counts(page)[2] == ["red", "10", "6", "0"]
    press(qtbot, page, "leaks", "review")
    pairs = page.dataset.findings.pairs
    assert [pair.paths for pair in pairs.pairs] == [("train/red/000.png", "val/red/copy.png")]
    click(qtbot, pairs.move_over)
    assert counts(page)[2] == ["red", "11", "5", "0"]
    assert LEAK not in findings(page)
    assert page.dataset.findings.overview.isVisible(), "there is nothing left to review"
    session.undo()
    assert LEAK in findings(page)
    assert findings_title(page) == "Findings (1)"


def test_a_leak_left_out_is_none_and_comes_back_with_its_picture(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = leaky_folder(tmp_path)
    look_closely(qtbot, session, folder)
    page.does.edits.exclude(["val/red/copy.png"])
    assert findings_title(page) == "Findings"
    session.save_choices()
    qtbot.waitUntil(edits.kept_file(folder).exists)
    look_closely(qtbot, session, folder)
    assert findings_title(page) == "Findings"
    press(qtbot, page, "excluded", "include")  # it was not among those looked at
    qtbot.waitUntil(lambda: LEAK in findings(page))


def test_duplicates_kept_are_hidden_also_at_the_next_start(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = leaky_folder(tmp_path)
    look_closely(qtbot, session, folder)
    press(qtbot, page, "leaks", "review")
    click(qtbot, page.dataset.findings.pairs.keep_both)
    assert LEAK not in findings(page)
    assert findings_title(page) == "Findings"
    extra = page.dataset.findings.overview.duplicates.extra
    assert extra.isVisible()
    session.close()

    again = Session(Settings(session.settings.folder))
    later = DataPage(again)
    qtbot.addWidget(later)
    look_closely(qtbot, again, folder)
    assert LEAK not in findings(later)
    duplicates = later.dataset.findings.overview.duplicates
    assert duplicates.extra.isVisibleTo(duplicates)
    again.close()


def test_among_very_many_pictures_one_asks_for_duplicates(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(data_actions, "UNASKED", 10)
    open_folder(qtbot, session, leaky_folder(tmp_path))
    assert not session.looks.is_busy
    assert LEAK not in findings(page)
    show_tab(qtbot, page, page.dataset.findings)
    click(qtbot, page.dataset.findings.overview.duplicates.start)
    qtbot.waitUntil(lambda: LEAK in findings(page))


def test_classes_of_different_size_can_be_weighted(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = good_folder(tmp_path)
    for number in range(100, 130):
        draw(folder / "train" / "red" / f"{number}.png", COLORS["red"], number)
    look_closely(qtbot, session, folder)
    press(qtbot, page, "imbalance", "weight")
    assert session.recipe.class_weights
    assert findings_title(page) == "Findings"
    press(qtbot, page, "imbalance", "unweight")
    assert not session.recipe.class_weights
    assert findings_title(page) == "Findings (1)"


# -- damaged files --------------------------------------------------------------------------


def test_verifying_finds_damage_inside_a_file(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = good_folder(tmp_path)
    damage(folder / "train" / "red" / "003.png")
    look_closely(qtbot, session, folder)
    assert page.dataset.counts.text().startswith("30 pictures")
    verify = page.dataset.findings.overview.verify
    show_tab(qtbot, page, page.dataset.findings)
    click(qtbot, verify.start)
    assert verify.cancel.isVisible()
    with qtbot.waitSignal(session.pictures_edited):
        pass
    assert page.dataset.counts.text().startswith("29 pictures")
    assert "1 file cannot be used" in findings(page)
    assert verify.words.text == "Every file was decoded fully"
    press(qtbot, page, "problems", "filter:problems")
    assert page.dataset.browser.shown == ["train/red/003.png"]
    session.change("dataset.max_megapixels", 100)
    with qtbot.waitSignal(session.pictures_edited):
        pass
    assert page.dataset.browser.shown == ["train/red/003.png"], "what was seen stays known"


def test_verifying_is_called_off_half_way(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look_closely(qtbot, session, good_folder(tmp_path))
    monkeypatch.setattr("gui.session.open_dataset.look_through", SlowScan())
    verify = page.dataset.findings.overview.verify
    show_tab(qtbot, page, page.dataset.findings)
    click(qtbot, verify.start)
    qtbot.waitUntil(lambda: verify.count.text() == "3 of 10")
    assert not page.dataset.findings.overview.duplicates.start.isEnabled()
    click(qtbot, verify.cancel)
    assert not session.looks.is_busy
    assert verify.start.isVisible()
    assert not page.dataset.notice.isVisible()


def test_a_training_ends_the_closer_look(
    qtbot: QtBot,
    session: Session,
    page: DataPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    training = replace_training(monkeypatch)
    look_closely(qtbot, session, good_folder(tmp_path))
    monkeypatch.setattr("gui.session.open_dataset.look_through", SlowScan())
    session.verify_files()
    with qtbot.waitSignal(session.training_finished):
        training.may_finish.set()
        session.start_training()
        assert not session.looks.is_busy
    assert not page.dataset.findings.overview.verify.is_running


def test_a_look_that_fails_is_said(
    qtbot: QtBot, session: Session, page: DataPage, tmp_path: Path
) -> None:
    folder = good_folder(tmp_path)
    look_closely(qtbot, session, folder)
    folder.rename(tmp_path / "moved")
    with qtbot.waitSignal(session.looks.failed):
        session.verify_files()
    assert page.view == "dataset"
    assert "There is no folder" in page.dataset.notice.text
    assert not page.dataset.findings.overview.verify.is_running
