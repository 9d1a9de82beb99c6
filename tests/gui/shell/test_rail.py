"""The rail's steps, the bar along the bottom, and the dialog of the feature cache."""

import json
import os
import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QToolButton
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.compute.cache import budget as cache_budget
from core.recipe.config import RunConfig, StageConfig
from gui.base.words import NBSP
from gui.session.engine import EngineState
from gui.session.session import Session
from gui.shell.feature_cache import KeptDialog
from gui.shell.rail import NARROW, STEPS, WIDE, StepRail, StepState, StepStatus, step_status
from gui.shell.run_bar import RunBar
from tests.support.pictures import PictureFolder, draw
from tests.support.window.acting import click, press, retype
from tests.support.window.fakes import SPEED, FakeTraining, open_folder
from tests.support.wording import said

MISSING, DEFAULT, SET = StepState.MISSING, StepState.DEFAULT, StepState.SET
DOUBTFUL, OPEN = StepState.DOUBTFUL, StepState.OPEN

# -- the rail -------------------------------------------------------------------------------


@pytest.fixture
def rail(qtbot: QtBot) -> StepRail:
    rail = StepRail()
    qtbot.addWidget(rail)
    rail.resize(WIDE, 500)
    with qtbot.waitExposed(rail):
        rail.show()
    rail.set_current("data")
    return rail


def _step(rail: StepRail, step: str) -> QAbstractButton:
    return rail.findChildren(QAbstractButton, options=Qt.FindChildOption.FindDirectChildrenOnly)[
        STEPS.index(step)
    ]


def test_clicks_and_arrow_keys_ask_for_a_step_and_the_button_to_fold(
    qtbot: QtBot, rail: StepRail
) -> None:
    chosen: list[str] = []
    asked: list[bool] = []
    rail.chosen.connect(chosen.append)
    rail.collapse_asked.connect(asked.append)
    rail.set_current("train")
    assert rail.current == "train"
    assert chosen == []
    click(_step(rail, "model"))
    assert rail.current == "model"
    rail.set_current("data")
    _step(rail, "data").setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(rail.focusWidget(), key)
    assert chosen == ["model", "augment", "model", "augment"]
    button = rail.findChild(QToolButton)
    click(button)
    rail.set_collapsed(True)
    assert rail.width() == NARROW
    click(button)
    assert asked == [True, False]


def test_each_state_and_the_current_step_are_seen_without_colour_and_heard(rail: StepRail) -> None:
    step, shapes, looks, heard = _step(rail, "results"), set(), [], set()
    for state in StepState:
        rail.set_status("results", StepStatus(state, "a line"))
        assert step.accessibleName() == "5 Results"
        assert "a line" in step.accessibleDescription()
        heard.add(step.accessibleDescription())
        image = step.grab().toImage()
        looks.append(image)
        corner = [(x, y) for x in range(WIDE - 40, WIDE - 4) for y in range(image.height())]
        ground = image.pixelColor(WIDE - 6, 4).lightness()
        ink = (place for place in corner if abs(image.pixelColor(*place).lightness() - ground) > 30)
        shapes.add(frozenset(ink))
    assert len(shapes) == len(heard) == len(StepState)
    assert all(shapes)
    rail.set_current("results")
    looks.append(step.grab().toImage())
    rail.set_status("results", StepStatus(state, "another line"))
    looks.append(step.grab().toImage())
    assert all(first != second for n, first in enumerate(looks) for second in looks[:n])


def test_a_line_without_room_is_in_the_tip(rail: StepRail) -> None:
    rail.set_status("data", StepStatus(SET, "480 · 8 classes"))
    assert _step(rail, "data").toolTip() == ""
    rail.set_narrow(True)
    assert rail.is_icons_only
    assert rail.width() == NARROW
    assert "480 · 8 classes" in _step(rail, "data").toolTip()
    rail.set_narrow(False)
    assert rail.width() == WIDE
    line = "flip, rotation, scale, crop, translation"  # longer than the rail is wide
    rail.set_status("augment", StepStatus(SET, line))
    assert line in _step(rail, "augment").toolTip()


# -- what the steps say ---------------------------------------------------------------------


def test_at_the_start_images_and_results_are_missing_and_images_are_counted(
    qtbot: QtBot, session: Session, picture_folder: PictureFolder
) -> None:
    told = [step_status(step, session) for step in STEPS]
    assert [one.state for one in told] == [MISSING, DEFAULT, DEFAULT, OPEN, MISSING, DEFAULT]
    assert "20 + 10" in told[3].line
    session.open_folder(picture_folder(classes=3, per_class=5))
    reading = step_status("data", session)
    assert reading.state is MISSING
    assert reading.line != told[0].line
    qtbot.waitUntil(lambda: not session.is_scanning)
    assert step_status("data", session) == StepStatus(SET, "15 · 3 classes")
    open_folder(qtbot, session, picture_folder(classes=2, per_class=1, name="few"))
    assert step_status("data", session).state is MISSING
    session.engine.error = ThawError("torch_missing", reason="gone")
    assert step_status("train", session).state is MISSING
    assert step_status("augment", session).state is DEFAULT


def test_a_leak_is_doubtful(qtbot: QtBot, session: Session, picture_folder: PictureFolder) -> None:
    folder = picture_folder(classes=2, per_class=5, name="train").parent
    picture_folder(classes=2, per_class=2, name="val")
    draw(folder / "train" / "red" / "leak.png", (9, 200, 100), 77)
    shutil.copy(folder / "train" / "red" / "leak.png", folder / "val" / "red" / "leak.png")
    open_folder(qtbot, session, folder)
    clean = step_status("data", session)
    assert clean.state is SET
    with qtbot.waitSignal(
        session.looks.changed, check_params_cb=lambda: bool(session.looks.groups)
    ):
        session.find_duplicates()
    assert step_status("data", session).state is DOUBTFUL
    assert step_status("data", session).line != clean.line
    leaks = [path for one in session.looks.groups or () for path in one.paths]
    session.edit(session.choices.edits.accepting(leaks))
    assert step_status("data", session) == clean


def test_augmentation_that_is_on_names_its_effects(session: Session) -> None:
    session.change("augmentation.horizontal_flip", 0.5)
    assert step_status("augment", session) == StepStatus(DEFAULT, "off")
    session.set_augmenting(True)
    on = step_status("augment", session)
    assert on == StepStatus(SET, "flip, rotation, scale, translation")
    for stage in (0, 1):
        session.change(f"stages.{stage}.augment", False)
    assert step_status("augment", session).state is DOUBTFUL  # used in no stage
    assert step_status("augment", session).line not in ("off", on.line)


def test_a_change_of_a_stage_sets_the_model(session: Session) -> None:
    for key, value in (
        ("stages.1.thawed", [4, 5]),
        ("stages.0.epochs", 3),
        ("stages.0.augment", False),
        ("stages.0.learning_rate", 0.01),
    ):
        session.change(key, value)
        assert step_status("model", session).state is SET
        assert ("4, 5" in step_status("model", session).line) == (value == [4, 5])
        assert step_status("train", session).state is OPEN
        session.undo()
        assert step_status("model", session).state is DEFAULT
    session.set_recipe(RunConfig(stages=(StageConfig(epochs=20),)))
    assert step_status("model", session).state is SET
    assert "5" not in step_status("model", session).line


def test_a_run_shows_stage_epoch_and_accuracy_and_a_tick_once_it_has_ended(
    qtbot: QtBot, opened: Session, training: FakeTraining
) -> None:
    opened.start_training()
    preparing = step_status("train", opened)
    assert preparing.state is OPEN
    qtbot.waitUntil(lambda: opened.history.best is not None)
    assert step_status("train", opened) == StepStatus(OPEN, "st. 1 2/20")
    so_far = step_status("results", opened)
    assert so_far.state is OPEN
    assert f"50.0{NBSP}%" in so_far.line
    opened.pause_training()
    assert "2/20" in step_status("train", opened).line
    assert step_status("train", opened).line != "st. 1 2/20"
    with qtbot.waitSignal(opened.training_finished):
        opened.stop_training()
        assert step_status("train", opened).state is OPEN
        assert step_status("train", opened).line not in (preparing.line, "st. 1 2/20")
    planned = step_status("train", opened)
    assert planned.state is OPEN
    assert "20 + 10" in planned.line
    assert step_status("results", opened) == StepStatus(SET, f"50.0{NBSP}%")
    training.may_finish.set()
    with qtbot.waitSignal(opened.training_finished):
        opened.start_training()
    assert step_status("train", opened) == StepStatus(SET, planned.line)
    opened.change("stages.0.augment", False)
    assert step_status("train", opened) == planned


# -- the run bar ----------------------------------------------------------------------------


@pytest.fixture
def bar(qtbot: QtBot, session: Session) -> RunBar:
    bar = RunBar(session)
    qtbot.addWidget(bar)
    bar.resize(1280, 60)
    bar.show()
    return bar


def test_the_bar_follows_images_engine_and_choices_and_is_never_widened(
    qtbot: QtBot, session: Session, bar: RunBar, picture_folder: PictureFolder
) -> None:
    name, width = "a-very-long-name" * 10, bar.minimumSizeHint().width()
    assert not bar.button.isEnabled()
    assert bar.status.text == bar.button.toolTip()
    assert "no_dataset" in said(bar.status.text)
    open_folder(qtbot, session, picture_folder(per_class=20, name=name))
    assert bar.minimumSizeHint().width() == width
    assert bar.recipe.text.startswith(f"{name} 32/8 · ")
    assert bar.button.isEnabled()
    loading = bar.status.text
    session.engine.speed, session.engine.state = SPEED, EngineState.READY
    session.engine.changed.emit()
    ready = bar.status.text
    assert ready != loading
    session.set_augmenting(True)
    assert "rotation, scale, translation" in bar.recipe.text
    assert bar.status.text != ready
    session.engine.error = ThawError("torch_missing", reason="no file")
    session.engine.changed.emit()
    assert not bar.button.isEnabled()
    assert "torch_missing" in said(bar.button.toolTip())
    assert "no file" in bar.button.toolTip()


def test_one_button_trains_and_stops_and_later_changes_are_for_the_next_run(
    qtbot: QtBot, opened: Session, bar: RunBar
) -> None:
    train, height = bar.button.text(), bar.sizeHint().height()
    assert not bar.progress.isVisible()
    click(bar.button)
    assert opened.is_training
    stop = bar.button.text()
    assert stop != train
    assert bar.sizeHint().height() == height
    qtbot.waitUntil(lambda: "epoch 2 of 20" in bar.status.text)
    assert bar.progress.isVisible()
    assert bar.progress.value() > 0
    bar.refresh()
    recipe, running = bar.recipe.text, bar.status.text
    assert "block 5" in recipe
    opened.change("stages.1.thawed", [4, 5])
    assert bar.recipe.text == recipe
    assert bar.status.text.startswith(running)
    assert len(bar.status.text) > len(running)
    opened.undo()
    assert bar.status.text == running
    [pause, *_] = bar.more.menu().actions()
    words = pause.text()
    pause.trigger()
    assert "epoch 2 of 20" in bar.status.text
    assert bar.status.text != running
    assert bar.button.text() == stop
    with qtbot.waitSignal(opened.training_finished):
        click(bar.button)
        assert bar.button.text() not in (train, stop)
        assert not bar.button.isEnabled()
    assert bar.button.text() == train
    assert bar.button.isEnabled()
    assert not bar.progress.isVisible()
    assert pause.text() != words


# -- the feature cache's dialog ---------------------------------------------------------------


def _cache(name: str, size: int, days: float, **about: object) -> None:
    """Cache something of ``size`` bytes, used ``days`` before a day in 2023."""
    folder = cache_budget.root() / name
    folder.mkdir(parents=True)
    kind = name.rpartition("-")[0]
    (folder / "about.json").write_text(json.dumps({"kind": kind, "image_size": 224, **about}))
    (folder / "1.data").write_bytes(b"0" * size)
    for file in folder.iterdir():
        os.utime(file, (1_700_000_000 - days * 86_400,) * 2)


def _show(qtbot: QtBot, session: Session) -> KeptDialog:
    dialog = KeptDialog(session)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: not dialog.is_busy)
    return dialog


def _set(qtbot: QtBot, dialog: KeptDialog, budget: str) -> None:
    retype(dialog.budget, budget)
    click(dialog.set_button)
    qtbot.waitUntil(lambda: not dialog.is_busy)


def _rows(dialog: KeptDialog) -> list[tuple[str, str]]:
    items = [dialog.list.topLevelItem(row) for row in range(dialog.list.topLevelItemCount())]
    return [(one.text(0), one.text(1).replace("\xa0", " ")) for one in items if one is not None]


def test_it_lists_kinds_with_sizes_the_last_used_first_until_they_are_cleared(
    qtbot: QtBot, opened: Session, training: FakeTraining
) -> None:
    _cache("features-a", 3000, 3, boundary=4)
    _cache("features-b", 2000, 1, image_size=64, boundary=1)
    _cache("pictures-c", 1000, 2)
    for view in range(3):
        _cache(f"features-{view}", 500, 4, boundary=5, augmentation={}, view=view)
    dialog = _show(qtbot, opened)
    rows = _rows(dialog)
    for (words, _), values in zip(
        rows, (("1", "64 px"), ("224 px",), ("4", "224 px"), ("5", "224 px", "3")), strict=True
    ):
        assert all(value in words for value in values)
    assert len(set(rows)) == 4
    assert rows[2][1] == "3.1 kB"
    tips = [dialog.clear_button.toolTip()]
    opened.start_training()
    assert not dialog.clear_button.isEnabled()
    tips.append(dialog.clear_button.toolTip())
    with qtbot.waitSignal(opened.training_finished):
        training.may_finish.set()
    assert "kB" in dialog.total.text()
    click(dialog.clear_button)
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert cache_budget.usage() == []
    assert _rows(dialog) == []
    assert not dialog.clear_button.isEnabled()
    tips.append(dialog.clear_button.toolTip())
    assert len(set(tips)) == 3
    assert "kB" not in dialog.total.text()


def test_a_budget_drops_the_longest_unused(qtbot: QtBot, session: Session) -> None:
    _cache("features-old", 300_000, 3, boundary=4)
    _cache("features-new", 300_000, 1, boundary=5)
    dialog = _show(qtbot, session)
    assert not dialog.set_button.isEnabled()
    assert len(cache_budget.usage()) == 2
    _set(qtbot, dialog, "0.0004")
    assert cache_budget.chosen_budget() == 400_000
    [(words, _)] = _rows(dialog)
    assert "5" in words
    assert not dialog.set_button.isEnabled()
    within = dialog.total.text()
    for file in (cache_budget.root() / "features-new").iterdir():
        os.utime(file)  # used just now: it outlives a smaller budget
    _set(qtbot, dialog, "0.0001")
    assert len(_rows(dialog)) == 1
    assert "300" in dialog.total.text()
    assert len(dialog.total.text()) > len(within)  # and says why


def test_an_empty_budget_follows_the_disk_and_one_that_is_not_remembered_is_reported(
    qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_most: int | None) -> None:
        raise OSError(28, "No space left")

    cache_budget.choose_budget(5 * 10**9)
    dialog = _show(qtbot, session)
    assert dialog.budget.text() == "5"
    dialog.budget.selectAll()
    press(dialog.budget, Qt.Key.Key_Delete, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not dialog.is_busy)
    assert cache_budget.chosen_budget() is None
    assert dialog.isVisible()
    monkeypatch.setattr(cache_budget, "choose_budget", fail)
    _set(qtbot, dialog, "3")
    assert "file_system" in said(dialog.problem.text)
    assert "No space left" in dialog.problem.text
    assert dialog.set_button.isEnabled()
