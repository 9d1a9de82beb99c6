"""Start, slope and end of arms, and what may be said of two of them."""

from collections import Counter

import numpy as np
import pytest

from core.experiments import text as experiment_text
from core.experiments.marks import chosen_target, of_histories
from core.experiments.text import ENGLISH
from tests.support.experiments import (
    HIGH,
    IMAGES,
    LOW,
    MARKS,
    NEVER,
    PAIR,
    diverged,
    history,
    marks,
)


def test_all_three_marks_of_a_clear_difference() -> None:
    found = marks(HIGH, LOW)
    pair = found.pairs[0]
    assert (pair.start, pair.slope, pair.end) == ("first", "first", "first")
    assert found.target == 0.45, "the lower end, rounded down to 5 %"
    high, low = found.arms
    assert high.epochs_to == (1, 1, 1)
    assert low.epochs_to == (4, 4, 4)
    assert high.start.mean == pytest.approx(0.61)
    assert high.area is not None
    assert high.area.mean == pytest.approx(sum(map(sum, HIGH)) / 15)
    assert low.end is not None
    assert low.end.mean == pytest.approx((0.4 + 0.5 + 0.5 + 0.4 + 0.49 + 0.51 + 1.43) / 9)
    assert (found.end_by, found.last) == ("last", 3)


def accuracies(draws: np.random.Generator, level: float) -> list[list[float]]:
    """Three seeds' curves to ``level``, with chance, on a hundred pictures."""
    paths = level * (1 - 0.6 * np.exp(-np.arange(7) / 2)) + draws.normal(0, 0.02, (3, 1))
    noisy = paths + draws.normal(0, 0.01, (3, 7))
    curves: list[list[float]] = (np.round(noisy * IMAGES) / IMAGES).tolist()
    return curves


def test_equal_arms_are_seldom_called_apart_and_unequal_ones_found() -> None:
    draws, trials = np.random.default_rng(7), 300
    same, others = Counter[str](), Counter[str]()
    for _ in range(trials):
        pair = marks(accuracies(draws, 0.8), accuracies(draws, 0.8)).pairs[0]
        wrong = [mark for mark in MARKS if getattr(pair, mark) != "not_told_apart"]
        same.update([*wrong, "any"] if wrong else [])
        pair = marks(accuracies(draws, 0.9), accuracies(draws, 0.5)).pairs[0]
        others.update(mark for mark in MARKS if getattr(pair, mark) == "first")
    assert same["any"] <= 0.07 * trials, "all tests of a card together err that seldom"
    assert others["start"] >= 0.7 * trials
    assert others["end"] >= 0.95 * trials
    assert others["slope"] >= 0.75 * trials, "the lower one reaches the target at random"


def test_an_end_level_is_of_the_last_stage_alone() -> None:
    one, two = [0.5, 0.5, 0.6, 0.9, 0.9], [0.5, 0.5, 0.5, 0.6, 0.6]
    histories = {"high": [history(one, head=3)] * 3, "low": [history(two)] * 3}
    found = of_histories(histories, PAIR)
    high, low = found.arms
    assert found.last == 2, "the same number for all arms"
    assert high.end is not None
    assert low.end is not None
    assert (high.end.mean, low.end.mean) == pytest.approx((0.9, 0.6))


def test_the_tests_of_a_card_are_corrected_for_their_number() -> None:
    first, second = marks(HIGH, LOW).pairs[0], marks(HIGH, NEVER).pairs[0]
    assert set(first.p) == set(MARKS)
    assert set(second.p) == {"start"}, "an arm at chance has no other mark to test"
    curves = {"high": HIGH, "low": LOW, "other": LOW}
    histories = {name: [history(one) for one in some] for name, some in curves.items()}
    found = of_histories(histories, [*PAIR, ("high", "other")])
    assert min(found.pairs[0].p.values()) == pytest.approx(2 * min(first.p.values()))


def test_arms_with_other_seeds_are_compared_by_welch() -> None:
    histories = {
        "high": [history(one) for one in HIGH] + [history(HIGH[0][:2], finished=False)],
        "low": [history(LOW[0][:2], finished=False)] + [history(one) for one in LOW],
    }
    found = of_histories(histories, PAIR)
    assert [one.seeds for one in found.arms] == [(0, 1, 2), (1, 2, 3)]
    assert found.pairs[0].end == "first"


def test_two_seeds_tell_nothing_apart() -> None:
    found = marks(HIGH[:2], LOW[:2])
    assert {found.pairs[0].start, found.pairs[0].slope, found.pairs[0].end} == {"two_seeds"}
    told = list(experiment_text.verdicts(found, {"high": "A", "low": "B"}, ENGLISH))
    assert told == ["two seeds cannot tell A and B apart"]


def test_without_any_spread_one_picture_is_no_difference() -> None:
    def level(value: float) -> list[list[float]]:
        return [[value] * 5] * 3

    assert marks(level(0.81), level(0.8)).pairs[0].end == "not_told_apart"
    assert marks(level(0.82), level(0.8)).pairs[0].end == "first"


def test_a_longer_arm_has_no_advantage_of_its_length() -> None:
    long = [[*one, *[one[-1]] * 7] for one in LOW]
    found = marks(LOW, long, target=0.6)
    assert found.pairs[0].slope == "not_told_apart", "neither reached it"
    first, second = found.arms
    assert first.area == second.area
    assert (found.common, found.is_cut) == (5, True)
    late = [[0.2] * 5 + [0.9] * 7] * 3
    assert marks(LOW, late, target=0.6).pairs[0].slope == "not_told_apart"
    assert not marks(HIGH, LOW).is_cut


def test_an_arm_whose_seeds_all_diverged_is_listed_as_failed() -> None:
    histories = {"high": [history(one) for one in HIGH], "low": [diverged()] * 3}
    found = of_histories(histories, PAIR)
    assert (found.lost, found.failed, found.pairs) == (("low",), {"low": 3}, ())
    histories["high"][0] = diverged()
    found = of_histories(histories, PAIR)
    assert found.lost == ("low",)
    assert found.failed == {"high": 1, "low": 3}


def test_bands_that_overlap_are_not_told_apart() -> None:
    other = ([0.6, 0.7, 0.9, 0.9, 0.9], [0.5, 0.8, 0.9, 0.9, 0.8], [0.7, 0.8, 0.9, 0.9, 0.92])
    pair = marks(HIGH, other).pairs[0]
    assert {pair.start, pair.slope, pair.end} == {"not_told_apart"}
    told = list(experiment_text.verdicts(marks(HIGH, other), {"high": "A", "low": "B"}, ENGLISH))
    assert told == ["A and B are not told apart, neither by start nor by slope nor by end"]


def test_one_seed_tells_nothing_apart() -> None:
    found = marks(HIGH[:1], LOW[:1])
    assert {found.pairs[0].start, found.pairs[0].slope, found.pairs[0].end} == {"one_seed"}


def test_an_arm_at_chance_has_no_slope_and_no_end() -> None:
    found = marks(HIGH, NEVER)
    never = found.arms[1]
    assert never.at_chance
    assert (never.area, never.end, never.reached, never.epochs_to) == (None, None, None, ())
    assert found.pairs[0].start == "first"
    assert (found.pairs[0].slope, found.pairs[0].end) == ("at_chance", "at_chance")
    assert found.target == 0.9, "chance sets no target"
    told = " ".join(experiment_text.verdicts(found, {"high": "A", "low": "B"}, ENGLISH))
    assert "B never left the chance level" in told
    assert "climbs" not in told


def test_an_arm_that_fell_back_to_chance_had_left_it() -> None:
    fallen = [[0.1, 0.8, 0.8, 0.1, 0.1, 0.1]] * 3
    found = marks([[*one, 0.9] for one in HIGH], fallen)
    low = found.arms[1]
    assert (low.fell, low.at_chance, found.arms[0].fell) == (True, False, False)
    assert found.pairs[0].end == "first"
    assert found.target == 0.8, "not the chance level, which all reach at once"
    told = list(experiment_text.verdicts(found, {"high": "A", "low": "B"}, ENGLISH))
    assert "B fell back to the chance level: what it had learned was lost" in told
    assert "A ends higher than B" in told
    assert not any("never" in one for one in told)


def test_a_seed_that_fell_back_makes_no_target_of_the_chance_level() -> None:
    fallen = [0.1, 0.6, 0.6, 0.1, 0.1, 0.1]
    found = marks([[*one, 0.9] for one in HIGH], [[*LOW[0], 0.5], [*LOW[1], 0.51], fallen])
    assert found.target == 0.5, "the end of the others"


def test_one_seed_that_learned_is_enough_to_have_left_chance() -> None:
    found = marks(HIGH, (*NEVER[:2], LOW[0]))
    assert not found.arms[1].at_chance


def test_a_target_that_only_one_arm_reaches_is_steeper() -> None:
    found = marks(HIGH, LOW, target=0.8)
    assert found.target == 0.8
    assert found.arms[1].epochs_to == (None, None, None)
    assert found.arms[1].reached is None
    assert found.pairs[0].slope == "first"
    assert experiment_text.reached(found.arms[1], ENGLISH) == "0/3"


def test_only_finished_runs_count() -> None:
    histories = {"high": [history(HIGH[0]), history(HIGH[1][:2], finished=False)], "low": []}
    found = of_histories(histories, PAIR)
    assert [one.name for one in found.arms] == ["high"]
    assert len(found.arms[0].curves) == 1
    assert not found.pairs


def test_no_run_gives_no_marks() -> None:
    found = of_histories({"high": [], "low": []}, PAIR)
    assert (found.arms, found.pairs, found.target) == ((), (), None)


def test_a_target_lies_between_chance_and_the_lowest_end() -> None:
    assert chosen_target([0.83, 0.61], 0.125) == pytest.approx(0.6)
    assert chosen_target([0.14], 0.125) == pytest.approx(0.1325)
    assert chosen_target([], 0.1) is None
