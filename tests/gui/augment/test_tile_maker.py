"""Tiles are made while the window goes on, and none is forgotten under a fast slider."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from threading import Event

import numpy as np
import pytest
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot

from core.augmentation.parameters import Parameters
from gui.augment.tile_surface import TileMaker
from gui.augment.tiles import Tile
from tests.support.window.tiles import pixels, subject

PICTURE = subject()


@dataclass(frozen=True)
class Slow(Tile):
    """One whose pixels come when they may."""

    may: Event = field(default_factory=Event)

    def pixels(self) -> NDArray[np.uint8]:
        self.may.wait()
        return super().pixels()


def tile(key: Hashable, brightness: int = 0) -> Tile:
    return Tile(key, PICTURE, Parameters(scale=1.0 + brightness / 100))


@pytest.fixture
def unseen() -> set[Hashable]:
    return set()


@pytest.fixture
def maker(qtbot: QtBot, unseen: set[Hashable]) -> Iterator[TileMaker]:
    made = TileMaker(lambda key: key not in unseen)
    yield made
    qtbot.waitUntil(lambda: not made.is_busy)
    made.deleteLater()


def test_tiles_have_the_pixels_of_their_parameters(qtbot: QtBot, maker: TileMaker) -> None:
    tiles = [tile(key, 10 * key) for key in range(5)]
    maker.make(tiles)
    qtbot.waitUntil(lambda: not maker.is_busy)
    for one in tiles:
        np.testing.assert_array_equal(pixels(maker.picture(one.key)), one.pixels())


def test_only_what_has_changed_is_made_again(qtbot: QtBot, maker: TileMaker) -> None:
    maker.make([tile("a"), tile("b")])
    qtbot.waitUntil(lambda: not maker.is_busy)
    made: list[Hashable] = []
    maker.made.connect(made.extend)
    maker.make([tile("a"), tile("b", 20)])
    qtbot.waitUntil(lambda: not maker.is_busy)
    assert made == ["b"]


def test_what_is_not_seen_is_made_when_it_is(
    qtbot: QtBot, maker: TileMaker, unseen: set[Hashable]
) -> None:
    unseen.add("b")
    maker.make([tile("a"), tile("b")])
    qtbot.waitUntil(lambda: not maker.is_busy)
    assert maker.picture("a") is not None
    assert maker.picture("b") is None
    unseen.clear()
    maker.look()
    qtbot.waitUntil(lambda: maker.picture("b") is not None)


def test_a_slow_tile_holds_nothing_up_and_keeps_its_old_picture(
    qtbot: QtBot, maker: TileMaker
) -> None:
    maker.make([tile("a"), tile("b")])
    qtbot.waitUntil(lambda: not maker.is_busy)
    old = maker.picture("b")
    slow = Slow("b", PICTURE, Parameters(scale=2.0))
    maker.make([tile("a", 30), slow])
    qtbot.waitUntil(
        lambda: bool(np.array_equal(pixels(maker.picture("a")), tile("a", 30).pixels()))
    )
    assert maker.is_busy
    assert maker.picture("b") == old
    slow.may.set()
    qtbot.waitUntil(lambda: not maker.is_busy)
    np.testing.assert_array_equal(pixels(maker.picture("b")), slow.pixels())


def test_the_latest_settings_win_and_what_was_begun_is_shown_meanwhile(
    qtbot: QtBot, maker: TileMaker
) -> None:
    first = Slow("a", PICTURE, Parameters(scale=2.0))
    maker.make([first])
    last = tile("a", 70)
    maker.make([last])
    assert maker.picture("a") is None
    shown: list[NDArray[np.uint8]] = []
    maker.made.connect(lambda _keys: shown.append(pixels(maker.picture("a")).copy()))
    first.may.set()
    qtbot.waitUntil(lambda: not maker.is_busy)
    np.testing.assert_array_equal(shown[0], first.pixels())
    np.testing.assert_array_equal(shown[-1], last.pixels())


def test_tiles_that_are_no_longer_wanted_go(qtbot: QtBot, maker: TileMaker) -> None:
    slow = Slow("b", PICTURE, Parameters(scale=2.0))
    maker.make([tile("a"), slow])
    maker.make([tile("c")])
    slow.may.set()
    qtbot.waitUntil(lambda: not maker.is_busy)
    assert maker.picture("a") is None
    assert maker.picture("b") is None
    assert maker.picture("c") is not None
