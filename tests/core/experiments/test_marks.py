"""What an experiment shows: its marks and their statistics, in words and as a figure."""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from scipy import stats

from core.cli import experiment as cli_experiment
from core.common.messages import SENTENCES
from core.experiments import export as experiment_export
from core.experiments import text as experiment_text
from core.experiments.experiment import Experiment, Place
from core.experiments.marks import (
    Marks,
    band,
    chosen_target,
    late,
    of_histories,
    of_place,
    span,
)
from core.experiments.text import ENGLISH
from core.recipe import files as recipes
from core.reports.plots.files import as_file
from core.reports.plots.style import DARK, LIGHT
from core.runs.evaluation import Prediction, Result, write_predictions
from core.runs.places import PREDICTIONS
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
    recorded,
    small_experiment,
)
from tests.support.pictures import draw_folder
from tests.support.runs import read_csv
from tests.support.wording import said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of ten images, which no test changes."""
    return draw_folder(tmp_path_factory.mktemp("marks") / "images", 2, 10)


@pytest.fixture(scope="module")
def experiment(folder: Path) -> Experiment:
    return small_experiment(folder)


def arms(**curves: Sequence[list[float]]) -> Marks:
    """The marks of arms with these curves, each compared with the first."""
    first, *others = curves
    histories = {name: [history(one) for one in some] for name, some in curves.items()}
    return of_histories(histories, [(first, other) for other in others])


def test_all_three_marks_of_a_clear_difference() -> None:
    found = marks(HIGH, LOW)
    pair = found.pairs[0]
    assert (pair.start, pair.slope, pair.end) == ("first", "first", "first")
    assert found.target == 0.45, "the lower end, rounded down to 5 %"
    high, low = found.arms
    assert high.epochs_to == (1, 1, 1)
    assert low.epochs_to == (4, 4, 4)
    assert high.start.mean == pytest.approx(0.61)
    assert high.area.mean == pytest.approx(sum(map(sum, HIGH)) / 15)
    assert low.end.mean == pytest.approx((0.4 + 0.5 + 0.5 + 0.4 + 0.49 + 0.51 + 1.43) / 9)
    assert found.last == 3


def accuracies(draws: np.random.Generator, level: float) -> list[list[float]]:
    """Three seeds' curves to ``level``, with chance, on a hundred pictures."""
    paths = level * (1 - 0.6 * np.exp(-np.arange(7) / 2)) + draws.normal(0, 0.02, (3, 1))
    noisy = paths + draws.normal(0, 0.01, (3, 7))
    curves: list[list[float]] = (np.round(noisy * IMAGES) / IMAGES).tolist()
    return curves


def test_equal_arms_are_seldom_called_apart_and_unequal_ones_found() -> None:
    draws, trials = np.random.default_rng(7), 200
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
    assert (high.end.mean, low.end.mean) == pytest.approx((0.9, 0.6))


def test_the_tests_of_a_card_are_corrected_for_their_number() -> None:
    first, second = marks(HIGH, LOW).pairs[0], marks(HIGH, NEVER).pairs[0]
    assert set(first.p) == set(MARKS)
    assert set(second.p) == {"start"}, "an arm at chance has no other mark to test"
    found = arms(high=HIGH, low=LOW, other=LOW)
    assert min(found.pairs[0].p.values()) == pytest.approx(2 * min(first.p.values()))


def test_only_finished_runs_count_and_arms_with_other_seeds_are_compared_by_welch() -> None:
    histories = {
        "high": [history(one) for one in HIGH] + [history(HIGH[0][:2], finished=False)],
        "low": [history(LOW[0][:2], finished=False)] + [history(one) for one in LOW],
    }
    found = of_histories(histories, PAIR)
    assert [one.seeds for one in found.arms] == [(0, 1, 2), (1, 2, 3)]
    assert found.pairs[0].end == "first"
    found = of_histories({"high": histories["high"][2:], "low": []}, PAIR)
    assert [(one.name, len(one.curves)) for one in found.arms] == [("high", 1)]
    assert not found.pairs


@pytest.mark.parametrize(("count", "verdict"), [(1, "one_seed"), (2, "two_seeds")])
def test_one_or_two_seeds_tell_nothing_apart(count: int, verdict: str) -> None:
    found = marks(HIGH[:count], LOW[:count])
    assert {getattr(found.pairs[0], mark) for mark in MARKS} == {verdict}
    (told,) = verdicts(found)
    assert said(told) & {"experiment_one_seed", "experiment_two_seeds"} == {f"experiment_{verdict}"}


def test_without_any_spread_one_image_is_no_difference() -> None:
    for level, verdict in ((0.81, "not_told_apart"), (0.82, "first")):
        assert marks([[level] * 5] * 3, [[0.8] * 5] * 3).pairs[0].end == verdict


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


def test_an_arm_whose_seeds_all_diverged_is_listed_as_failed(experiment: Experiment) -> None:
    pair = [("frozen", "thawed")]
    histories = {"frozen": [history(one) for one in HIGH], "thawed": [diverged()] * 3}
    found = of_histories(histories, pair)
    assert (found.lost, found.failed, found.pairs) == (("thawed",), {"thawed": 3}, ())
    lines = cli_experiment.card(experiment, found).splitlines()
    (told,) = (one for one in lines if "experiment_failed_arm" in said(one))
    assert "thawed" in told.lower()
    assert "3" in told
    (row,) = (one for one in lines if one.startswith("thawed "))
    assert row.split()[-5:] == [SENTENCES["experiment_failed_cell"], *"–" * 4]
    second = read_csv(experiment_export.marks_csv(experiment, found))[1]
    assert (second["failed"], second["seeds"], second["end_mean"]) == ("3", "0", "")
    histories["frozen"][0] = diverged()
    found = of_histories(histories, pair)
    assert (found.lost, found.failed) == (("thawed",), {"frozen": 1, "thawed": 3})
    both = of_histories({"frozen": [diverged()], "thawed": [diverged()]}, pair)
    lines = cli_experiment.card(experiment, both).splitlines()
    assert sum("experiment_failed_arm" in said(one) for one in lines) == 2


def verdicts(found: Marks) -> list[str]:
    """What is told of the pair, the arms being called A and B."""
    return list(experiment_text.verdicts(found, {"high": "A", "low": "B"}, ENGLISH))


def test_bands_that_overlap_are_not_told_apart() -> None:
    other = ([0.6, 0.7, 0.9, 0.9, 0.9], [0.5, 0.8, 0.9, 0.9, 0.8], [0.7, 0.8, 0.9, 0.9, 0.92])
    (told,) = verdicts(marks(HIGH, other))
    assert "experiment_all_not_told_apart" in said(told)


def test_an_arm_at_chance_has_no_slope_and_no_end() -> None:
    found = marks(HIGH, NEVER)
    never = found.arms[1]
    assert never.at_chance
    assert (never.area, never.end, never.reached, never.epochs_to) == (None, None, None, ())
    assert found.pairs[0].start == "first"
    assert (found.pairs[0].slope, found.pairs[0].end) == ("at_chance", "at_chance")
    assert found.target == 0.9, "chance sets no target"
    start, chance = verdicts(found)
    assert "experiment_start_first" in said(start)
    assert start.startswith("A")
    assert "experiment_pair_at_chance" in said(chance)
    assert chance.startswith("B")


def test_an_arm_that_fell_back_to_chance_had_left_it() -> None:
    fallen = [[0.1, 0.8, 0.8, 0.1, 0.1, 0.1]] * 3
    found = marks([[*one, 0.9] for one in HIGH], fallen)
    low = found.arms[1]
    assert (low.fell, low.at_chance, found.arms[0].fell) == (True, False, False)
    assert found.pairs[0].end == "first"
    assert found.target == 0.8, "not the chance level, which all reach at once"
    one_fell = [[*LOW[0], 0.5], [*LOW[1], 0.51], [0.1, 0.6, 0.6, 0.1, 0.1, 0.1]]
    target = marks([[*one, 0.9] for one in HIGH], one_fell).target
    assert target == 0.5, "the end of the others"
    told = verdicts(found)
    assert [one[0] for one in told if "experiment_pair_fell" in said(one)] == ["B"]
    assert [one[0] for one in told if "experiment_end_first" in said(one)] == ["A"]
    assert not any("experiment_pair_at_chance" in said(one) for one in told)
    found = marks(HIGH, (*NEVER[:2], LOW[0]))
    assert not found.arms[1].at_chance, "one seed that learned is enough"


def test_a_target_that_only_one_arm_reaches_is_steeper() -> None:
    found = marks(HIGH, LOW, target=0.8)
    low = found.arms[1]
    assert (found.target, low.epochs_to, low.reached) == (0.8, (None, None, None), None)
    assert found.pairs[0].slope == "first"
    assert experiment_text.reached(low, ENGLISH) == "0/3"


def test_a_target_lies_between_chance_and_the_lowest_end() -> None:
    assert chosen_target([0.83, 0.61], 0.125) == pytest.approx(0.6)
    assert chosen_target([0.14], 0.125) == pytest.approx(0.1325)
    assert chosen_target([], 0.1) is None
    found = of_histories({"high": [], "low": []}, PAIR)
    assert (found.arms, found.pairs, found.target) == ((), (), None)


# -- statistics -----------------------------------------------------------------------------


def test_bands_are_students_interval_from_three_seeds_on_else_their_range() -> None:
    for count in (3, 5, 20):
        values = np.random.default_rng(count).normal(0.5, 0.02, count)
        made = band(values.tolist())
        low, high = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
        expected = pytest.approx((values.mean(), low, high), abs=1e-5)
        assert (made.kind, (made.mean, made.low, made.high)) == ("interval", expected)
    made = band([0.9, 1.0, 1.0])
    assert made.high == 1.0, "no band leaves what is possible"
    assert made.low < 0.9
    two, three = band([0.7, 0.5]), span([2.0, 0.1, 0.3])
    assert (two.kind, two.low, two.high) == ("range", 0.5, 0.7)
    assert (three.kind, three.low, three.high) == ("range", 0.1, 2.0), "that of times always"
    assert band([0.6]).kind == span([1.0]).kind == "single"


def test_the_last_epochs_are_a_fifth_and_the_late_ones_a_third_but_three_at_least() -> None:
    for curve, count, end in (
        ([0.2] * 7 + [0.3, 0.6, 0.9], 3, 0.6),
        ([0.2] * 20 + [1.0] * 5, 5, 1.0),
        ([0.4, 0.6], 2, 0.5),
    ):
        found = marks([curve], [curve])
        assert (found.last, found.arms[0].end.mean) == (count, pytest.approx(end))
    assert late([[0.0] * 9 + [0.5, 0.6, 0.7]], 10).epochs == 4
    assert late([[0.1, 0.4, 0.6, 0.8]], 10).mean == pytest.approx(0.6)
    assert late([[0.4, 0.6], [0.5, 0.5]], 10).epochs == 2


@pytest.mark.parametrize(("images", "share"), [(8, 0.125), (100, 0.1)])
@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("is_stuck", [True, False])
def test_answers_at_random_seldom_leave_chance(
    images: int, share: float, seeds: int, is_stuck: bool
) -> None:
    """Answers that stay the same from epoch to epoch, and such that change."""
    draws = np.random.default_rng(images + seeds)
    left = 0
    for _ in range(300):
        right = draws.binomial(images, share, (seeds, 1 if is_stuck else 12))
        curves = (np.broadcast_to(right, (seeds, 12)) / images).tolist()
        left += late(curves, images).interval[0] > share
    assert left <= 0.05 * 300
    learned = (np.random.default_rng(1).binomial(100, 0.2, (3, 12)) / 100).tolist()
    assert late(learned, 100).interval[0] > 0.1, "an arm that learned a little has left it"


# -- in words -------------------------------------------------------------------------------

NAMED = {"frozen": "A", "thawed": "B"}


def note(experiment: Experiment, marks: Marks, code: str) -> str:
    """The one note of that code; "" where there is none."""
    told = experiment_text.notes(experiment, marks, NAMED, ENGLISH)
    found = [one for one in told if f"experiment_{code}" in said(one)]
    assert len(found) <= 1
    return found[0] if found else ""


def test_notes_say_what_bands_and_tests_rest_on(experiment: Experiment) -> None:
    uneven, clear, equal = (
        arms(frozen=HIGH, thawed=LOW[:2]),
        arms(frozen=HIGH, thawed=LOW),
        arms(frozen=HIGH, thawed=HIGH),
    )
    assert note(experiment, uneven, "bands_interval").startswith("A: ")
    assert note(experiment, uneven, "bands_range").startswith("B: ")
    assert not note(experiment, clear, "bands_range")
    assert "100" in note(experiment, clear, "bands_pictures")
    assert note(experiment, equal, "not_alike")
    assert not note(experiment, clear, "not_alike")
    assert note(experiment, clear, "holm").startswith("3 ")
    chance = note(experiment, arms(frozen=HIGH, thawed=NEVER), "at_chance")
    for words in ("B ", "3 of each", "100", "10.3 %"):
        assert words in chance


def test_the_time_stands_beside_the_accuracy_where_it_matters(experiment: Experiment) -> None:
    found = arms(frozen=HIGH, thawed=[one * 5 for one in LOW])

    def longer(experiment: Experiment) -> list[str]:
        told = experiment_text.told(experiment, found, NAMED, ENGLISH)
        return [one for one in told if "experiment_longer" in said(one)]

    assert longer(experiment) == []
    timed = experiment.model_copy(update={"kind": "tuning"})
    (told,) = longer(timed)
    for words in ("B ", "5.0", "A", "2.5 min", "30 s"):
        assert words in told
    assert "experiment_kept" in said(told)
    recipe = recipes.changed(experiment.arms[0].recipe, "stages.0.thawed", [1, 2])
    thawed = tuple(one.model_copy(update={"recipe": recipe}) for one in experiment.arms)
    (told,) = longer(timed.model_copy(update={"arms": thawed}))
    assert "experiment_kept" not in said(told), "nothing was frozen"
    assert ENGLISH.times(span([1.5 / 60, 0.9 / 60])) == "1.2 s (0.9 – 1.5)"
    assert ENGLISH.times(span([0.5, 0.75])) == "38 s (30 – 45)"
    assert ENGLISH.times(span([2.0])) == "2.0 min"


def predicted(place: Path, arm: str, right: tuple[int, int]) -> None:
    """Of four images of each class, so many were correct with every seed."""
    experiment = Place(place).read()
    answers = tuple(
        Prediction(f"{label}/{n}.png", label, label if n < right[label] else 1 - label, (0.5, 0.5))
        for label in (0, 1)
        for n in range(4)
    )
    for seed in experiment.seeds:
        table = write_predictions(Result(experiment.classes, answers))
        (Place(place).run(arm, seed) / PREDICTIONS).write_bytes(table)


def test_the_class_that_differs_most_is_named_where_the_ends_differ(
    folder: Path, tmp_path: Path
) -> None:
    place = recorded(folder, tmp_path / "x", {"frozen": [*HIGH], "thawed": [*LOW]})
    experiment = Place(place).read()
    assert of_place(Place(place), experiment).pairs[0].gap is None, "there are no predictions"
    equal = recorded(folder, tmp_path / "equal", {"frozen": [*HIGH], "thawed": [*HIGH]})
    for one in (place, equal):
        predicted(one, "frozen", (3, 4))
        predicted(one, "thawed", (2, 1))
    marks = of_place(Place(place), experiment)
    gap = marks.pairs[0].gap
    assert (gap.label, gap.first, gap.second, gap.images) == (experiment.classes[1], 1.0, 0.25, 4)
    told = experiment_text.told(experiment, marks, NAMED, ENGLISH)
    (line,) = (one for one in told if "experiment_gap" in said(one))
    for words in (gap.label, "100.0 %", "4", "A", "25.0 %", "B"):
        assert words in line
    assert of_place(Place(equal), Place(equal).read()).pairs[0].gap is None


# -- the figure -----------------------------------------------------------------------------

CALLED = {"high": "pretrained", "low": "random weights"}
HIGHER = {mark: SENTENCES[f"experiment_figure_{mark}"] for mark in MARKS}


def drawn(found: Marks, named: dict[str, str] = CALLED, **options: Any) -> Figure:
    figure = Figure(**options)
    experiment_export.draw(figure, found, named, ENGLISH, LIGHT)
    return figure


def arrows(found: Marks) -> set[str]:
    """The marks to which an arrow points."""
    texts = {text.get_text() for text in drawn(found).axes[0].texts}
    return {mark for mark, words in HIGHER.items() if words in texts}


def legend(figure: Figure) -> list[str]:
    (found,) = figure.legends
    return [text.get_text() for text in found.get_texts()]


def test_names_stand_as_a_person_wrote_them_beside_accuracies_and_times() -> None:
    named = {"high": "_x", "low": r"$\frac{a"}
    for draw in (experiment_export.draw, experiment_export.draw_times):
        figure = Figure()
        draw(figure, marks(HIGH, LOW), named, ENGLISH, LIGHT)
        assert legend(figure) == list(named.values())
        figure.savefig(io.BytesIO())
    assert figure.axes[0].get_xlabel() == SENTENCES["experiment_figure_seconds"], "30 of them"
    histories = {name: [history([0.6] * 20)] for name in CALLED}
    figure = Figure()
    experiment_export.draw_times(figure, of_histories(histories, []), CALLED, ENGLISH, DARK)
    assert figure.axes[0].get_xlabel() == SENTENCES["experiment_figure_minutes"]


def test_each_true_mark_has_its_arrow_to_the_higher_arm_and_no_other() -> None:
    assert arrows(marks(HIGH, LOW)) == set(MARKS)
    assert arrows(marks(HIGH, HIGH)) == set()
    assert arrows(marks(HIGH, NEVER)) == {"start"}
    texts = [text.get_text() for text in drawn(marks(HIGH, HIGH)).axes[0].texts]
    assert any("10.0 %" in one for one in texts)
    texts = drawn(marks(LOW, HIGH)).axes[0].texts
    start = next(one for one in texts if getattr(one, "arrow_patch", None))
    assert start.xy[1] == pytest.approx(61.0), "whichever was expected"


@pytest.mark.parametrize("target", [0.12, 0.3, 0.36, 0.42, 0.58])
def test_the_label_of_the_start_leaves_the_arrow_of_the_slope_free(target: float) -> None:
    figure = drawn(replace(marks(HIGH, LOW), target=target), figsize=(8, 4))
    figure.draw_without_rendering()
    axes = figure.axes[0]
    label = next(one for one in axes.texts if one.get_text() == HIGHER["start"])
    box = label.get_window_extent()
    _, level = axes.transData.transform((1, 100 * target))
    assert not box.y0 <= level <= box.y1


@pytest.mark.parametrize("width", [4.0, 16.0])
def test_the_legend_stays_within_the_figure(width: float) -> None:
    long = {name: f"{name}: " + "word " * 9 for name in CALLED}
    figure = drawn(marks(HIGH, LOW), long, figsize=(width, 3.6), layout="constrained")
    FigureCanvasAgg(figure).draw()
    box = figure.legends[0].get_window_extent()
    assert 0 <= box.x0 <= box.x1 <= figure.bbox.width


def test_it_is_a_file_always_the_same() -> None:
    for kind, begins in {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}.items():
        draw = partial(experiment_export.drawn, marks(HIGH, LOW), CALLED, ENGLISH)
        first, again = (as_file(draw, kind) for _ in range(2))
        assert first.startswith(begins)
        assert first == again


def test_the_run_that_trains_is_a_thin_line_in_its_arms_colour() -> None:
    figure = Figure()
    found = marks(HIGH, LOW)
    experiment_export.draw(figure, found, CALLED, ENGLISH, LIGHT, live=("low", [0.1, 0.3]))
    _, _, low, thin = figure.axes[0].get_lines()
    assert list(thin.get_ydata()) == [10.0, 30.0]
    assert thin.get_color() == low.get_color()
    assert thin.get_linewidth() < low.get_linewidth()
    figure = Figure()
    experiment_export.draw(
        figure, arms(high=HIGH, low=[]), CALLED, ENGLISH, LIGHT, live=("low", [0.1])
    )
    assert legend(figure) == list(CALLED.values()), "its name stands there from its first epoch"
