"""The window as a person uses it: keys, menus, dropping, undo across pages, closing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.dataset import edits
from core.recipe import command
from core.recipe import files as recipes
from core.recipe.config import AugmentationConfig, RunConfig
from gui.compare.experiments.replay import ExperimentReplay
from gui.runs.chooser import RunChooser
from gui.session.session import Session
from gui.session.settings import Settings
from gui.shell.feature_cache import KeptDialog
from gui.shell.rail import NARROW, STEPS, WIDE
from gui.shell.window import MainWindow
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakePage, FakeTraining, open_folder, replace_training


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Session:
    return Session(Settings(tmp_path / "settings"))


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> Iterator[MainWindow]:
    window = MainWindow(session, FakePage)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    yield window
    if session.is_training:
        with qtbot.waitSignal(session.training_finished):
            session.stop_training()


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    return replace_training(monkeypatch)


@pytest.fixture
def running(
    qtbot: QtBot,
    session: Session,
    window: MainWindow,
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> FakeTraining:
    """A run that trains in the window until it is told to finish."""
    open_folder(qtbot, session, picture_folder(per_class=10))
    session.start_training()
    qtbot.waitUntil(lambda: session.history.best is not None)
    return training


def _press(qtbot: QtBot, window: MainWindow, key: Qt.Key, shift: bool = False) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier
    if shift:
        modifiers |= Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window.focusWidget() or window, key, modifiers)


def _action(window: MainWindow, words: str) -> QAction:
    return next(
        action
        for action in window.findChildren(QAction)
        if action.text().replace("&", "").startswith(words)
    )


# -- navigation -----------------------------------------------------------------------------


def test_it_starts_on_the_data_page(window: MainWindow) -> None:
    assert window.windowTitle() == "Thaw"
    assert window.step == "data"
    assert isinstance(window.page, FakePage)


def test_a_page_is_made_when_it_is_first_shown(qtbot: QtBot, session: Session) -> None:
    made = []

    def make(step: str, session: Session) -> FakePage:
        made.append(step)
        return FakePage(step, session)

    window = MainWindow(session, make)
    qtbot.addWidget(window)
    assert made == ["data"]
    for step in ("train", "data", "train"):
        window.show_step(step)
    assert made == ["data", "train"]


def test_control_and_a_number_shows_a_step(qtbot: QtBot, window: MainWindow) -> None:
    seen = []
    for number in range(len(STEPS), 0, -1):
        _press(qtbot, window, Qt.Key(Qt.Key.Key_0 + number))
        seen.append(window.step)
    assert seen == list(reversed(STEPS))
    assert _action(window, "1 Data").isChecked()


def test_tab_and_arrows_reach_the_steps(qtbot: QtBot, window: MainWindow) -> None:
    window.rail.setFocus()
    window.rail.focusNextChild()
    seen = []
    for _ in range(3):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Down)
        seen.append(window.step)
    assert seen == ["augment", "model", "train"]


def test_a_page_can_lead_to_another(window: MainWindow) -> None:
    assert isinstance(window.page, FakePage)
    window.page.navigate.emit("results")
    assert window.step == "results"


def test_a_narrow_window_shows_icons_only(qtbot: QtBot, window: MainWindow) -> None:
    assert window.rail.width() == WIDE
    window.resize(1149, 700)
    qtbot.waitUntil(lambda: window.rail.width() == NARROW)
    window.resize(1150, 700)
    qtbot.waitUntil(lambda: window.rail.width() == WIDE)


def test_icons_only_on_request_is_remembered(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    _press(qtbot, window, Qt.Key.Key_B)
    assert window.rail.width() == NARROW
    again = MainWindow(Session(session.settings), FakePage)
    qtbot.addWidget(again)
    assert again.rail.is_icons_only
    assert _action(again, "Show icons only").isChecked()


@pytest.mark.parametrize("size", [(1280, 800), (1280, 640), (1024, 700), (1024, 600)])
def test_nothing_is_out_of_reach_in_a_small_window(
    qtbot: QtBot, window: MainWindow, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == size)
    QApplication.processEvents()
    for button in window.findChildren(QPushButton):
        if button.isVisible():
            corner = button.mapTo(window, QPoint(button.width(), button.height()))
            assert corner.x() <= size[0]
            assert corner.y() <= size[1]
    last = window.rail.mapTo(window, window.rail.rect().bottomRight())
    assert last.y() <= window.run_bar.mapTo(window, QPoint(0, 0)).y()


def test_the_windows_place_is_remembered(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    window.resize(950, 612)  # Qt's offscreen screen is narrower
    window.close()
    again = MainWindow(Session(session.settings), FakePage)
    qtbot.addWidget(again)
    assert again.height() == 612


# -- undo and redo --------------------------------------------------------------------------


def test_undo_and_redo_reach_over_pages(qtbot: QtBot, window: MainWindow, session: Session) -> None:
    assert not _action(window, "Undo").isEnabled()
    window.show_step("model")
    session.change("stages.1.thawed", [4, 5])
    window.show_step("train")
    session.change("stages.0.epochs", 3)
    window.show_step("data")
    _press(qtbot, window, Qt.Key.Key_Z)
    assert session.recipe.stages[0].epochs == 20
    _press(qtbot, window, Qt.Key.Key_Z)
    assert session.recipe == RunConfig()
    assert not _action(window, "Undo").isEnabled()
    _press(qtbot, window, Qt.Key.Key_Y)
    assert session.recipe.stages[1].thawed == (4, 5)
    _press(qtbot, window, Qt.Key.Key_Z, shift=True)
    assert session.recipe.stages[0].epochs == 3
    assert not _action(window, "Redo").isEnabled()


def test_a_field_undoes_its_own_typing_first(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    session.change("stages.0.epochs", 3)
    assert isinstance(window.page, FakePage)
    field = window.page.field
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "12")
    _press(qtbot, window, Qt.Key.Key_Z)
    assert field.text() == ""
    assert session.recipe.stages[0].epochs == 3
    _press(qtbot, window, Qt.Key.Key_Z)
    assert session.recipe.stages[0].epochs == 20
    field.clear()


# -- opening --------------------------------------------------------------------------------


def test_the_title_names_the_pictures(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    open_folder(qtbot, session, picture_folder(name="signs"))
    assert window.windowTitle() == "signs - Thaw"


def test_open_folder_asks_and_opens(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = picture_folder()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    window.show_step("model")
    with qtbot.waitSignal(session.dataset_changed):
        _press(qtbot, window, Qt.Key.Key_O)
    assert session.summary is not None
    assert session.summary.folder == folder
    assert window.step == "data"


def test_recent_folders_open_and_can_be_forgotten(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    first, second = picture_folder(name="first"), picture_folder(name="second")
    for folder in (first, second):
        open_folder(qtbot, session, folder)
    menu = next(one for one in window.findChildren(QMenu) if "Recent" in one.title())
    menu.aboutToShow.emit()
    with qtbot.waitSignal(session.dataset_changed):
        next(one for one in menu.actions() if one.text().endswith("first")).trigger()
    assert session.summary is not None
    assert session.summary.name == "first"
    next(one for one in menu.actions() if "Forget" in one.text()).trigger()
    assert session.settings.recent_folders == []
    menu.aboutToShow.emit()
    assert not any(one.text().endswith("first") for one in menu.actions())


def _drop(window: MainWindow, path: Path) -> bool:
    """Drag ``path`` onto the window and let go; whether the window took it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, left, none)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        drop = QDropEvent(QPointF(300, 300), copy, data, left, none)
        QApplication.sendEvent(window, drop)
    return enter.isAccepted()


def test_a_dropped_folder_opens(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    with qtbot.waitSignal(session.dataset_changed):
        assert _drop(window, picture_folder(name="dropped"))
    assert window.windowTitle() == "dropped - Thaw"


def test_a_dropped_recipe_opens(window: MainWindow, session: Session, tmp_path: Path) -> None:
    recipe = tmp_path / "mine.toml"
    recipe.write_text("[[stages]]\nepochs = 3\n")
    assert _drop(window, recipe)
    assert [stage.epochs for stage in session.recipe.stages] == [3]


def test_a_dropped_augmentation_leaves_the_rest_of_the_recipe(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    augmentation = AugmentationConfig(rotation=(-9, 9))
    file = recipes.save_augmentation(tmp_path / "mine.json", augmentation)
    session.change("stages.0.epochs", 3)
    assert _drop(window, file)
    assert session.recipe.stages[0].epochs == 3
    assert session.recipe.augmentation == augmentation


@pytest.mark.parametrize("name", ["leaf.thaw.zip", "leaf.thaw (1).zip"])
def test_a_dropped_run_in_one_file_is_taken(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    file.write_bytes(b"no zip")
    with qtbot.waitSignal(window.archives.failed):
        assert _drop(window, file)
    assert "only a part of one" in window.messages.text


def test_other_files_are_not_taken(window: MainWindow, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.touch()
    assert not _drop(window, picture)


def test_a_wrong_recipe_is_explained_and_changes_nothing(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    recipe = tmp_path / "wrong.json"
    recipe.write_text('{"batch_size": 0}')
    _drop(window, recipe)
    assert "batch_size is 0: it must be at least 1" in window.messages.text
    assert session.recipe == RunConfig()


def test_a_recipe_is_saved_and_opened_again(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session.change("stages.0.epochs", 3)
    place = tmp_path / "recipe"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(place), ""))
    _press(qtbot, window, Qt.Key.Key_S)
    file = tmp_path / "recipe.json"
    assert json.loads(file.read_text())["stages"][0]["epochs"] == 3
    session.undo()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    _press(qtbot, window, Qt.Key.Key_O, shift=True)
    assert session.recipe.stages[0].epochs == 3


def test_a_recipe_is_saved_as_toml_where_that_kind_is_chosen(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = (str(tmp_path / "recipe"), "Recipes as TOML (*.toml)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    _action(window, "Save recipe").trigger()
    assert "[[stages]]" in (tmp_path / "recipe.toml").read_text()


@pytest.mark.parametrize("answer", ["Cancel", "Replace"])
def test_a_name_that_gets_a_suffix_replaces_no_file_unasked(
    window: MainWindow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
) -> None:
    def press(box: QMessageBox) -> None:
        next(one for one in box.buttons() if one.text().replace("&", "") == answer).click()

    file = tmp_path / "recipe.json"
    file.write_text("{}")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "recipe"), ""))
    monkeypatch.setattr(QMessageBox, "exec", press)
    _action(window, "Save recipe").trigger()
    assert (file.read_text() == "{}") == (answer == "Cancel")


def test_a_recipe_that_cannot_be_saved_is_explained(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "gone" / "recipe.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(place), ""))
    _action(window, "Save recipe").trigger()
    assert str(place) in window.messages.text


def test_a_folder_that_fails_is_explained_away_from_the_data_page(
    qtbot: QtBot, window: MainWindow, session: Session, tmp_path: Path
) -> None:
    window.show_step("model")
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(tmp_path / "gone")
    assert "There is no folder" in window.messages.text


# -- training -------------------------------------------------------------------------------


def test_f5_trains_and_shift_f5_stops(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    picture_folder: PictureFolder,
    training: FakeTraining,
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert not session.is_training
    open_folder(qtbot, session, picture_folder(per_class=10))
    assert not _action(window, "Stop").isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert session.is_training
    assert window.step == "train"
    assert not _action(window, "Train").isEnabled()
    with qtbot.waitSignal(session.training_finished):
        qtbot.keyClick(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
        assert not _action(window, "Stop").isEnabled()
    assert _action(window, "Train").isEnabled()
    assert window.step == "train"


def test_a_run_that_cannot_be_made_is_explained_until_closed(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    session.training_failed.emit(ThawError("run_folder_unwritable", path="/x", reason="full"))
    assert window.messages.text == "The run's folder /x cannot be written: full"
    close = next(
        one
        for one in window.messages.children()
        if getattr(one, "accessibleName", str)() == "Close this message"
    )
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert window.messages.text == ""


def test_the_runs_folder_can_be_opened_once_there_is_one(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    running: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = []
    monkeypatch.setattr(
        "gui.shell.files.QDesktopServices.openUrl", lambda url: opened.append(url) or True
    )
    _action(window, "Open the run's folder").trigger()
    assert session.run is not None
    assert opened == [QUrl.fromLocalFile(str(session.run.directory))]


def test_an_earlier_run_is_opened_and_can_go_on(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    running: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_run = _action(window, "Open an earlier run")
    assert not open_run.isEnabled()
    assert session.run is not None
    earlier = session.run.directory
    with qtbot.waitSignal(session.training_finished):
        session.stop_training()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(earlier))
    for name in ("use_button", "elsewhere_button"):  # from the list; from a folder
        session.run = None
        window.show_step("data")
        open_run.trigger()
        chooser = window.findChild(RunChooser)
        qtbot.waitUntil(chooser.use_button.isEnabled)
        with qtbot.waitSignal(session.run_shown):
            getattr(chooser, name).click()
        assert session.run.directory == earlier
        assert session.can_resume
        assert window.step == "train"
        qtbot.waitUntil(lambda: window.findChild(RunChooser) is None)


def test_where_no_program_opens_folders_the_place_is_told(
    window: MainWindow,
    session: Session,
    running: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gui.shell.files.QDesktopServices.openUrl", lambda _url: False)
    _action(window, "Open the run's folder").trigger()
    assert session.run is not None
    assert str(session.run.directory) in window.messages.text


def test_the_runs_place_is_shown_and_can_be_changed(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "mine"))
    before = str(session.settings.runs_folder)
    _action(window, "Runs folder").trigger()
    box = window.findChild(QMessageBox)
    assert before in box.informativeText()
    qtbot.mouseClick(_button(box, "Change"), Qt.MouseButton.LeftButton)
    assert session.settings.runs_folder == tmp_path / "mine"


# -- closing --------------------------------------------------------------------------------


def _button(box: QMessageBox, words: str) -> QPushButton:
    return next(one for one in box.findChildren(QPushButton) if words in one.text())


def test_closing_without_a_run_just_closes(window: MainWindow) -> None:
    assert window.close()
    assert window.findChild(QMessageBox) is None


def test_closing_while_it_trains_asks_stops_waits_and_closes(
    qtbot: QtBot, window: MainWindow, session: Session, running: FakeTraining
) -> None:
    assert not window.close()
    box = window.findChild(QMessageBox)
    assert box.text() == "Stop the training and close?"
    assert session.is_training
    with qtbot.waitSignal(session.training_finished):
        qtbot.mouseClick(_button(box, "Stop and close"), Qt.MouseButton.LeftButton)
        assert window.isVisible()
    assert not window.isVisible()
    assert session.history.finished is not None
    assert session.history.finished.outcome == "stopped"


def test_keep_training_keeps_the_window(
    qtbot: QtBot, window: MainWindow, session: Session, running: FakeTraining
) -> None:
    window.close()
    qtbot.mouseClick(_button(window.findChild(QMessageBox), "Keep"), Qt.MouseButton.LeftButton)
    assert session.is_training
    assert not session.is_stopping
    assert window.isVisible()
    with qtbot.waitSignal(session.training_finished):
        running.may_finish.set()
    assert window.isVisible()


def test_closing_twice_asks_once(window: MainWindow, running: FakeTraining) -> None:
    window.close()
    window.close()
    assert len(window.findChildren(QMessageBox)) == 1


def test_a_run_that_ends_while_asking_lets_the_window_close(
    qtbot: QtBot, window: MainWindow, session: Session, running: FakeTraining
) -> None:
    window.close()
    with qtbot.waitSignal(session.training_finished):
        running.may_finish.set()
    assert window.isVisible()
    box = window.findChild(QMessageBox)
    qtbot.mouseClick(_button(box, "Stop and close"), Qt.MouseButton.LeftButton)
    assert not window.isVisible()


def test_an_interrupt_closes_without_asking(
    qtbot: QtBot, window: MainWindow, session: Session, running: FakeTraining
) -> None:
    with qtbot.waitSignal(session.training_finished):
        window.close_after_run()
    assert window.findChild(QMessageBox) is None
    assert not window.isVisible()


# -- the rest of the menus ------------------------------------------------------------------


def test_the_theme_changes_at_once_and_is_remembered(window: MainWindow, session: Session) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    _action(window, "Dark").trigger()
    assert app.palette().window().color().lightness() < 100
    assert session.settings.theme == "dark"
    _action(window, "Light").trigger()
    assert app.palette().window().color().lightness() > 200
    _action(window, "As the system").trigger()


def test_f11_fills_the_screen_and_leaves_it_again(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    qtbot.keyClick(window, Qt.Key.Key_F11)
    assert not window.isFullScreen()


@pytest.mark.parametrize(("words", "said"), [("About", "VGG16"), ("How it works", "frozen")])
def test_help_opens_a_short_dialog(window: MainWindow, words: str, said: str) -> None:
    _action(window, words).trigger()
    box = window.findChild(QMessageBox)
    assert said in box.informativeText()
    assert box.isVisible()
    box.close()


def test_no_two_actions_share_their_keys(window: MainWindow) -> None:
    keys = [key.toString() for action in window.findChildren(QAction) for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    assert {"Ctrl+O", "Ctrl+S", "Ctrl+Z", "F5", "F11"} <= set(keys)


def test_a_recipe_that_opens_takes_the_old_error_away(window: MainWindow, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.json", tmp_path / "good.json"
    bad.write_text('{"sead": 1}')
    good.write_text('{"seed": 1}')
    window.open_path(bad)
    assert window.messages.isVisibleTo(window)
    window.open_path(good)
    assert not window.messages.isVisibleTo(window)


def test_closing_while_it_is_paused_stops_and_closes_too(
    qtbot: QtBot, window: MainWindow, session: Session, running: FakeTraining
) -> None:
    session.pause_training()
    assert not window.close()
    box = window.findChild(QMessageBox)
    assert "it offers to resume the run where it stopped" in box.informativeText()
    with qtbot.waitSignal(session.training_finished):
        qtbot.mouseClick(_button(box, "Stop and close"), Qt.MouseButton.LeftButton)
    assert not window.isVisible()
    assert session.history.finished is not None
    assert session.history.finished.outcome == "stopped"


def test_f6_pauses_and_goes_on(
    qtbot: QtBot, window: MainWindow, session: Session, running: FakeTraining
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F6)
    assert session.is_paused
    qtbot.keyClick(window, Qt.Key.Key_F6)
    assert not session.is_paused
    with qtbot.waitSignal(session.training_finished):
        qtbot.keyClick(window, Qt.Key.Key_F6, Qt.KeyboardModifier.ShiftModifier)
    assert session.history.finished is not None
    assert session.history.finished.outcome == "stopped"


def test_the_recipe_is_copied_as_the_command_that_repeats_it(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    assert not _action(window, "Copy as command").isEnabled()
    folder = picture_folder(per_class=3)
    open_folder(qtbot, session, folder)
    session.change("stages.1.thawed", [4, 5])
    session.change("seed", 3)
    _action(window, "Copy as command").trigger()
    line = QApplication.clipboard().text()
    assert line == command.command(folder, session.recipe)
    assert "train" in line
    assert "seed=3" in line
    assert "stages.1.thawed" in line


def test_a_copied_command_finds_what_was_decided_just_before(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    folder = picture_folder(per_class=5)
    open_folder(qtbot, session, folder)
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    _action(window, "Copy as command").trigger()
    kept = edits.kept_file(folder).read_text(encoding="utf-8")
    row = next(line for line in kept.splitlines() if line.startswith("red/000.png"))
    assert "excluded" in row


def test_the_file_menu_shows_what_is_kept(qtbot: QtBot, window: MainWindow) -> None:
    _action(window, "Kept features").trigger()
    dialog = window.findChild(KeptDialog)
    assert dialog.isVisible()
    qtbot.waitUntil(lambda: not dialog.is_busy)
    dialog.close()


def test_help_plays_the_recorded_experiment(qtbot: QtBot, window: MainWindow) -> None:
    _action(window, "Recorded transfer").trigger()
    replay = window.findChild(ExperimentReplay)
    assert replay.isVisible()
    qtbot.waitUntil(lambda: replay.recording is not None)
    replay.close()
