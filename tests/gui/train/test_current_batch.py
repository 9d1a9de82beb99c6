"""The pictures that the network just learned from."""

from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from core.common.messages import ThawError
from gui.train.side import SHOWN, CurrentBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

COLORS = {"red": (200, 0, 0), "blue": (0, 0, 200), "green": (0, 150, 0)}


def paths(*names: str) -> tuple[Path, ...]:
    return tuple(Path(f"{name}.png") for name in names)


class Loader:
    """Makes one-coloured thumbnails, once it may; ``broken`` ones fail."""

    def __init__(self) -> None:
        self.may = Event()
        self.may.set()

    def __call__(self, path: Path, edge: int) -> "NDArray[np.uint8]":
        self.may.wait()
        if path.stem == "broken":
            raise ThawError("empty_file")
        picture = np.zeros((edge, edge, 3), np.uint8)
        picture[:] = COLORS[path.stem]
        return picture


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
def batch(qtbot: QtBot, loader: Loader) -> CurrentBatch:
    batch = CurrentBatch(loader)
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


def test_a_batch_is_seen_in_its_order(qtbot: QtBot, batch: CurrentBatch) -> None:
    batch.show_pictures(paths("red", "green", "blue"))
    qtbot.waitUntil(lambda: len(batch.shown) == 3)
    assert colors(batch) == [name("red"), name("green"), name("blue")]
    assert batch.accessibleDescription() == "red.png, green.png, blue.png"


def test_the_old_batch_stays_until_the_new_one_is_whole(
    qtbot: QtBot, batch: CurrentBatch, loader: Loader
) -> None:
    batch.show_pictures(paths("red"))
    qtbot.waitUntil(lambda: batch.shown == paths("red"))
    loader.may.clear()
    batch.show_pictures(paths("blue"))
    assert colors(batch)[0] == name("red")
    loader.may.set()
    qtbot.waitUntil(lambda: batch.shown == paths("blue"))
    assert colors(batch)[0] == name("blue")


def test_of_batches_in_quick_succession_the_latest_is_shown(
    qtbot: QtBot, batch: CurrentBatch
) -> None:
    seen = []
    for one in ("red", "green", "blue"):
        batch.show_pictures(paths(one))
        qtbot.waitUntil(lambda: len(batch.shown) == 1)
        seen.append(batch.shown)
    qtbot.waitUntil(lambda: batch.shown == paths("blue"))
    assert seen == [paths("red")] * 3


def test_a_picture_that_cannot_be_read_holds_nothing_up(qtbot: QtBot, batch: CurrentBatch) -> None:
    batch.show_pictures(paths("broken", "green"))
    qtbot.waitUntil(lambda: len(batch.shown) == 2)
    assert colors(batch)[1] == name("green")


def test_no_more_than_there_is_room_for(qtbot: QtBot, batch: CurrentBatch) -> None:
    batch.show_pictures(paths("red", "green", "blue") * 4)
    qtbot.waitUntil(lambda: len(batch.shown) == SHOWN)


def test_nothing_is_left_of_the_run_before(qtbot: QtBot, batch: CurrentBatch) -> None:
    batch.show_pictures(paths("red"))
    qtbot.waitUntil(lambda: len(batch.shown) == 1)
    batch.show_pictures([])
    assert batch.shown == ()
    assert colors(batch)[0] != name("red")


def test_nothing_is_loaded_while_hidden(qtbot: QtBot, batch: CurrentBatch) -> None:
    batch.hide()
    batch.show_pictures(paths("red"))
    assert batch.shown == ()
    batch.show()
    qtbot.waitUntil(lambda: batch.shown == paths("red"))
