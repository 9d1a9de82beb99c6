"""The clock of a replay."""

import pytest
from pytestqt.qtbot import QtBot

from core.runs.replay import Speed, timeline
from gui.session.replay import Player
from tests.support.replays import trained


class Clock:
    """Time as a test wants it."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def player(qtbot: QtBot, clock: Clock) -> Player:
    """At the beginning of four epochs of 80, 8, 8 and 8 seconds."""
    made = Player(clock=clock)
    made.load(timeline(trained((2, 2), seconds=8.0)))
    return made


def pass_time(player: Player, clock: Clock, seconds: float) -> None:
    for _ in range(round(seconds * 10)):
        clock.now += 0.1
        player.tick()


def test_a_whole_run_plays_in_the_seconds_that_were_chosen(
    qtbot: QtBot, player: Player, clock: Clock
) -> None:
    player.set_speed(Speed(whole=30.0))
    player.play()
    pass_time(player, clock, 15.0)
    assert player.position == pytest.approx(2.0)  # epochs: half of them
    with qtbot.waitSignal(player.ended):
        pass_time(player, clock, 15.1)
    assert player.is_at_end
    assert not player.is_playing


@pytest.mark.parametrize("factor", [1.0, 10.0])
def test_a_factor_plays_the_time_that_passed(player: Player, clock: Clock, factor: float) -> None:
    player.set_speed(Speed(factor=factor))
    player.play()
    pass_time(player, clock, 2.0)
    assert player.seconds == pytest.approx(2.0 * factor)


def test_a_pause_holds_it_and_what_passes_meanwhile_does_not_count(
    player: Player, clock: Clock
) -> None:
    player.set_speed(Speed(factor=1.0))
    player.play()
    pass_time(player, clock, 1.0)
    player.toggle()
    clock.now += 100.0
    player.toggle()
    pass_time(player, clock, 1.0)
    assert player.position == pytest.approx(2.0)


def test_a_window_that_stood_still_does_not_jump(player: Player, clock: Clock) -> None:
    player.set_speed(Speed(factor=1.0))
    player.play()
    clock.now += 60.0
    player.tick()
    assert player.position <= 1.0


def test_another_speed_leaves_the_run_where_it_is(player: Player) -> None:
    player.seek(2.0)  # after two epochs of four
    player.set_speed(Speed(factor=1.0))
    assert player.position == pytest.approx(88.0)
    player.set_speed(Speed(whole=30.0))
    assert player.position == pytest.approx(2.0)


def test_playing_from_the_end_begins_anew(player: Player) -> None:
    player.seek(1e9)
    assert player.position == player.end
    player.play()
    assert player.position == 0.0
    assert player.is_playing
