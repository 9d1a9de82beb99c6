"""The strip of blocks by stages: what is frozen, thawed and now training."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QColor, QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from gui.base import theme
from gui.train.stages import StageStrip

HEAD = 5


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    theme.apply(qapp, "light")
    yield qapp
    theme.apply(qapp, "system")


@pytest.fixture
def strip(app: QApplication, qtbot: QtBot) -> StageStrip:
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


def test_frozen_is_icy_and_what_learns_is_warm(strip: StageStrip) -> None:
    frozen, thawed = theme.fill_color("frozen"), theme.fill_color("thawed")
    assert [color_of(strip, 0, column) for column in range(6)] == 5 * [frozen] + [thawed]
    assert [color_of(strip, 1, column) for column in range(6)] == 4 * [frozen] + 2 * [thawed]


def test_blocks_beyond_the_depth_are_empty(strip: StageStrip) -> None:
    strip.show_stages([(3,)], depth=3)
    window = strip.palette().window().color()
    assert [color_of(strip, 0, column) for column in (3, 4)] == [window, window]
    assert color_of(strip, 0, 2) == theme.fill_color("thawed")


def test_the_row_that_trains_is_marked(strip: StageStrip) -> None:
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


def test_a_screen_reader_hears_what_trains(strip: StageStrip) -> None:
    strip.show_stages([(), (4, 5)], running=1)
    assert strip.accessibleDescription().splitlines() == [
        "Stage 1 trains head. It trains now.",
        "Stage 2 trains block4, block5, head.",
    ]


def test_a_cell_explains_itself(strip: StageStrip) -> None:
    for row, column, said in (
        (0, 4, "block5: frozen: its weights stay as they are"),
        (1, 4, "block5: thawed: it learns"),
        (1, HEAD, "head: thawed: it learns"),
    ):
        place = strip.cell(row, column).center()
        QApplication.sendEvent(
            strip, QHelpEvent(QEvent.Type.ToolTip, place, strip.mapToGlobal(place))
        )
        assert QToolTip.text() == said


def test_dark_is_followed(qtbot: QtBot, app: QApplication, strip: StageStrip) -> None:
    light = color_of(strip, 0, 0)
    theme.apply(app, "dark")
    qtbot.waitUntil(lambda: color_of(strip, 0, 0) == theme.fill_color("frozen"))
    assert color_of(strip, 0, 0) != light


def test_all_cells_fit_in_the_least_width(strip: StageStrip) -> None:
    strip.resize(strip.minimumSizeHint())
    cells = [strip.cell(row, column) for row in range(2) for column in range(6)]
    assert all(strip.rect().contains(cell) for cell in cells)
    assert all(not a.intersects(b) for a in cells for b in cells if a is not b)
