"""What several runs' curves say at one place."""

import pytest

from core.reports.plots.comparison_figure import Curve, places, reading
from core.runs.history import Series


def _curve(number: int, *x: float) -> Curve:
    return Curve(f"run {number}", number, Series(x))


@pytest.mark.parametrize(
    ("x", "nearest", "expected"),
    [
        (0.0, 2.0, [(0, False), (None, False)]),
        (5.2, 5.0, [(1, False), (0, False)]),
        (6.4, 6.0, [(2, False), (0, False)]),
        (99.0, 10.0, [(2, True), (1, False)]),
    ],
)
def test_each_run_is_read_at_its_last_epoch_by_then(
    x: float, nearest: float, expected: list[tuple[int | None, bool]]
) -> None:
    found = reading([_curve(0, 2.0, 4.0, 6.0), _curve(1, 5.0, 10.0)], x)
    assert found is not None
    assert found.x == nearest
    assert [(one.place, one.ended) for one in found.rows] == expected


def test_without_an_epoch_nothing_is_read() -> None:
    assert reading([_curve(0)], 1.0) is None
    assert places([_curve(0), _curve(1, 3.0), _curve(2, 1.0, 3.0)]) == [1.0, 3.0]
