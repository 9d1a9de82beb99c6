"""A replayed run shows at every moment what its training had shown then; the lessons' runs."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset.sample.files import CLASSES
from core.experiments import replay as experiment_replay
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
    StageEnded,
    StageStarted,
    to_json,
)
from core.runs.history import fold, read
from core.runs.places import HISTORY, SUMMARY
from core.runs.replay import TRANSFER, TWO_STAGES
from resources import LESSONS
from tests.support import histories

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


def test_an_epoch_takes_as_long_as_it_did_or_as_long_as_all_others() -> None:
    line = run_replay.timeline(trained(seconds=8.0))
    ends = [place for place, e in enumerate(line.events) if isinstance(e, EpochFinished)]
    assert [line.seconds[place] for place in ends] == [80.0, 88.0, 96.0, 104.0]
    assert [line.epochs[place] for place in ends] == [1, 2, 3, 4]
    assert line.stages("seconds")[1] == run_replay.StageMark(2, 88.0)
    assert line.stages("epochs")[1] == run_replay.StageMark(2, 2)


def test_batches_lie_evenly_in_their_epoch_and_leave_room_for_validation() -> None:
    line = run_replay.timeline(trained(seconds=10.0))
    placed = zip(line.events, line.seconds, strict=True)
    second = [
        at for e, at in placed if isinstance(e, BatchFinished) and e.epoch == 2 == e.stage + 1
    ]
    assert second == pytest.approx([102, 104, 106, 108])


def test_what_is_told_of_features_lies_between_the_batches() -> None:
    told: list[Event] = [
        RunStarted(epochs=(1,)),
        StageStarted(1),
        *[CacheProgress(1, done, 4) for done in (1, 2)],
        BatchFinished(1, 1, 1, 1),
        CacheProgress(1, 4, 4),
        EpochFinished(1, 1, SCORE, SCORE, 6.0),
    ]
    assert run_replay.timeline(told).seconds == pytest.approx((0, 0, 1, 2, 3, 4.5, 6))


def test_an_epoch_that_was_broken_off_took_what_its_stage_usually_took() -> None:
    whole = trained((3,), seconds=5.0)[:-1]
    told = [*whole[:-3], RunFinished("stopped")]  # two batches into the third epoch
    line = run_replay.timeline(told)
    usual = (50.0 + 5.0) / 2
    assert line.end("seconds") == pytest.approx(55 + usual * 2 / 5)
    assert line.end("epochs") == pytest.approx(2 + 2 / 5)


def test_what_a_resumed_run_threw_away_does_not_play() -> None:
    first = trained((3,))[:-1]
    resumed = [RunResumed(1, 2, 0, 1), *first[2 + BATCHES + 1 :], RunFinished("finished")]
    line = run_replay.timeline([*first, RunFinished("stopped"), *resumed])
    assert [e for e in line.events if isinstance(e, EpochFinished)] == [
        e for e in first if isinstance(e, EpochFinished)
    ]
    assert sum(isinstance(e, BatchFinished) for e in line.events) == 3 * BATCHES


def test_a_place_is_the_same_moment_at_either_pace() -> None:
    line = run_replay.timeline(trained())
    for position in (0.0, 3.0, 79.0, 80.0, 91.3, 104.0, 2000.0):
        epochs = line.moved(position, "seconds", "epochs")
        assert line.count(epochs, "epochs") == line.count(position, "seconds")
    assert line.moved(40.0, "seconds", "epochs") == pytest.approx(0.5)
    assert run_replay.Timeline().moved(5.0, "seconds", "epochs") == 0.0


def test_a_seek_back_gives_a_new_history_and_one_forth_lets_it_grow() -> None:
    playback = run_replay.Playback(run_replay.timeline(trained()))
    early = playback.go_to(20.0, "seconds")
    grown = playback.go_to(90.0, "seconds")
    assert early is grown
    assert playback.go_to(20.0, "seconds") is not grown


def test_a_file_that_a_crash_left_plays_to_its_last_whole_line(tmp_path: Path) -> None:
    lines = "".join(to_json(one) + "\n" for one in trained())
    path = tmp_path / "history.jsonl"
    path.write_text(lines[:-40], "utf-8")
    line = run_replay.read(path)
    assert list(line.events) == trained()[:-1]


# -- the recordings that come with Thaw -----------------------------------------------------

FILES = sorted(one for one in LESSONS.rglob("*") if one.is_file())
RUNS = sorted(path.parent for path in LESSONS.rglob(HISTORY))


@pytest.mark.parametrize("run", RUNS, ids=[one.name for one in RUNS])
def test_each_run_is_whole(run: Path) -> None:
    one = run_replay.read_recording(run)
    history = fold(one.timeline.events)
    assert history == read(run / HISTORY)
    assert history.started is not None
    assert set(history.started.classes) == set(CLASSES)
    assert history.finished is not None
    assert history.finished.outcome == "finished"
    assert len(history.epochs) == sum(history.planned)
    assert history.planned == tuple(stage.epochs for stage in one.recipe.stages)
    summary = json.loads((run / SUMMARY).read_bytes())
    assert history.best is not None
    assert summary["best"]["accuracy"] == history.best.validation.accuracy


def test_the_lessons_show_two_stages_and_transfer_against_scratch() -> None:
    one = run_replay.read_recording(TWO_STAGES)
    assert one.is_lesson
    ends = [e for e in one.timeline.events if isinstance(e, EpochFinished)]
    assert {e.stage for e in ends} == {1, 2}
    for end in ends:
        assert end.block_changes[:4] == (0.0,) * 4, "frozen"
        assert (end.block_changes[4] > 0) == (end.stage == 2)
    race = experiment_replay.read(TRANSFER)
    assert {arm.name: len(arm.curves) for arm in race.marks.arms} == dict.fromkeys(
        ("feature-extractor", "fine-tuned", "from-scratch"), 3
    )


def test_all_of_it_is_small_and_holds_nothing_of_whoever_recorded_it() -> None:
    assert 0 < sum(one.stat().st_size for one in FILES) < 1_000_000
    for file in FILES:
        text = file.read_text("utf-8")
        assert not re.search(r"/(home|root|tmp|work|Users)/|[A-Z]:\\\\", text), file
        if file.suffix == ".json" and "folder" in (data := json.loads(text)):
            assert data["folder"] == "sample"
