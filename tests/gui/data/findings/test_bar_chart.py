"""A small histogram: heights, labels, what a bar says."""

import pytest
from pytestqt.qtbot import QtBot

from gui.base import theme
from gui.data.findings.figures import Bar, BarChart, Tick


@pytest.fixture
def chart(qtbot: QtBot) -> BarChart:
    made = BarChart()
    qtbot.addWidget(made)
    made.resize(200, made.sizeHint().height())
    return made


def test_bars_are_as_high_as_their_counts(chart: BarChart) -> None:
    chart.show_bars([Bar(10, "a: 10"), Bar(5, "b: 5"), Bar(0, "c: 0"), Bar(1, "d: 1")], [])
    heights = [chart.bar_rect(number).height() for number in range(4)]
    assert heights[0] == 2 * heights[1]
    assert heights[2] == 0
    assert heights[3] >= 1
    image, color = chart.grab().toImage(), theme.data_color("frozen")
    for number, height in enumerate(heights):
        middle = chart.bar_rect(number).center().toPoint()
        assert (image.pixelColor(middle) == color) == (height > 0)


def test_a_rare_bar_is_never_lost(chart: BarChart) -> None:
    chart.show_bars([Bar(1_000_000, "many"), Bar(1, "one")], [Tick(2, "a label at the end")])
    assert chart.bar_rect(1).height() >= 1
    assert chart.accessibleDescription() == "many; one"
    assert not chart.grab().isNull()


def test_nothing_to_draw_is_fine(chart: BarChart) -> None:
    chart.show_bars([], [])
    assert chart.counts == []
    assert not chart.grab().isNull()
