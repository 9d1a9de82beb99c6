"""Events and their lines, the history that they fold into, its curves, and its replay."""

import json
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.common.statistics import wilson
from core.dataset.sample import CLASSES
from core.experiments.marks import read_recording
from core.runs import replay as run_replay
from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Notice,
    RunExtended,
    RunFinished,
    RunResumed,
    RunStarted,
    Score,
    StageCompared,
    StageEnded,
    StageStarted,
    from_json,
    to_json,
)
from core.runs.history import (
    EPOCHS_ABOVE,
    History,
    Overfitting,
    RunningMean,
    elapsed,
    fold,
    is_better,
    overfitting,
    pictures_per_second,
    read,
    series,
    smoothed,
)
from core.runs.places import HISTORY, SUMMARY
from core.runs.replay import TRANSFER, TWO_STAGES
from resources import LESSONS
from tests.support import histories


def _epoch(stage: int, epoch: int, accuracy: float, loss: float = 1.0) -> EpochFinished:
    return EpochFinished(stage, epoch, Score(0.1, 1.0, 40), Score(loss, accuracy, 10))


EVENTS: list[Event] = [
    RunStarted(
        classes=("đỏ", "xanh"),
        train_images=384,
        validation_images=96,
        majority=0.125,
        epochs=(2, 1),
        thawed=((), (5,)),
        preset="fine-tune-last",
    ),
    StageStarted(1, epochs=2),
    CacheProgress(1, done=8, total=40, seconds_left=4.5),
    BatchFinished(1, 1, batch=1, batches=2, loss=2.0, pictures=("đỏ/1.png",)),
    CacheProgress(1, done=40, total=40),
    replace(_epoch(1, 1, 0.7), seconds=1.5, block_changes=(0.0, 0.125), memory=500_000_000),
    Notice("augmented_features", {"path": "stop/1.png"}),
    _epoch(1, 2, 0.9),
    StageStarted(2, epochs=1, thawed=(5,), boundary=4, learning_rate=1e-4),
    BatchFinished(2, 1, batch=1, batches=2),
    _epoch(2, 1, 0.8),
    RunFinished("finished", best_stage=1, best_epoch=2, code="unexpected", values={"reason": "x"}),
]


TWO = [_epoch(1, 1, 0.7, 0.9), _epoch(2, 1, 0.8, 0.8), _epoch(2, 2, 0.7, 0.1), _epoch(2, 3, 0.1, 9)]


def _lines(events: list[Event]) -> bytes:
    return b"".join(to_json(event).encode() + b"\n" for event in events)


# -- an event and its line ------------------------------------------------------------------


def test_a_line_is_what_scripts_rely_on() -> None:
    assert json.loads(to_json(EVENTS[5])) == {
        "event": "EpochFinished",
        "stage": 1,
        "epoch": 1,
        "train": {"loss": 0.1, "accuracy": 1.0, "images": 40},
        "validation": {"loss": 1.0, "accuracy": 0.7, "images": 10},
        "seconds": 1.5,
        "is_best": False,
        "block_changes": [0.0, 0.125],
        "memory": 500_000_000,
    }


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_from_a_line_of_this_version_a_later_and_an_earlier_one(
    event: Event,
) -> None:
    data = json.loads(to_json(event))
    assert from_json(to_json(event)) == event
    assert from_json(json.dumps({**data, "invented_later": [1, {"a": 2}]})) == event
    needed = {"event", "stage", "epoch", "train", "validation", "outcome"}
    if isinstance(event, Notice):
        needed.add("code")
    earlier = {name: value for name, value in data.items() if name in needed}
    values = {name: getattr(event, name) for name in earlier if name != "event"}
    assert from_json(json.dumps(earlier)) == type(event)(**values)


def test_a_damaged_line_is_a_value_error() -> None:
    for scores in ("", ', "train": null, "validation": null', ', "train": {}'):
        epoch = f'{{"event": "EpochFinished", "stage": 1, "epoch": 1{scores}}}'
        for line in ("", "{", "[]", "null", '"EpochFinished"', '{"event": "RunFinished"}', epoch):
            with pytest.raises(ValueError, match=r".+"):
                from_json(line)


@pytest.mark.parametrize("change", [{"part": "train"}, {"only_after": -1}, {"stage": [2]}])
def test_a_value_that_its_field_cannot_hold_is_a_value_error(change: dict[str, object]) -> None:
    data = json.loads(to_json(StageCompared(2, 1, "test", 5, 1, 2, 3)))
    with pytest.raises(ValueError, match="StageCompared"):
        from_json(json.dumps({**data, **change}))


@given(st.text() | st.sampled_from(["a\u2028b", "a\x85b", "a\rb\nc", "undecodable\udcff"]))
def test_any_file_name_makes_one_line_that_any_pipe_takes(name: str) -> None:
    event = BatchFinished(1, 1, pictures=(name,))
    line = to_json(event)
    assert line.isascii()
    assert line.splitlines() == [line]
    assert from_json(line) == event


def test_the_count_of_correct_answers_survives_the_share() -> None:
    for images in (1, 3, 7, 96, 180, 9999):
        for correct in {0, 1, images // 3, images}:
            assert Score(0.0, correct / images, images).correct == correct


# -- a history ------------------------------------------------------------------------------


def test_events_are_kept_by_kind_in_order() -> None:
    history = fold(EVENTS)
    assert (history.started, history.finished) == (EVENTS[0], EVENTS[-1])
    assert [stage.stage for stage in history.stages] == [1, 2]
    assert [(one.stage, one.epoch) for one in history.epochs] == [(1, 1), (1, 2), (2, 1)]
    assert [(one.stage, one.batch) for one in history.batches] == [(1, 1), (2, 1)]
    assert [notice.code for notice in history.notices] == ["augmented_features"]
    extended = fold([*EVENTS, RunExtended(2, 3)])
    assert (extended.planned, extended.finished) == ((2, 4), None)


def test_progress_shows_until_all_features_are_there_or_the_epoch_or_run_ends() -> None:
    for end in (CacheProgress(1, done=40, total=40), _epoch(1, 1, 0.5), RunFinished("stopped")):
        history = fold(EVENTS[:3])
        assert history.progress == EVENTS[2]
        history.add(end)
        assert history.progress is None


@pytest.mark.parametrize(
    ("keeps", "epochs", "best"),
    [
        ((), [_epoch(1, 1, 0.7), _epoch(1, 2, 0.9), _epoch(1, 3, 0.8)], 1),
        ((), [_epoch(1, 1, 0.9, 0.5), _epoch(1, 2, 0.9, 0.4)], 1),
        ((), [_epoch(1, 1, 0.9, 0.4), _epoch(1, 2, 0.9, 0.5)], 0),
        ((), [_epoch(1, 1, 0.9, 0.4), _epoch(2, 1, 0.9, 0.4)], 0),
        ((), [_epoch(1, 1, 0.8), _epoch(2, 1, 0.9, 9.0)], 1),
        (("accuracy", "accuracy"), TWO, 1),
        (("accuracy", "loss"), TWO, 2),
        (("accuracy", "last"), TWO, 3),
        (("last", "loss"), [_epoch(1, 1, 0.9, 0.5), _epoch(1, 2, 0.7), _epoch(2, 1, 0.9)], 1),
        (("last",), [_epoch(1, 1, 0.9), RunResumed(1, 2, 0, 1), _epoch(1, 2, 0.6)], 2),
    ],
)
def test_the_best_epoch_is_that_of_the_rule_of_its_stage(
    keeps: tuple[str, ...], epochs: list[Event], best: int
) -> None:
    """By default the most accurate one, then the surest, then the first."""
    stages = [StageStarted(number, keep=keep) for number, keep in enumerate(keeps, start=1)]
    assert fold([*stages, *epochs]).best is epochs[best]


def test_it_says_how_what_is_kept_was_chosen() -> None:
    for first, second, scores, chosen_by in (
        ("accuracy", "accuracy", [0.7, 0.9], "accuracy"),
        ("accuracy", "loss", [0.7, 0.9], "loss"),
        ("accuracy", "loss", [0.9, 0.7], "accuracy"),
        ("accuracy", "last", [0.9, 0.7], "last"),
        ("last", "accuracy", [0.9, 0.7], "accuracy"),
        ("last", "last", [0.9], ""),
        ("last", "last", [], ""),
    ):
        epochs = [_epoch(number, 1, one, 1 - one) for number, one in enumerate(scores, start=1)]
        stages = StageStarted(1, keep=first), StageStarted(2, keep=second)
        assert fold([*stages, *epochs]).chosen_by == chosen_by


SHARES = st.sampled_from([0.0, 0.5, 1.0])


@given(st.lists(st.tuples(SHARES, SHARES), min_size=1, max_size=8))
def test_the_last_one_that_was_better_is_the_best(scores: list[tuple[float, float]]) -> None:
    """What the trainer keeps, epoch by epoch, is what a reloaded history calls the best."""
    epochs = [_epoch(1, i, accuracy, loss) for i, (accuracy, loss) in enumerate(scores, start=1)]
    kept = epochs[0]
    for epoch in epochs[1:]:
        if is_better(epoch, kept):
            kept = epoch
    assert fold(epochs).best is kept
    assert all(not is_better(epoch, kept) for epoch in epochs)


def test_epochs_are_counted_over_the_whole_run_by_what_the_stages_really_had() -> None:
    history = fold([RunStarted(epochs=(20, 10, 5))])
    assert [history.position(*at) for at in ((1, 1), (1, 20), (2, 1), (3, 5))] == [1, 20, 21, 35]
    history.add(StageEnded(1, 7))
    assert history.planned == (7, 10, 5)
    assert [history.position(*at) for at in ((1, 7), (2, 1), (3, 5))] == [7, 8, 22]


TWICE = [RunStarted(epochs=(2, 10)), RunExtended(2, 5, 10)]
ASKED = [StageEnded(2, 4, "patience"), RunExtended(2, 3, 10)]  # all that stays of its history


def test_each_extension_is_planned_by_itself() -> None:
    twice = [range(10), range(10, 15)]
    for events, planned, cycles in (
        (TWICE, (2, 15), twice),
        ([*TWICE, StageEnded(2, 12), RunExtended(2, 4, 15)], (2, 16), [*twice, range(12, 16)]),
        ([RunStarted(epochs=(2, 4)), RunExtended(2, 2)], (2, 6), [range(4), range(4, 6)]),  # older
        ([*ASKED, RunStarted(epochs=(2, 7))], (2, 7), [range(10), range(4, 7)]),  # starts over
        ([*ASKED, RunStarted(epochs=(2, 9))], (2, 9), None),  # another run
    ):
        history = fold(events)
        assert history.planned == planned
        assert history.cycles == ({2: tuple(cycles)} if cycles else {})


def test_a_run_that_goes_on_forgets_what_will_happen_again() -> None:
    for resumed, kept in (
        (RunResumed(1, 1, 1, 0), 4),
        (RunResumed(1, 2, 0, 1), 6),
        (RunResumed(2, 1, 0, 2), 8),
        (RunResumed(2, 1, 1, 2), 10),
    ):
        live, before = fold([*EVENTS, resumed]), fold(EVENTS[:kept])
        assert (live.epochs, live.batches) == (before.epochs, before.batches)
        assert (live.stages, live.finished) == (before.stages, None)
    live = fold([*EVENTS, StageEnded(1, 1), EVENTS[0]])
    assert live == fold([StageEnded(1, 1), EVENTS[0]]), "all but what a person asked for"
    assert (live.epochs, live.batches, live.stages, live.notices) == ([], [], [], [])
    assert live.planned == (1, 1)


# -- a history's file -----------------------------------------------------------------------


def test_a_damaged_line_in_between_is_an_error_but_unknown_and_empty_ones_are_not(
    tmp_path: Path,
) -> None:
    file = tmp_path / "history.jsonl"
    assert read(file) == History()
    for damage in (b"{\n", b"\xff\xfe\n", b"[]\n", b'{"event": "RunFinished"}\n'):
        file.write_bytes(_lines(EVENTS[:3]) + damage + _lines(EVENTS[3:]))
        with pytest.raises(ValueError, match=r".+"):
            read(file)
    later = b'{"event": "GpuMelted"}\n\n'
    file.write_bytes(_lines(EVENTS[:2]) + later + _lines(EVENTS[2:]))
    assert read(file) == fold(EVENTS)


def test_strange_file_names_do_not_break_the_history(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    names = ("a\u2028b.png", "a\x85b.png", "a\nb.png", "\udcff.png")
    events = [EVENTS[0], BatchFinished(1, 1, pictures=names), EVENTS[-1]]
    file.write_bytes(_lines(events))
    assert read(file) == fold(events)
    unescaped = '{"event": "BatchFinished", "stage": 1, "epoch": 1, "pictures": ["đỏ\u2028.png"]}\n'
    file.write_text(unescaped, "utf-8")
    assert read(file).batches == [BatchFinished(1, 1, pictures=("đỏ\u2028.png",))]


# -- overfitting ----------------------------------------------------------------------------

Losses = Sequence[tuple[float, float]]  # training, validation
GOOD = [(1.0, 1.0), (0.8, 0.9), (0.7, 0.8)]
WORSE = [*GOOD, (0.6, 0.85), (0.5, 0.9), (0.4, 0.95)]


def run(*stages: Losses) -> History:
    history = fold([RunStarted(epochs=tuple(map(len, stages)))])
    for number, losses in enumerate(stages, start=1):
        history.add(StageStarted(number))
        for epoch, (train, validation) in enumerate(losses, start=1):
            scores = Score(train, 0.5, 40), Score(validation, 0.5, 10)
            history.add(EpochFinished(number, epoch, *scores, seconds=2.0))
    return history


@pytest.mark.parametrize(
    ("stages", "found"),
    [
        ([WORSE[:-1]], None),  # two epochs above the lowest loss
        ([WORSE], (6, 3, 3, 4, 6)),
        ([[*WORSE, (0.3, 0.9), (0.35, 0.81)]], (6, 3, 3, 4, 8)),  # the gap grows
        ([[*WORSE[:-1], (0.7, 0.95)]], None),  # the training loss does not fall
        ([[*WORSE[:-1], (0.7, 0.95), (0.4, 0.9)]], (7, 3, 3, 4, 7)),
        ([[*WORSE, (0.3, 0.8)]], None),  # as low again
        ([[*WORSE, (0.3, 0.7)]], None),
        ([WORSE, [(0.3, 0.7)]], None),  # another stage made up for it
        ([[(1.0, 1.0), (0.9, 0.8), *WORSE[2:]]], (6, 2, 3, 4, 6)),  # the last of equally low ones
        ([GOOD, WORSE[3:]], None),  # three above the stage before, two above its own
        ([GOOD, [*WORSE[3:], (0.3, 0.9)]], (7, 3, 4, 5, 7)),
        ([WORSE, [(0.4, 0.9), (0.3, 1.0), (0.2, 1.1), (0.1, 1.2)]], (6, 3, 3, 4, 6)),  # the first
        ([], None),
    ],
)
def test_three_epochs_above_the_lowest_loss_of_a_stage_are_overfitting(
    stages: list[Losses], found: tuple[int, ...] | None
) -> None:
    assert overfitting(run(*stages)) == (Overfitting(*found) if found else None)


def test_a_rise_while_training_falls_is_always_told_and_the_kept_epoch_is_the_rules() -> None:
    for before in range(1, 6):
        for after in range(3, 7):
            numbers = range(1, before + after + 1)
            found = overfitting(run([(1 / n, 1 / n if n <= before else 1.0 + n) for n in numbers]))
            assert (found.lowest, found.epoch) == (before, before + EPOCHS_ABOVE)
    history = fold([RunStarted(epochs=(6,)), StageStarted(1, keep="last"), *run(WORSE).epochs])
    assert overfitting(history) == Overfitting(epoch=6, best=6, lowest=3, first=4, last=6)


LOSS = st.sampled_from([0.1, 0.2, 0.3, 0.4, 0.5])
STAGE = st.lists(st.tuples(LOSS, LOSS), min_size=1, max_size=9)


@given(st.lists(STAGE, min_size=1, max_size=3))
def test_what_is_called_overfitting_is(stages: list[Losses]) -> None:
    found = overfitting(run(*stages))
    if found is None:
        return
    flat = [one for stage in stages for one in stage]
    ends = [sum(map(len, stages[: n + 1])) for n in range(len(stages))]
    end = next(one for one in ends if one >= found.lowest)
    assert found.first == found.lowest + 1
    assert found.last == end, "the gap ends with its stage"
    assert found.first + EPOCHS_ABOVE - 1 <= found.epoch <= found.last
    assert all(one > flat[found.lowest - 1][1] for _, one in flat[found.lowest :])
    assert flat[found.epoch - 1][0] < flat[found.epoch - EPOCHS_ABOVE - 1][0]
    assert found.best <= len(flat)
    if len(stages) == 1:  # it is said at the epoch at which it is known
        at, before = (overfitting(run(flat[: found.epoch - n])) for n in (0, 1))
        assert (at.epoch, at.lowest) == (found.epoch, found.lowest)
        assert before is None or before.lowest != found.lowest


# -- curves ---------------------------------------------------------------------------------


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.floats(0, 0.999))
def test_a_smoothed_curve_is_the_mean_of_the_formula(values: list[float], weight: float) -> None:
    found = smoothed(values, weight)
    for count, one in enumerate(found, start=1):
        shares = [weight ** (count - 1 - n) for n in range(count)]
        mean = sum(a * b for a, b in zip(shares, values[:count], strict=True)) / sum(shares)
        assert one == pytest.approx(mean, rel=1e-9, abs=1e-4)
    assert len(found) == len(values)
    assert smoothed(values, 0) == values


@given(st.lists(st.tuples(st.floats(0, 10), st.floats(0, 0.95)), min_size=1, max_size=20))
def test_each_value_can_have_a_weight_of_its_own(pairs: list[tuple[float, float]]) -> None:
    mean = RunningMean()
    found = [mean.add(value, keep) for value, keep in pairs][-1]
    keeps = [keep for _, keep in pairs]
    shares = [(1 - keep) * math.prod(keeps[n + 1 :]) for n, keep in enumerate(keeps)]
    told = sum(share * value for share, (value, _) in zip(shares, pairs, strict=True))
    assert found == pytest.approx(told / sum(shares), rel=1e-9, abs=1e-9)


def test_values_that_are_no_numbers_count_for_nothing_and_other_weights_are_refused() -> None:
    found = smoothed([1.0, math.nan, math.inf, 3.0], 0.5)
    assert found[1:3] == pytest.approx([math.nan, math.inf], nan_ok=True)
    assert [found[0], found[3]] == smoothed([1.0, 3.0], 0.5)
    for weight in (-0.1, 1.0, math.nan):
        with pytest.raises(ValueError, match="weight"):
            smoothed([1.0], weight)


def test_an_epoch_has_a_speed_and_its_seconds() -> None:
    history = run(GOOD)
    assert pictures_per_second(history.epochs[0]) == (40 + 10) / 2
    assert pictures_per_second(_epoch(1, 1, 0.5)) is None
    assert elapsed(history) == 6.0
    history.add(RunFinished("stopped", seconds=6.5))
    assert elapsed(history) == 6.5
    none = History()
    assert (none.best, elapsed(none)) == (None, 0.0)
    assert series(none, "time", "loss").x == ()


def test_points_stand_where_epochs_ended_on_each_axis_with_the_kept_one_and_intervals() -> None:
    """Two stages, the first of them ended early."""
    told = histories.events((0.3, 0.8), (0.7,), planned=(5, 2), train=30, validation=10, seconds=4)
    history = fold([*told, StageEnded(1, 2)])
    found = series(history, "epochs", "accuracy")
    assert found.x == (1, 2, 3)
    assert series(history, "time", "accuracy").x == (4, 8, 12)
    assert series(history, "pictures", "accuracy").x == (30, 60, 90)
    assert found.validation == (0.3, 0.8, 0.7)
    assert (found.low[1], found.high[1]) == wilson(8, 10)
    assert (found.best, found.train_images, found.validation_images) == (1, (30,) * 3, (10,) * 3)
    losses = series(history, "epochs", "loss")
    assert (losses.validation[0], losses.train[0], losses.low) == (0.7, 0.5, ())


# -- a run played back ----------------------------------------------------------------------

BATCHES = 4
SCORE = Score(0.5, 0.5, 8)


def trained(stages: tuple[int, ...] = (2, 2), seconds: float = 8.0) -> list[Event]:
    """What a run reports whose first epoch takes ten times as long as the others."""
    accuracies = [(0.5,) * count for count in stages]
    told = histories.events(*accuracies, seconds=seconds, batches=BATCHES)
    first = next(place for place, one in enumerate(told) if isinstance(one, EpochFinished))
    told[first] = replace(told[first], seconds=10 * seconds)
    return told


numbers = st.integers(1, 3)
events = st.lists(
    st.one_of(
        st.builds(RunStarted, epochs=st.just((3, 2))),
        st.builds(StageStarted, numbers),
        st.builds(CacheProgress, numbers, st.integers(0, 4), st.just(4)),
        st.builds(BatchFinished, numbers, numbers, numbers, st.just(3)),
        st.builds(
            EpochFinished, numbers, numbers, st.just(SCORE), st.just(SCORE), st.floats(0, 1e6)
        ),
        st.builds(StageEnded, numbers, numbers),
        st.builds(RunExtended, st.just(2), numbers, numbers),
        st.builds(RunResumed, numbers, numbers, st.integers(0, 3), st.integers(0, 4)),
        st.builds(Notice, st.just("resumed")),
        st.builds(RunFinished, st.just("stopped"), seconds=st.floats(0, 1e6)),
    ),
    max_size=40,
)


@given(events, st.lists(st.floats(0, 1), max_size=4), st.sampled_from(["seconds", "epochs"]))
def test_any_moment_is_the_history_of_the_events_until_then(
    told: list[Event], shares: list[float], pace: run_replay.Pace
) -> None:
    line = run_replay.timeline(told)
    playback = run_replay.Playback(line)
    for share in shares:
        position = share * line.end(pace)
        until = [
            e for e, at in zip(line.events, line.positions(pace), strict=True) if at <= position
        ]
        assert playback.go_to(position, pace) == fold(until)


@given(events)
def test_the_whole_replay_is_the_history_of_the_run_and_time_never_goes_back(
    told: list[Event],
) -> None:
    line = run_replay.timeline(told)
    assert run_replay.Playback(line).go_to(line.end("seconds"), "seconds") == fold(told)
    assert len(line.seconds) == len(line.epochs) == len(line.events)
    assert all(a <= b for a, b in pairwise(line.seconds))
    assert all(a <= b for a, b in pairwise(line.epochs))


def test_an_epoch_takes_as_long_as_it_did_and_its_batches_leave_room_for_validation() -> None:
    line = run_replay.timeline(trained(seconds=10.0))
    ends = [place for place, e in enumerate(line.events) if isinstance(e, EpochFinished)]
    assert [line.seconds[place] for place in ends] == [100.0, 110.0, 120.0, 130.0]
    assert [line.epochs[place] for place in ends] == [1, 2, 3, 4]
    assert line.stages("seconds")[1] == run_replay.StageMark(2, 110.0)
    assert line.stages("epochs")[1] == run_replay.StageMark(2, 2)
    placed = zip(line.events, line.seconds, strict=True)
    batches = [(e.stage, e.epoch, at) for e, at in placed if isinstance(e, BatchFinished)]
    assert [at for *place, at in batches if place == [1, 2]] == pytest.approx([102, 104, 106, 108])


def test_what_takes_time_comes_evenly() -> None:
    told: list[Event] = [
        RunStarted(epochs=(1,)),
        StageStarted(1),
        *[CacheProgress(1, done, 4) for done in (1, 2)],
        BatchFinished(1, 1, 1, 1),
        CacheProgress(1, 4, 4),
        EpochFinished(1, 1, SCORE, SCORE, 6.0),
    ]
    assert run_replay.timeline(told).seconds == pytest.approx((0, 0, 1.2, 2.4, 3.6, 4.8, 6))


def test_an_epoch_that_was_broken_off_took_what_its_stage_usually_took() -> None:
    whole = trained((3,), seconds=5.0)[:-1]
    told = [*whole[:-3], RunFinished("stopped")]  # two batches into the third epoch
    line = run_replay.timeline(told)
    usual = (50.0 + 5.0) / 2
    assert line.end("seconds") == pytest.approx(55 + usual * 2 / 5)
    assert line.end("epochs") == pytest.approx(2 + 2 / 5)


def test_what_a_resumed_run_threw_away_does_not_play() -> None:
    first = trained((3,))[:-1]
    again = map(replace, first[2 + BATCHES + 1 :])
    resumed = [RunResumed(1, 2, 0, 1), *again, RunFinished("finished")]
    line = run_replay.timeline([*first, RunFinished("stopped"), *resumed])
    assert [e for e in line.events if isinstance(e, EpochFinished)] == [
        e for e in first if isinstance(e, EpochFinished)
    ]
    assert sum(isinstance(e, BatchFinished) for e in line.events) == 3 * BATCHES


def test_a_place_is_the_same_moment_at_either_pace_and_a_seek_back_a_new_history() -> None:
    line = run_replay.timeline(trained())
    for position in (0.0, 3.0, 79.0, 80.0, 91.3, 104.0, 2000.0):
        epochs = line.moved(position, "seconds", "epochs")
        assert line.count(epochs, "epochs") == line.count(position, "seconds")
    assert line.moved(40.0, "seconds", "epochs") == pytest.approx(0.5)
    assert run_replay.Timeline().moved(5.0, "seconds", "epochs") == 0.0
    playback = run_replay.Playback(line)
    early = playback.go_to(20.0, "seconds")
    grown = playback.go_to(90.0, "seconds")
    assert early is grown
    assert playback.go_to(20.0, "seconds") is not grown


def test_a_file_that_a_crash_left_plays_to_its_last_whole_line(tmp_path: Path) -> None:
    path = tmp_path / HISTORY
    path.write_bytes(_lines(trained())[:-40])
    assert list(run_replay.read(path).events) == trained()[:-1]


# -- the recordings that come with Thaw -----------------------------------------------------

RUNS = sorted(path.parent for path in LESSONS.rglob(HISTORY))


@pytest.mark.parametrize("directory", RUNS, ids=[one.name for one in RUNS])
def test_each_run_is_whole(directory: Path) -> None:
    one = run_replay.read_recording(directory)
    history = fold(one.timeline.events)
    assert history == read(directory / HISTORY)
    assert set(history.started.classes) == set(CLASSES)
    assert history.finished.outcome == "finished"
    assert len(history.epochs) == sum(history.planned)
    assert history.planned == tuple(stage.epochs for stage in one.recipe.stages)
    summary = json.loads((directory / SUMMARY).read_bytes())
    assert summary["best"]["accuracy"] == history.best.validation.accuracy


def test_the_lessons_show_two_stages_and_transfer_against_scratch() -> None:
    one = run_replay.read_recording(TWO_STAGES)
    assert one.is_lesson
    ends = [e for e in one.timeline.events if isinstance(e, EpochFinished)]
    assert {e.stage for e in ends} == {1, 2}
    for end in ends:
        assert end.block_changes[:4] == (0.0,) * 4, "frozen"
        assert (end.block_changes[4] > 0) == (end.stage == 2)
    race = read_recording(TRANSFER)
    assert {arm.name: len(arm.curves) for arm in race.marks.arms} == dict.fromkeys(
        ("feature-extractor", "fine-tuned", "from-scratch"), 3
    )


def test_all_of_it_is_small_and_holds_nothing_of_whoever_recorded_it() -> None:
    files = sorted(one for one in LESSONS.rglob("*") if one.is_file())
    assert 0 < sum(one.stat().st_size for one in files) < 1_000_000
    for file in files:
        text = file.read_text("utf-8")
        assert not re.search(r"/(home|root|tmp|work|Users)/|[A-Z]:\\\\", text), file
        if file.suffix == ".json" and "folder" in (data := json.loads(text)):
            assert data["folder"] == "sample"
