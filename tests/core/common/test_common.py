"""What every layer needs: sentences by code, whole files, statistics and the stopwatch."""

import ast
import os
import string
from itertools import accumulate
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import binomtest

from core.common import files
from core.common.messages import SENTENCES, InputError, sentence
from core.common.statistics import (
    difference,
    exact_interval,
    holm,
    mcnemar,
    newcombe,
    student,
    wilson,
)
from core.common.stopwatch import Stopwatch
from tests.support import ROOT

MAKERS = {"ThawError", "InputError", "ImageError", "Notice", "sentence"}


def codes_in(path: Path) -> list[tuple[str, set[str] | None]]:
    """Each literal code that a file passes on, with the names of its values if they show."""
    found = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=code), *more]) if (
                name in MAKERS
            ):
                plain = not more and all(word.arg for word in node.keywords)
                values = {word.arg for word in node.keywords} if plain else None
                found.append((str(code), values if name.endswith("Error") else None))
    return found


def test_every_code_has_a_sentence_that_its_values_fill() -> None:
    modules = sorted((ROOT / "core").rglob("*.py"))
    assert len(modules) > 50
    for path in modules:
        for code, values in codes_in(path):
            assert code in SENTENCES, f"{path.name} uses {code}"
            parsed = string.Formatter().parse(SENTENCES[code])
            needed = {name for _, name, _, _ in parsed if name}
            assert values is None or needed <= values, f"{path.name}: {code} needs {needed}"


def test_an_error_reads_as_its_sentence() -> None:
    error = InputError("folder_missing", path="/no/such")
    assert "/no/such" in str(error)
    assert sentence(error.code, error.values) == str(error)


# -- files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.json", "x" * 250])
def test_a_file_is_replaced_wholly_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    files.replace(tmp_path / name, b"one")
    files.replace(tmp_path / name, b"two")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.replace(tmp_path / name, b"three")
    assert (tmp_path / name).read_bytes() == b"two"
    assert os.listdir(tmp_path) == [name]


# -- statistics -----------------------------------------------------------------------------


@given(st.integers(1, 100_000), st.data())
def test_wilson_is_scipys_and_holds_the_share(total: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, total))
    theirs = binomtest(correct, total).proportion_ci(confidence_level=0.95, method="wilson")
    low, high = wilson(correct, total)
    assert (low, high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert 0 <= low <= correct / total <= high <= 1
    assert low < high


def test_none_counted_says_nothing_and_all_correct_still_leaves_doubt() -> None:
    assert wilson(0, 0) == (0, 1)
    assert wilson(10, 10) == (pytest.approx(0.7225, abs=5e-5), 1)
    for correct, total in ((-1, 10), (11, 10), (1, 0)):
        with pytest.raises(ValueError, match="total"):
            wilson(correct, total)
    for wrong in (lambda: mcnemar(-1, 3), lambda: newcombe(3, -1, 0, 0)):
        with pytest.raises(ValueError, match="negative"):
            wrong()


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_mcnemar_is_scipys_exact_binomial_test(first: int, second: int) -> None:
    theirs = binomtest(first, first + second, 0.5).pvalue if first + second else 1.0
    assert mcnemar(first, second) == pytest.approx(theirs, rel=1e-9)
    assert mcnemar(first, second) == mcnemar(second, first)


@given(st.lists(st.floats(min_value=0, max_value=1), min_size=1, max_size=20))
def test_holm_finds_at_most_what_each_test_alone_does_and_at_least_what_bonferroni_does(
    values: list[float],
) -> None:
    # the worked example: four p times 4, 3, 2 and 1 from the smallest on, none below the one before
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    corrected = holm(values)
    for p, adjusted in zip(values, corrected, strict=True):
        assert p <= adjusted <= min(1.0, len(values) * p)
    order = sorted(range(len(values)), key=lambda one: values[one])
    assert [corrected[one] for one in order] == sorted(corrected)


def test_newcombes_interval_is_the_published_one() -> None:
    """Newcombe's own table, and two trials in Fagerland, Lydersen and Laake (2017)."""
    for counts, interval in (
        ((36, 2, 12, 0), (0.0569, 0.3404)),
        ((20, 2, 12, 16), (0.0562, 0.3292)),
        ((59, 16, 6, 80), (-0.1186, -0.0046)),
    ):
        assert newcombe(*counts) == pytest.approx(interval, abs=6e-5)


_count = st.integers(min_value=0, max_value=3000)


@given(_count, _count, _count, _count)
def test_newcombes_interval_holds_the_difference_and_turns_round_with_the_classifiers(
    both: int, first: int, second: int, neither: int
) -> None:
    total = both + first + second + neither
    low, high = newcombe(both, first, second, neither)
    assert -1 <= low <= high <= 1
    assert low - 1e-12 <= (second - first) / max(1, total) <= high + 1e-12
    assert newcombe(both, second, first, neither) == pytest.approx((-high, -low), abs=1e-12)


@given(st.integers(1, 3000), st.data())
def test_the_exact_interval_is_scipys(total: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, total))
    theirs = binomtest(correct, total).proportion_ci(method="exact")
    assert exact_interval(correct, total) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert exact_interval(0, 0) == (0.0, 1.0), "nothing counted says nothing"


def test_the_test_of_a_difference_is_students_or_welchs() -> None:
    for count in (3, 5, 12):
        draws = np.random.default_rng(count)
        first, second = draws.normal((0.6, 0.5), (0.02, 0.03), (count, 2)).T
        found = difference(first.tolist(), second.tolist(), paired=True)
        assert found.p == pytest.approx(stats.ttest_rel(first, second).pvalue, rel=1e-9)
        assert found.mean == pytest.approx((first - second).mean())
        assert student(count) == pytest.approx(stats.t.ppf(0.975, count))
        if count > 3:
            welch = stats.ttest_ind(first, second[1:], equal_var=False)
            unequal = difference(first.tolist(), second[1:].tolist(), paired=False)
            assert unequal.p == pytest.approx(welch.pvalue, rel=1e-9)


def test_a_difference_needs_three_of_each_and_bears_no_spread() -> None:
    with pytest.raises(ValueError, match="three"):
        difference([0.1, 0.2], [0.1, 0.2, 0.3], paired=False)
    for paired in (True, False):
        apart = difference([0.75] * 3, [0.5] * 3, paired=paired)
        assert (apart.mean, apart.p) == (0.25, 0.0)
        assert difference([0.5] * 3, [0.5] * 3, paired=paired).p == 1.0


# -- the stopwatch --------------------------------------------------------------------------


def stopwatch(*gaps: float) -> Stopwatch:
    """One whose clock has gone on by the next of these each time that it is asked."""
    return Stopwatch(accumulate(gaps, initial=100.0).__next__)


@pytest.mark.parametrize(
    ("gaps", "seconds"),
    [
        ([1.0, 2.0, 15.0, 0.5], 18.5),
        ([1.0, 1.2, 1.1, 8 * 3600.0, 1.1], 1 + 1.2 + 1.1 * 3),  # a night is one more step
        ([1.0, 1.0, -3600.0, 1.0], 3.0),  # a clock that jumps back takes nothing away
        ([300.0, 310.0, 290.0, 2000.0], 2900.0),  # slow work is no sleep
    ],
)
def test_work_adds_up_but_not_sleep(gaps: list[float], seconds: float) -> None:
    watch = stopwatch(*gaps)
    assert sum(watch.tick("step") for _ in gaps) == pytest.approx(seconds)
    assert watch.seconds == pytest.approx(seconds)


def test_a_machine_that_became_slower_is_believed_after_a_while() -> None:
    watch = stopwatch(*[1.0] * 9, *[60.0] * 20)
    for _ in range(29):
        watch.tick("step")
    assert watch.seconds > 9 + 14 * 60


def test_each_kind_has_its_own_usual_and_a_restart_forgets_what_passed() -> None:
    watch = stopwatch(5, 1, *[0.2, 600.0] * 3)
    watch.restart()
    assert watch.tick("step") == pytest.approx(1.0)
    for kind in ["piece", "slow"] * 3:
        watch.tick(kind)
    assert watch.seconds == pytest.approx(1801.6)
