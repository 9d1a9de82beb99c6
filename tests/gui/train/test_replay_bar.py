"""The controls of a replay."""

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from core.runs.replay import SPEEDS, USUAL_SPEED, StageMark, timeline
from gui.runs.replay import ReplayBar, TimeSlider
from gui.session.replay import Player
from tests.support.replays import trained

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def player(qtbot: QtBot) -> Player:
    return Player()


@pytest.fixture
def bar(qtbot: QtBot, player: Player) -> ReplayBar:
    """On screen, with a run of two stages of two epochs."""
    made = ReplayBar(player)
    qtbot.addWidget(made)
    made.resize(900, made.sizeHint().height())
    player.load(timeline(trained((2, 2))))
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_the_button_plays_and_pauses(qtbot: QtBot, bar: ReplayBar, player: Player) -> None:
    assert bar.play_button.accessibleName() == "Play"
    qtbot.mouseClick(bar.play_button, LEFT)
    assert player.is_playing
    assert bar.play_button.accessibleName() == "Pause"
    qtbot.mouseClick(bar.play_button, LEFT)
    assert not player.is_playing


def test_space_holds_it_at_once(qtbot: QtBot, bar: ReplayBar, player: Player) -> None:
    player.play()
    assert bar.focusWidget() is bar.play_button
    qtbot.keyClick(bar.play_button, Qt.Key.Key_Space)
    assert not player.is_playing


def test_the_slider_goes_along_and_takes_it_elsewhere(bar: ReplayBar, player: Player) -> None:
    player.seek(2.0)
    assert bar.slider.value() == bar.slider.maximum() // 2
    bar.slider.setValue(bar.slider.maximum() // 4)
    assert player.position == pytest.approx(1.0)


def test_a_replay_that_moves_is_not_sought_by_its_own_slider(
    bar: ReplayBar, player: Player
) -> None:
    player.seek(1.23456)
    assert player.position == 1.23456


def test_a_click_on_the_groove_goes_there(qtbot: QtBot, bar: ReplayBar, player: Player) -> None:
    slider = bar.slider
    qtbot.mouseClick(slider, LEFT, pos=QPoint(slider.width() * 3 // 4, 8))
    assert player.position == pytest.approx(3.0, abs=0.1)


def test_stages_are_marked_where_they_begin_at_that_pace(
    qtbot: QtBot, bar: ReplayBar, player: Player
) -> None:
    assert bar.slider.marks == (StageMark(1, 0.0), StageMark(2, 2.0))
    bar.speed.activated.emit(len(SPEEDS) - 1)
    assert bar.slider.marks == (StageMark(1, 0.0), StageMark(2, 88.0))


def test_the_usual_speed_is_the_whole_run_in_half_a_minute(bar: ReplayBar, player: Player) -> None:
    assert USUAL_SPEED.whole == 30.0
    assert bar.speed.currentText() == "All of it in 0:30"
    bar.speed.setCurrentIndex(0)
    bar.speed.activated.emit(0)
    assert player.speed == SPEEDS[0]


def test_it_asks_to_be_closed(qtbot: QtBot, bar: ReplayBar) -> None:
    with qtbot.waitSignal(bar.close_asked):
        qtbot.mouseClick(bar.close_button, LEFT)


def test_a_slider_of_nothing_cannot_be_moved(qtbot: QtBot) -> None:
    slider = TimeSlider()
    qtbot.addWidget(slider)
    slider.set_time(0.0, ())
    slider.show_position(5.0)
    assert slider.value() == 0
    assert not slider.isEnabled()


def test_one_stage_needs_no_marks(qtbot: QtBot) -> None:
    one, two = TimeSlider(), TimeSlider()
    for slider, marks in (
        (one, (StageMark(1, 0.0),)),
        (two, (StageMark(1, 0.0), StageMark(2, 3.0))),
    ):
        qtbot.addWidget(slider)
        slider.set_time(5.0, marks)
    assert one.sizeHint().height() < two.sizeHint().height()
