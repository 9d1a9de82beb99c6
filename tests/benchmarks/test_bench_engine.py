"""What the engine's rows say of measured trainings."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import Row, engine
from benchmarks import engine_accuracy as benchmarks_engine_accuracy
from benchmarks.probes.engine_runs import Measured, Trainings
from benchmarks.probes.engine_work import WAYS
from core.dataset.sample import files as sample_files

Rows = Callable[..., list[Row]]


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Rows:
    """The benchmark's rows of trainings that were measured before."""

    def of(
        ours: Sequence[float] = (4.0, 1.0, 1.0, 1.0),
        plain: Sequence[float] = (9.0, 8.0, 8.0),
        window: Sequence[float] = (9.0, 1.0, 1.0, 1.0),
        keras: Measured | None = None,
    ) -> list[Row]:
        seconds = {"ours": ours, "plain": plain, "window": window}
        memory = {"ours": 3 * 10**8, "plain": 6 * 10**8, "window": 10**9}

        class Told(Trainings):
            def __init__(self, home: Path) -> None:
                self.folder = home
                self.speed = SimpleNamespace(precision="float32", threads=1)  # type: ignore

            def probe(self, what: str, *_: object, **__: object) -> Measured:
                return Measured(tuple(seconds[what]), memory[what])

            def keras(self, *_: object) -> Measured | None:
                return keras

        monkeypatch.setattr(engine, "Trainings", Told)
        monkeypatch.setattr(engine, "MATRIX", 8)
        monkeypatch.setattr(engine, "pictures", lambda *_: {"train": "x", "validation": "x"})
        return engine.run()

    return of


def _of(rows: Sequence[Row], *words: str) -> Row:
    (found,) = (row for row in rows if all(word in row.what for word in words))
    return found


def test_epochs_that_were_not_run_count_as_the_later_ones(rows: Rows) -> None:
    row = _of(rows(), "head, no augmentation", "20 epochs (4 run), beside the plain loop (3 run)")

    assert row.ours == 4 + 19 * 1
    assert row.reference == 9 + 19 * 8
    assert row.met is False  # 161 / 23 is less than 15


def test_a_target_that_is_reached_is_met(rows: Rows) -> None:
    row = _of(rows(), "everything, no augmentation: 3 epochs (3 run)")

    assert row.ratio == pytest.approx(25 / 6)
    assert row.met is True


@pytest.mark.parametrize(("later", "met"), [(1.02, True), (1.04, False)])
def test_the_windows_first_epochs_do_not_count(rows: Rows, later: float, met: bool) -> None:
    row = _of(rows(window=(60.0, later, later, later)), "in the window")

    assert row.ours == later
    assert row.reference == 1.0
    assert row.met is met


def test_keras_has_rows_of_its_own_where_it_is_there(rows: Rows) -> None:
    without = rows()
    beside = rows(keras=Measured((30.0, 10.0), 2 * 10**9))

    assert not any("Keras" in row.what for row in without)
    assert _of(beside, "block 5", "an epoch after the first, beside Keras").ratio == 10.0
    assert len(beside) == len(without) + 3 * len(WAYS)


@pytest.mark.parametrize(("lower", "met"), [(0.01, True), (0.04, False)])
def test_accuracies_are_compared_by_their_means(
    monkeypatch: pytest.MonkeyPatch, lower: float, met: bool
) -> None:
    plain = {name: [0.9, 0.95] for name in WAYS}
    ours = {name: [0.9, 0.95 - lower] for name in WAYS}
    given = {"ours": ours, "plain": plain}
    monkeypatch.setattr(sample_files, "write", lambda *_: None)
    monkeypatch.setattr(benchmarks_engine_accuracy, "pictures", lambda *_: {"validation": "x" * 96})
    monkeypatch.setattr(benchmarks_engine_accuracy, "_accuracies", lambda _, __, what: given[what])

    row = _of(benchmarks_engine_accuracy.run(), "head", "2 seeds x 96 pictures")

    assert row.reference == pytest.approx(92.5)
    assert row.ours == pytest.approx(92.5 - 100 * lower / 2)
    assert row.met is met
