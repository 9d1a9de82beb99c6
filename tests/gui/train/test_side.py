"""The parts of the Train page: score, costs, batch, blocks, clock, strip of stages, actions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event as Gate
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QInputDialog, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from core.runs.events import RunFinished, RunResumed, StageCompared, StageStarted
from core.runs.history import History, fold
from gui.base import theme
from gui.results.score import ResultScore
from gui.session.session import Session
from gui.train import side
from gui.train.actions import RunActions
from gui.train.block_changes import BlockChanges
from gui.train.shown_run import RunClock
from gui.train.side import SHOWN, CurrentBatch, ScoreCard
from gui.train.stages import StageStrip
from tests.support.histories import events, history
from tests.support.pictures import PictureFolder
from tests.support.window import fakes
from tests.support.window.fakes import (
    STARTED,
    ScriptedTraining,
    batches,
    epoch,
    open_folder,
    two_stages,
)
from tests.support.wording import said

# -- the score ------------------------------------------------------------------------------


def origin(qtbot: QtBot, keep: str, epochs: int, *, ended: bool) -> str:
    """What the card says of how the epoch was chosen."""
    card = ScoreCard()
    qtbot.addWidget(card)
    outcome, losses = "finished" if ended else None, [n / 10 for n in range(1, epochs + 1)]
    card.show_history(history((0.9,) * epochs, keep=keep, losses=losses, outcome=outcome))
    assert card.accessibleDescription().endswith(card.origin.text())
    return card.origin.text()


def test_the_score_says_how_its_epoch_was_chosen(qtbot: QtBot) -> None:
    told = {
        (keep, ended): origin(qtbot, keep, 3, ended=ended)
        for keep in ("accuracy", "loss", "last")
        for ended in (False, True)
    }
    assert len(set(told.values())) == 6
    for (keep, _), text in told.items():
        assert ("3" if keep == "last" else "1") in text
    alone = {origin(qtbot, "accuracy", 1, ended=ended) for ended in (False, True)}
    assert len(alone) == 2
    assert alone.isdisjoint(told.values())  # one epoch alone was not chosen


@pytest.mark.parametrize("make", [ScoreCard, ResultScore])
def test_the_score_shows_a_stages_gain(qtbot: QtBot, make: type[ScoreCard | ResultScore]) -> None:
    card = make()
    qtbot.addWidget(card)
    told = events((0.8,), (0.9,), outcome=None)
    card.show_history(fold(told))
    assert card.gain.isHidden()
    card.show_history(fold([*told, StageCompared(2, 1, "test", 320, 7, 25, 20)]))
    assert not card.gain.isHidden()
    for figure in ("+4.8", "+1.9", "+8.0", "p = 0.0021", "372"):
        assert figure in card.gain.text()
        assert figure in card.accessibleDescription()


# -- costs, blocks, the clock ---------------------------------------------------------------


def facts(history: History, present: float = 0.0, left: float | None = None) -> list[str]:
    return [value.replace("\xa0", " ") for _, value in side.run_facts(history, present, left)]


def test_a_run_has_its_time_speed_and_memory() -> None:
    assert facts(History()) == []
    *told, last = two_stages()
    running = fold([*told, replace(last, memory=1_830_000_000)])
    elapsed, remaining, speed, memory = facts(running, present=33.8, left=130.0)
    assert (elapsed, speed, memory) == ("35 s", "470", "1.8 GB")
    assert "2 min" in remaining
    ended = fold([*two_stages(), RunFinished("finished", seconds=75.0)])
    assert facts(ended, present=9.0) == ["1 min 15 s", "470"]


def changed_blocks(*changes: float) -> History:
    last = replace(epoch(2, 1, 150), block_changes=changes)
    return fold([STARTED, StageStarted(1, 2), epoch(1, 1, 90), StageStarted(2, 3, (5,)), last])


def test_a_frozen_block_is_exactly_0_and_the_least_change_is_not(qtbot: QtBot) -> None:
    card = BlockChanges()
    qtbot.addWidget(card)

    def heard(*changes: float) -> list[str]:
        card.show_history(changed_blocks(*changes))
        assert not card.isHidden()
        return card.accessibleDescription().replace("\xa0", " ").split("; ")

    told = heard(0.0, 0.0, 0.0, 0.0, 0.0173)
    assert "2" in card.heading.text()  # the stage
    assert [one.partition(",")[0] for one in told[:4]] == [f"block {n}: 0" for n in (1, 2, 3, 4)]
    assert told[4] == "block 5: 1.73 %"
    first, *_, last = heard(1e-9, 0.0, 0.0, 0.0, 1e-9)
    assert first.startswith("block 1: 0.01 %, ")  # though frozen
    assert last == "block 5: 0.01 %"
    card.show_history(changed_blocks())
    assert card.isHidden()


class _Signals(QObject):
    training_started = Signal()
    training_steered = Signal()
    event_received = Signal(object)
    training_finished = Signal()
    is_training = False
    is_paused = False


def test_the_clock_counts_work_alone() -> None:
    session, now = _Signals(), SimpleNamespace(seconds=100.0)
    clock = RunClock(session, clock=lambda: now.seconds)
    assert clock.seconds == 0
    session.training_started.emit()
    now.seconds = 104.0
    session.event_received.emit(batches(1, 1, 1)[0])
    assert clock.seconds == 4
    session.is_paused = True
    session.training_steered.emit()
    now.seconds = 160.0
    assert clock.seconds == 4
    session.is_paused = False
    session.training_steered.emit()
    now.seconds = 161.0
    assert clock.seconds == 5
    session.event_received.emit(epoch(1, 1, 90))
    now.seconds = 162.0
    assert clock.seconds == 1
    session.training_finished.emit()
    now.seconds = 200.0
    assert clock.seconds == 0


# -- the current batch ----------------------------------------------------------------------

COLORS = {"red": (200, 0, 0), "blue": (0, 0, 200), "green": (0, 150, 0)}


def paths(*names: str) -> tuple[Path, ...]:
    return tuple(Path(f"{name}.png") for name in names)


@pytest.fixture
def may_load() -> Gate:
    """Set while thumbnails may be made."""
    made = Gate()
    made.set()
    return made


@pytest.fixture
def batch(qtbot: QtBot, may_load: Gate) -> CurrentBatch:
    """With one-coloured thumbnails; "broken" ones fail."""

    def load(path: Path, edge: int) -> np.ndarray:
        may_load.wait()
        if path.stem == "broken":
            raise ThawError("empty_file")
        return np.full((edge, edge, 3), COLORS[path.stem], np.uint8)

    batch = CurrentBatch(load)
    qtbot.addWidget(batch)
    batch.resize(236, 156)
    batch.show()
    return batch


def colors(batch: CurrentBatch) -> list[str]:
    """The colour in the middle of the first places."""
    image = batch.grab().toImage()
    return [image.pixelColor(38 + 80 * column, 38).name() for column in range(3)]


def name(color: str) -> str:
    return QColor(*COLORS[color]).name()


def test_a_batch_is_seen_until_the_next_or_until_there_is_none(
    qtbot: QtBot, batch: CurrentBatch, may_load: Gate
) -> None:
    batch.show_pictures(paths("red", "broken", "blue"))  # one that cannot be read holds none up
    qtbot.waitUntil(lambda: len(batch.shown) == 3)
    first, _, third = colors(batch)
    assert (first, third) == (name("red"), name("blue"))
    assert batch.accessibleDescription() == "red.png, broken.png, blue.png"
    may_load.clear()
    batch.show_pictures(paths("green"))
    assert colors(batch)[0] == name("red")
    may_load.set()
    qtbot.waitUntil(lambda: batch.shown == paths("green"))
    assert colors(batch)[0] == name("green")
    batch.show_pictures([])
    assert batch.shown == ()
    assert colors(batch)[0] != name("green")


def test_of_many_batches_the_latest_is_shown_in_as_many_places_as_are_visible(
    qtbot: QtBot, batch: CurrentBatch
) -> None:
    seen = []
    for one in ("red", "green", "blue"):
        batch.show_pictures(paths(one))
        qtbot.waitUntil(lambda: len(batch.shown) == 1)
        seen.append(batch.shown)
    qtbot.waitUntil(lambda: batch.shown == paths("blue"))
    assert seen == [paths("red")] * 3
    batch.hide()
    batch.show_pictures(paths("red", "green", "blue") * 4)
    assert batch.shown == paths("blue")
    batch.show()
    qtbot.waitUntil(lambda: len(batch.shown) == SHOWN)


# -- the strip of stages --------------------------------------------------------------------

HEAD = 5


@pytest.fixture
def strip(app: QApplication, qtbot: QtBot) -> StageStrip:
    theme.apply(app, "light")
    strip = StageStrip()
    qtbot.addWidget(strip)
    strip.show_stages([(), (5,)])
    strip.resize(560, strip.sizeHint().height())
    strip.show()
    return strip


def color_of(strip: StageStrip, row: int, column: int) -> QColor:
    """The colour that fills a cell, beside its icon."""
    place = strip.cell(row, column)
    return strip.grab().toImage().pixelColor(place.left() + 12, place.center().y() - 6)


def test_frozen_is_icy_thawed_is_warm_and_blocks_beyond_the_depth_are_empty(
    qtbot: QtBot, app: QApplication, strip: StageStrip
) -> None:
    frozen, thawed = theme.fill_color("frozen"), theme.fill_color("thawed")
    assert [color_of(strip, 0, column) for column in range(6)] == 5 * [frozen] + [thawed]
    assert [color_of(strip, 1, column) for column in range(6)] == 4 * [frozen] + 2 * [thawed]
    theme.apply(app, "dark")
    qtbot.waitUntil(lambda: color_of(strip, 0, 0) == theme.fill_color("frozen") != frozen)
    strip.show_stages([(3,)], depth=3)
    window = strip.palette().window().color()
    assert [color_of(strip, 0, column) for column in (3, 4)] == [window, window]
    assert color_of(strip, 0, 2) == theme.fill_color("thawed")


def test_the_row_that_trains_is_marked_and_heard(strip: StageStrip) -> None:
    plain = strip.grab().toImage()
    strip.show_stages([(), (5,)], running=2)
    marked = strip.grab().toImage()
    first, second = strip.cell(0, 0), strip.cell(1, 0)
    assert strip.running == 2
    for place, is_marked in ((first, False), (second, True)):
        label = (0, place.top(), place.left(), place.height())
        assert (plain.copy(*label) != marked.copy(*label)) is is_marked
    edge = strip.cell(1, HEAD)
    assert marked.pixelColor(edge.center().x(), edge.top()) == theme.data_color("training")
    first_line, second_line = strip.accessibleDescription().splitlines()
    assert "block5, head." in second_line
    strip.show_stages([(), (5,)])
    assert strip.accessibleDescription().splitlines()[0] == first_line
    assert second_line.startswith(strip.accessibleDescription().splitlines()[1])


def test_a_cell_explains_itself(strip: StageStrip) -> None:
    told = []
    for row, column, block in ((0, 4, "block5"), (1, 4, "block5"), (1, HEAD, "head")):
        place = strip.cell(row, column).center()
        QApplication.sendEvent(
            strip, QHelpEvent(QEvent.Type.ToolTip, place, strip.mapToGlobal(place))
        )
        begin, _, rest = QToolTip.text().partition(": ")
        assert begin == block
        told.append(rest)
    assert told[0] != told[1] == told[2]


# -- actions --------------------------------------------------------------------------------


@pytest.fixture
def actions(qtbot: QtBot, session: Session) -> RunActions:
    window = QWidget()
    qtbot.addWidget(window)
    return RunActions(session, window, with_keys=True)


@pytest.fixture
def training(
    qtbot: QtBot,
    session: Session,
    actions: RunActions,
    picture_folder: PictureFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[ScriptedTraining]:
    """A run of two stages in the first epoch of its first."""
    made = fakes.script_training(monkeypatch)
    open_folder(qtbot, session, picture_folder())
    with qtbot.waitSignal(session.run_created):
        session.start_training()
    made.say(*two_stages()[:3])
    qtbot.waitUntil(lambda: len(session.history.batches) == 1)
    yield made
    if session.is_training:
        _end(qtbot, session, made)


def _end(
    qtbot: QtBot, session: Session, training: ScriptedTraining, outcome: str = "stopped"
) -> None:
    with qtbot.waitSignal(session.training_finished):
        training.say(RunFinished(outcome))


def test_pause_becomes_resume_and_back(
    session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    pause, tip = actions.go.text(), actions.go.toolTip()
    assert "(F6)" in tip
    actions.go.trigger()
    assert session.is_paused
    assert actions.go.text() != pause
    assert actions.go.toolTip() != tip
    actions.go.trigger()
    assert not session.is_paused
    assert actions.go.text() == pause


def test_what_is_asked_at_an_epochs_end_is_checked_and_can_be_taken_back_until_it_stops(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    actions.go.trigger()
    actions.finish.trigger()
    assert session.finishes_epoch
    assert not session.is_paused
    assert actions.finish.isChecked()
    actions.finish.trigger()
    assert not session.finishes_epoch
    actions.finish.trigger()
    actions.next_stage.trigger()
    assert session.ends_stage
    assert training.control.ends_stage
    assert actions.next_stage.isChecked()
    assert not session.finishes_epoch
    assert not actions.finish.isChecked()
    actions.next_stage.trigger()
    assert not session.ends_stage
    assert not actions.next_stage.isChecked()
    tip = actions.next_stage.toolTip()
    training.say(*two_stages()[3:])
    qtbot.waitUntil(lambda: len(session.history.stages) == 2)
    assert not actions.next_stage.isEnabled()  # none follows
    assert actions.next_stage.toolTip() != tip
    tip = actions.go.toolTip()
    session.stop_training()
    assert not any(one.isEnabled() for one in (*actions.steering, actions.stop))
    assert actions.go.toolTip() != tip


def test_a_stopped_run_resumes_and_can_go_to_its_next_stage_once_it_reports(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    _end(qtbot, session, training)
    assert session.run.name in actions.go.toolTip()
    with qtbot.waitSignal(session.run_created):
        actions.go.trigger()
    assert session.is_training
    assert not actions.next_stage.isEnabled()
    with qtbot.waitSignal(session.event_received):
        training.say(RunResumed(1, 1, batch=1))
    assert actions.next_stage.isEnabled()


def test_a_diverged_run_cannot_continue_nor_any_without_torch(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    values = {"value": "nan", "stage": "2", "epoch": "1", "batch": "4", "rate": "10"}
    with qtbot.waitSignal(session.training_finished):
        training.say(RunFinished("failed", code="not_finite", values=values))
    for one in (actions.go, actions.extend):
        assert not one.isEnabled()
        assert "not_finite" in said(one.toolTip())
    session.history.finished = RunFinished("stopped")
    session.engine.error = ThawError("torch_missing", reason="no file")
    session.engine.changed.emit()
    for one in (actions.go, actions.extend):
        assert not one.isEnabled()
        assert "torch_missing" in said(one.toolTip())


def test_a_finished_run_gets_as_many_more_epochs_as_are_asked_for(
    qtbot: QtBot, session: Session, actions: RunActions, training: ScriptedTraining
) -> None:
    pause, tip = actions.go.text(), actions.go.toolTip()
    _end(qtbot, session, training, "finished")
    assert not any(one.isEnabled() for one in (actions.go, actions.finish, actions.stop))
    assert actions.go.text() == pause
    assert actions.go.toolTip() != tip
    icons = [one.pixmap(20, 20).toImage() for one in (actions.go.icon(), theme.icon("pause"))]
    assert icons[0] == icons[1]

    def ask() -> QInputDialog:
        actions.extend.trigger()
        dialogs = actions.parent().findChildren(QInputDialog)
        dialogs[-1].setIntValue(4)
        return dialogs[-1]

    dialog = ask()
    assert "3" in dialog.labelText()  # planned until now
    dialog.reject()
    assert not session.is_training
    with qtbot.waitSignal(session.run_created):
        qtbot.keyClick(ask(), Qt.Key.Key_Return)
    assert session.running_recipe.stages[-1].epochs == 3 + 4
