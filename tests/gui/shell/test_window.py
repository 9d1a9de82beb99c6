"""The window as a person uses it: keys, menus, dropping, undo across pages, theme, closing."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.dataset import edits
from core.recipe import command
from core.recipe import files as recipes
from core.recipe.config import AugmentationConfig, RunConfig
from core.runs.history import History
from core.runs.run import Run
from gui.base import theme
from gui.compare.experiments.replay import ExperimentReplay
from gui.controls.setting_fields import FieldBox
from gui.data.findings.cards import Card
from gui.data.findings.panel import FindingCard, FindingCheck
from gui.runs.chooser import RunChooser
from gui.session.session import Session
from gui.shell.feature_cache import KeptDialog
from gui.shell.rail import NARROW, STEPS, WIDE
from gui.shell.window import ClosingQuestion, MainWindow
from gui.train.actions import RunActions
from gui.train.status import RunMenuButton
from tests.support.histories import history
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import FakePage, FakeTraining, open_folder
from tests.support.wording import said

ACCEPT, REJECT = QMessageBox.ButtonRole.AcceptRole, QMessageBox.ButtonRole.RejectRole
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> MainWindow:
    window = MainWindow(session, FakePage)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.activateWindow()
    return window


@pytest.fixture
def running(
    qtbot: QtBot, opened: Session, window: MainWindow, training: FakeTraining
) -> FakeTraining:
    """A run that trains in the window until it is told to finish."""
    opened.start_training()
    qtbot.waitUntil(lambda: opened.history.best is not None)
    return training


def _press(qtbot: QtBot, window: MainWindow, key: Qt.Key, shift: bool = False) -> None:
    modifiers = Qt.KeyboardModifier.ControlModifier
    if shift:
        modifiers |= Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window.focusWidget() or window, key, modifiers)


def _action(window: MainWindow, name: str) -> QAction:
    """The action with these keys, or this in its label."""
    keys = QKeySequence(name)
    return next(
        action
        for action in window.findChildren(QAction)
        if keys in action.shortcuts() or name in action.text().replace("&", "")
    )


def _answer(qtbot: QtBot, window: MainWindow, role: QMessageBox.ButtonRole) -> None:
    box = window.findChild(QMessageBox)
    button = next(one for one in box.buttons() if box.buttonRole(one) == role)
    qtbot.mouseClick(button, LEFT)


# -- navigation -----------------------------------------------------------------------------


def test_a_page_is_made_when_it_is_first_shown(qtbot: QtBot, session: Session) -> None:
    made = []

    def make(step: str, session: Session) -> FakePage:
        made.append(step)
        return FakePage(step, session)

    window = MainWindow(session, make)
    qtbot.addWidget(window)
    assert window.step == "data"
    assert made == ["data"]
    for step in ("train", "data", "train"):
        window.show_step(step)
    assert made == ["data", "train"]
    window.page.navigate.emit("results")
    assert window.step == "results"


def test_keys_show_the_steps(qtbot: QtBot, window: MainWindow) -> None:
    actions = window.findChildren(QAction)
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert len(keys) == len(set(keys)), "no two share their keys"
    seen = []
    for number in range(len(STEPS), 0, -1):
        _press(qtbot, window, Qt.Key(Qt.Key.Key_0 + number))
        seen.append(window.step)
    assert seen == list(reversed(STEPS))
    assert _action(window, "Ctrl+1").isChecked()
    window.rail.setFocus()
    window.rail.focusNextChild()
    seen.clear()
    for _ in range(3):
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Down)
        seen.append(window.step)
    assert seen == ["augment", "model", "train"]
    for is_full in (True, False):
        qtbot.keyClick(window, Qt.Key.Key_F11)
        assert window.isFullScreen() == is_full


def test_a_narrow_window_shows_icons_only_as_one_does_that_remembers_it(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    assert window.rail.width() == WIDE
    for width, rail in ((1149, NARROW), (1150, WIDE)):
        window.resize(width, 700)
        qtbot.waitUntil(lambda rail=rail: window.rail.width() == rail)
    _press(qtbot, window, Qt.Key.Key_B)
    assert window.rail.width() == NARROW
    window.resize(950, 612)  # Qt's offscreen screen is narrower
    window.close()
    assert window.findChild(QMessageBox) is None
    again = MainWindow(Session(session.settings), FakePage)
    qtbot.addWidget(again)
    assert again.rail.is_icons_only
    assert _action(again, "Ctrl+B").isChecked()
    assert again.height() == 612


@pytest.mark.parametrize("size", [(1280, 640), (1024, 600)])
def test_nothing_is_out_of_reach_in_a_small_window(
    qtbot: QtBot, window: MainWindow, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qtbot.waitUntil(lambda: (window.width(), window.height()) == size)
    QApplication.processEvents()
    for button in window.findChildren(QPushButton):
        if button.isVisible():
            assert window.rect().contains(
                button.rect().translated(button.mapTo(window, QPoint(0, 0)))
            )
    last = window.rail.mapTo(window, window.rail.rect().bottomRight())
    assert last.y() <= window.run_bar.mapTo(window, QPoint(0, 0)).y()


# -- undo and redo --------------------------------------------------------------------------


def test_undo_and_redo_reach_over_pages_but_a_field_undoes_its_typing_first(
    qtbot: QtBot, window: MainWindow, session: Session
) -> None:
    undo, redo = _action(window, "Ctrl+Z"), _action(window, "Ctrl+Y")
    assert not undo.isEnabled()
    window.show_step("model")
    session.change("stages.1.thawed", [4, 5])
    window.show_step("train")
    session.change("stages.0.epochs", 3)
    window.show_step("data")
    field = window.page.field
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "12")
    _press(qtbot, window, Qt.Key.Key_Z)
    assert field.text() == ""
    assert session.recipe.stages[0].epochs == 3
    _press(qtbot, window, Qt.Key.Key_Z)
    assert session.recipe.stages[0].epochs == 20
    _press(qtbot, window, Qt.Key.Key_Z)
    assert session.recipe == RunConfig()
    assert not undo.isEnabled()
    field.clear()
    window.setFocus()
    _press(qtbot, window, Qt.Key.Key_Y)
    assert session.recipe.stages[1].thawed == (4, 5)
    _press(qtbot, window, Qt.Key.Key_Z, shift=True)
    assert session.recipe.stages[0].epochs == 3
    assert not redo.isEnabled()


# -- opening --------------------------------------------------------------------------------


def _drop(window: MainWindow, path: Path) -> bool:
    """Drag ``path`` onto the window and let go; whether the window took it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), copy, data, LEFT, none)
    enter.ignore()
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        drop = QDropEvent(QPointF(300, 300), copy, data, LEFT, none)
        QApplication.sendEvent(window, drop)
    return enter.isAccepted()


def test_folders_are_chosen_dropped_and_opened_again_until_forgotten(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def opens(name: str) -> None:
        assert session.summary.name == name
        assert window.step == "data"
        assert window.windowTitle().startswith(name)

    first, second = picture_folder(name="first"), picture_folder(name="second")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(first))
    window.show_step("model")
    with qtbot.waitSignal(session.dataset_changed):
        _press(qtbot, window, Qt.Key.Key_O)
    opens("first")
    with qtbot.waitSignal(session.dataset_changed):
        assert _drop(window, second)
    opens("second")
    assert not _drop(window, next(second.rglob("*.png")))  # other files are not taken
    menu = next(one for one in window.findChildren(QMenu) if "Recent" in one.title())
    menu.aboutToShow.emit()
    with qtbot.waitSignal(session.dataset_changed):
        next(one for one in menu.actions() if one.text().endswith("first")).trigger()
    opens("first")
    menu.actions()[-1].trigger()
    assert session.settings.recent_folders == []
    menu.aboutToShow.emit()
    assert not any(one.text().endswith("first") for one in menu.actions())


def test_a_dropped_recipe_opens_and_a_dropped_augmentation_leaves_the_rest(
    qtbot: QtBot, window: MainWindow, session: Session, tmp_path: Path
) -> None:
    for name in ("leaf.thaw.zip", "leaf.thaw (1).zip"):  # runs
        (tmp_path / name).write_bytes(b"no zip")
        with qtbot.waitSignal(window.archives.failed):
            assert _drop(window, tmp_path / name)
        assert "archive_no_zip" in said(window.messages.text)
    recipe, bad = tmp_path / "mine.toml", tmp_path / "bad.json"
    bad.write_text('{"batch_size": 0}')
    _drop(window, bad)
    assert "batch_size" in window.messages.text
    assert window.messages.isVisibleTo(window)
    assert session.recipe == RunConfig()
    recipe.write_text("[[stages]]\nepochs = 3\n")
    assert _drop(window, recipe)
    assert not window.messages.isVisibleTo(window)
    assert [stage.epochs for stage in session.recipe.stages] == [3]
    augmentation = AugmentationConfig(rotation=(-9, 9))
    assert _drop(window, recipes.save_augmentation(tmp_path / "mine.json", augmentation))
    assert [stage.epochs for stage in session.recipe.stages] == [3]
    assert session.recipe.augmentation == augmentation


def _save_as(monkeypatch: pytest.MonkeyPatch, path: Path, kind: str = "") -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), kind))


def test_a_recipe_is_saved_and_opened_again_and_replaces_no_file_unasked(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session.change("stages.0.epochs", 3)
    _save_as(monkeypatch, tmp_path / "recipe")
    _press(qtbot, window, Qt.Key.Key_S)
    file = tmp_path / "recipe.json"
    assert json.loads(file.read_text())["stages"][0]["epochs"] == 3
    session.undo()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    _press(qtbot, window, Qt.Key.Key_O, shift=True)
    assert session.recipe.stages[0].epochs == 3
    file.write_text("{}")
    for role in (REJECT, ACCEPT):

        def press(box: QMessageBox, role: QMessageBox.ButtonRole = role) -> None:
            next(one for one in box.buttons() if box.buttonRole(one) == role).click()

        monkeypatch.setattr(QMessageBox, "exec", press)
        _action(window, "Ctrl+S").trigger()
        assert (file.read_text() == "{}") == (role == REJECT)
    _save_as(monkeypatch, tmp_path / "recipe", "(*.toml)")
    _action(window, "Ctrl+S").trigger()
    assert "[[stages]]" in (tmp_path / "recipe.toml").read_text()
    place = tmp_path / "gone" / "recipe.json"
    _save_as(monkeypatch, place)
    _action(window, "Ctrl+S").trigger()
    assert str(place) in window.messages.text


def test_errors_of_the_session_are_shown_until_closed(
    qtbot: QtBot, window: MainWindow, session: Session, tmp_path: Path
) -> None:
    window.show_step("model")
    with qtbot.waitSignal(session.scan_failed):
        session.open_folder(tmp_path / "gone")
    assert "folder_missing" in said(window.messages.text)
    session.training_failed.emit(ThawError("run_folder_unwritable", path="/x", reason="full"))
    assert "run_folder_unwritable" in said(window.messages.text)
    assert "/x" in window.messages.text
    close = next(one for one in window.messages.children() if hasattr(one, "click"))
    qtbot.mouseClick(close, LEFT)
    assert window.messages.text == ""


# -- training -------------------------------------------------------------------------------


@pytest.mark.parametrize("ends", [Qt.Key.Key_F5, Qt.Key.Key_F6], ids=["stop", "finish epoch"])
def test_keys_train_pause_and_stop(
    qtbot: QtBot, window: MainWindow, opened: Session, training: FakeTraining, ends: Qt.Key
) -> None:
    train, stop = _action(window, "F5"), _action(window, "Shift+F5")
    assert not stop.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert opened.is_training
    assert window.step == "train"
    assert not train.isEnabled()
    for paused in (True, False):
        qtbot.keyClick(window, Qt.Key.Key_F6)
        assert opened.is_paused == paused
    with qtbot.waitSignal(opened.training_finished):
        qtbot.keyClick(window, ends, Qt.KeyboardModifier.ShiftModifier)
        assert stop.isEnabled() == opened.finishes_epoch == (ends == Qt.Key.Key_F6)
    assert train.isEnabled()
    assert opened.history.finished.outcome == "stopped"
    assert window.step == "train"


def test_the_runs_folder_is_opened_or_named_and_can_be_changed(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    running: FakeTraining,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for opens in (True, False):
        asked: list[QUrl] = []
        monkeypatch.setattr(
            "gui.shell.files.QDesktopServices.openUrl",
            lambda url, asked=asked, opens=opens: asked.append(url) or opens,
        )
        _action(window, "run's folder").trigger()
        assert asked == [QUrl.fromLocalFile(str(session.run.directory))]
        assert (str(session.run.directory) in window.messages.text) != opens
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "mine"))
    before = str(session.settings.runs_folder)
    _action(window, "Runs folder").trigger()
    assert before in window.findChild(QMessageBox).informativeText()
    _answer(qtbot, window, QMessageBox.ButtonRole.ActionRole)
    assert session.settings.runs_folder == tmp_path / "mine"


def test_an_earlier_run_is_opened_and_can_continue(
    qtbot: QtBot,
    window: MainWindow,
    session: Session,
    running: FakeTraining,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_run = _action(window, "earlier")
    assert not open_run.isEnabled()
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


# -- closing --------------------------------------------------------------------------------


def test_closing_while_it_trains_asks_stops_waits_and_closes(
    qtbot: QtBot, window: MainWindow, session: Session, running: FakeTraining
) -> None:
    session.pause_training()
    assert not window.close()
    assert session.is_training
    with qtbot.waitSignal(session.training_finished):
        _answer(qtbot, window, ACCEPT)
        assert window.isVisible()
    assert not window.isVisible()
    assert session.history.finished.outcome == "stopped"


def test_keep_training_keeps_the_window(
    qtbot: QtBot, window: MainWindow, session: Session, running: FakeTraining
) -> None:
    window.close()
    window.close()
    assert len(window.findChildren(QMessageBox)) == 1
    _answer(qtbot, window, REJECT)
    assert session.is_training
    assert not session.is_stopping
    assert window.isVisible()
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is None)
    window.close()
    with qtbot.waitSignal(session.training_finished):
        running.may_finish.set()
    assert window.isVisible()  # it still asks
    _answer(qtbot, window, ACCEPT)
    assert not window.isVisible()


def test_the_question_says_what_is_kept(qtbot: QtBot, session: Session) -> None:
    window = QWidget()
    qtbot.addWidget(window)

    def body(told: History) -> str:
        session.history = told
        return ClosingQuestion(session, window).informativeText()

    not_set_up = body(History())
    session.run = cast(Run, SimpleNamespace(directory=Path("run")))
    resumable = body(history((), planned=(2,), outcome=None))
    best = body(history((0.5, 0.75), outcome=None))
    last = body(history((0.5, 0.75), outcome=None, keep="last"))
    assert len({not_set_up, resumable, best, last}) == 4
    assert resumable in best
    assert resumable in last
    session.run = None


# -- the rest of the menus ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("About", QMessageBox),
        ("F1", QMessageBox),
        ("Kept features", KeptDialog),
        ("Recorded transfer", ExperimentReplay),
    ],
)
def test_a_menu_opens_its_dialog(
    qtbot: QtBot, window: MainWindow, name: str, kind: type[QWidget]
) -> None:
    _action(window, name).trigger()
    shown = window.findChild(kind)
    assert shown.isVisible()
    if isinstance(shown, QMessageBox):
        assert "VGG16" in shown.informativeText()
    if isinstance(shown, KeptDialog):
        qtbot.waitUntil(lambda: not shown.is_busy)
    if isinstance(shown, ExperimentReplay):
        qtbot.waitUntil(lambda: shown.recording is not None)
    shown.close()


def test_the_recipe_is_copied_as_the_command_that_repeats_it(
    qtbot: QtBot, window: MainWindow, session: Session, picture_folder: PictureFolder
) -> None:
    copy = _action(window, "Ctrl+Shift+C")
    assert not copy.isEnabled()
    folder = picture_folder(per_class=5)
    open_folder(qtbot, session, folder)
    session.change("stages.1.thawed", [4, 5])
    session.change("seed", 3)
    session.edit(session.choices.edits.excluding(["red/000.png"]))
    copy.trigger()
    line = QApplication.clipboard().text()
    assert line == command.command(folder, session.recipe)
    for part in ("train", "seed=3", "stages.1.thawed"):
        assert part in line
    kept = edits.kept_file(folder).read_text(encoding="utf-8")  # decided just before
    row = next(line for line in kept.splitlines() if line.startswith("red/000.png"))
    assert "excluded" in row


# -- the theme ------------------------------------------------------------------------------


def test_the_theme_is_remembered(app: QApplication, window: MainWindow, session: Session) -> None:
    _action(window, "Dark").trigger()
    assert app.palette().window().color().lightness() < 100
    assert session.settings.theme == "dark"
    _action(window, "Light").trigger()
    assert app.palette().window().color().lightness() > 200


def inks(widget: QWidget) -> set[str]:
    """The opaque colours of the images in ``widget``'s labels."""
    colors: set[str] = set()
    for label in widget.findChildren(QLabel):
        image = label.pixmap().toImage()
        places = ((x, y) for x in range(image.width()) for y in range(image.height()))
        pixels = (image.pixelColor(x, y) for x, y in places)
        colors |= {pixel.name() for pixel in pixels if pixel.alpha() == 255}
    return colors


@pytest.mark.parametrize("shown", [True, False])
def test_hand_made_colours_follow_the_theme(
    qtbot: QtBot, app: QApplication, session: Session, shown: bool
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    card = FindingCard(window)
    card.show_card(Card("problems", "warning", "3 files", ""))
    check = FindingCheck("Look", window)
    check.show_state("Done", done=True)
    box = FieldBox("Share", QLineEdit(), "of all", "A number", window)
    box.set_error("Too much")
    button = RunMenuButton(RunActions(session, window), window)
    button.resize(36, 40)
    window.setVisible(shown)
    assert check.start.isHidden()
    for scheme in ("light", "dark"):
        theme.apply(app, scheme)
        QApplication.processEvents()
        assert theme.data_color("warning").name() in inks(card)
        assert theme.data_color("right").name() in inks(check)
        assert box.name.palette().windowText().color() == theme.data_color("wrong")
        lightness = button.grab().toImage().pixelColor(6, 6).lightness()
        assert lightness > 200 if scheme == "light" else lightness < 100
