from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from core.runs.history import History, fold, is_better, read


def _epoch(stage: int, epoch: int, accuracy: float, loss: float = 1.0) -> EpochFinished:
    return EpochFinished(stage, epoch, Score(0.1, 1.0, 40), Score(loss, accuracy, 10))


EVENTS: list[Event] = [
    RunStarted(classes=("đỏ", "xanh"), epochs=(2, 1), thawed=((), (5,))),
    StageStarted(1, epochs=2),
    CacheProgress(1, done=8, total=40),
    BatchFinished(1, 1, batch=1, batches=2, pictures=("đỏ/1.png",)),
    CacheProgress(1, done=40, total=40),
    _epoch(1, 1, 0.7),
    Notice("augmented_features"),
    _epoch(1, 2, 0.9),
    StageStarted(2, epochs=1, thawed=(5,), boundary=4),
    BatchFinished(2, 1, batch=1, batches=2),
    _epoch(2, 1, 0.8),
    RunFinished("finished", best_stage=1, best_epoch=2),
]


def _lines(events: list[Event]) -> bytes:
    return b"".join(to_json(event).encode() + b"\n" for event in events)


def test_events_are_kept_by_kind_in_order() -> None:
    history = fold(EVENTS)
    assert history.started is EVENTS[0]
    assert [stage.stage for stage in history.stages] == [1, 2]
    assert [(one.stage, one.epoch) for one in history.epochs] == [(1, 1), (1, 2), (2, 1)]
    assert [(one.stage, one.batch) for one in history.batches] == [(1, 1), (2, 1)]
    assert [notice.code for notice in history.notices] == ["augmented_features"]
    assert history.finished is EVENTS[-1]


def test_a_run_replayed_is_the_run_that_was_live(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_bytes(_lines(EVENTS))
    assert read(file) == fold(EVENTS)


def test_progress_shows_only_while_features_are_computed() -> None:
    history = fold(EVENTS[:3])
    assert history.progress == CacheProgress(1, done=8, total=40)
    history.add(CacheProgress(1, done=40, total=40))
    assert history.progress is None


@pytest.mark.parametrize("end", [_epoch(1, 1, 0.5), RunFinished("stopped")])
def test_progress_ends_with_the_epoch_or_the_run(end: Event) -> None:
    assert fold([CacheProgress(1, done=8, total=40), end]).progress is None


@pytest.mark.parametrize(
    ("epochs", "best"),
    [
        ([_epoch(1, 1, 0.7), _epoch(1, 2, 0.9), _epoch(1, 3, 0.8)], (1, 2)),
        ([_epoch(1, 1, 0.9, 0.5), _epoch(1, 2, 0.9, 0.4)], (1, 2)),
        ([_epoch(1, 1, 0.9, 0.4), _epoch(1, 2, 0.9, 0.5)], (1, 1)),
        ([_epoch(1, 1, 0.9, 0.4), _epoch(2, 1, 0.9, 0.4)], (1, 1)),
        ([_epoch(1, 1, 0.8), _epoch(2, 1, 0.9, 9.0)], (2, 1)),
    ],
)
def test_the_best_epoch_is_the_most_accurate_then_the_surest_then_the_first(
    epochs: list[EpochFinished], best: tuple[int, int]
) -> None:
    found = fold(epochs).best
    assert found is not None
    assert (found.stage, found.epoch) == best


@pytest.mark.parametrize(
    ("keep", "best"),
    [("accuracy", (2, 1)), ("loss", (2, 2)), ("last", (2, 3))],
)
def test_each_stage_has_its_own_rule_for_the_best(keep: str, best: tuple[int, int]) -> None:
    found = fold(
        [
            StageStarted(1),
            _epoch(1, 1, 0.7, 0.9),
            StageStarted(2, keep=keep),
            _epoch(2, 1, 0.8, 0.8),
            _epoch(2, 2, 0.7, 0.1),
            _epoch(2, 3, 0.1, 9.0),
        ]
    ).best
    assert found is not None
    assert (found.stage, found.epoch) == best


def test_what_a_later_stage_keeps_must_be_better_by_its_own_rule() -> None:
    events = [
        StageStarted(1, keep="last"),
        _epoch(1, 1, 0.9, 0.5),
        _epoch(1, 2, 0.7, 0.9),
        StageStarted(2, keep="loss"),
        _epoch(2, 1, 0.9, 0.9),
    ]
    kept = fold(events).best
    assert kept is events[2], "its loss is not lower"


@pytest.mark.parametrize(
    ("first", "second", "scores", "chosen_by"),
    [
        ("accuracy", "accuracy", [0.7, 0.9], "accuracy"),
        ("accuracy", "loss", [0.7, 0.9], "loss"),
        ("accuracy", "loss", [0.9, 0.7], "accuracy"),
        ("accuracy", "last", [0.9, 0.7], "last"),
        ("last", "accuracy", [0.9, 0.7], "accuracy"),
        ("last", "last", [0.9], ""),
        ("last", "last", [], ""),
    ],
)
def test_it_says_how_what_is_kept_was_chosen(
    first: str, second: str, scores: list[float], chosen_by: str
) -> None:
    events: list[Event] = [StageStarted(1, keep=first), StageStarted(2, keep=second)]
    events += [_epoch(number, 1, one, 1 - one) for number, one in enumerate(scores, start=1)]
    assert fold(events).chosen_by == chosen_by


def test_a_run_that_goes_on_keeps_the_rules_of_its_stages() -> None:
    events = [
        StageStarted(1, keep="last"),
        _epoch(1, 1, 0.9),
        _epoch(1, 2, 0.7),
        RunResumed(1, 3, 0, 2),
        _epoch(1, 3, 0.6),
    ]
    assert fold(events).best is events[-1]


def test_before_the_first_epoch_none_is_best() -> None:
    assert fold(EVENTS[:5]).best is None


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


def test_epochs_are_counted_over_the_whole_run() -> None:
    history = fold([RunStarted(epochs=(20, 10, 5))])
    assert [history.position(*at) for at in ((1, 1), (1, 20), (2, 1), (3, 5))] == [1, 20, 21, 35]


def test_a_stage_that_ended_early_moves_the_later_epochs() -> None:
    history = fold([RunStarted(epochs=(20, 10, 5)), StageEnded(1, 7)])
    assert history.planned == (7, 10, 5)
    assert [history.position(*at) for at in ((1, 7), (2, 1), (3, 5))] == [7, 8, 22]


def test_an_extended_run_is_no_longer_finished() -> None:
    history = fold([*EVENTS, RunExtended(2, 3)])
    assert history.planned == (2, 4)
    assert history.finished is None


def test_a_last_stage_that_ended_early_is_extended_from_there() -> None:
    history = fold([RunStarted(epochs=(2, 10)), StageEnded(2, 4), RunExtended(2, 3)])
    assert history.planned == (2, 7)


def test_each_extension_is_planned_by_itself() -> None:
    history = fold([RunStarted(epochs=(2, 10)), RunExtended(2, 5, 10)])
    assert history.cycles == {2: (range(10), range(10, 15))}
    history.add(StageEnded(2, 12))
    history.add(RunExtended(2, 4, 15))
    assert history.cycles == {2: (range(10), range(10, 15), range(12, 16))}
    assert history.planned == (2, 16)


def test_an_extension_of_an_older_version_is_one_too() -> None:
    assert fold([RunStarted(epochs=(4,)), RunExtended(1, 2)]).cycles == {1: (range(4), range(4, 6))}


def test_a_run_that_starts_over_is_planned_as_it_was() -> None:
    asked = [StageEnded(1, 4, "patience"), RunExtended(1, 3, 10)]  # all that stays of its history
    history = fold([*asked, RunStarted(epochs=(7,))])
    assert history.cycles == {1: (range(10), range(4, 7))}
    assert history.planned == (7,)
    assert fold([*asked, RunStarted(epochs=(9,))]).cycles == {}, "another run"


@pytest.mark.parametrize(
    ("resumed", "events"),
    [
        (RunResumed(1, 1, 1, 0), 4),
        (RunResumed(1, 2, 0, 1), 6),
        (RunResumed(2, 1, 0, 2), 8),
        (RunResumed(2, 1, 1, 2), 10),
    ],
)
def test_a_run_that_goes_on_forgets_what_will_happen_again(
    resumed: RunResumed, events: int
) -> None:
    live = fold([*EVENTS, resumed])
    before = fold(EVENTS[:events])
    assert (live.epochs, live.batches, live.stages) == (
        before.epochs,
        before.batches,
        before.stages,
    )
    assert live.finished is None


def test_a_run_that_starts_over_forgets_all_but_what_a_person_asked_for() -> None:
    live = fold([*EVENTS, StageEnded(1, 1), EVENTS[0]])
    assert live == fold([StageEnded(1, 1), EVENTS[0]])
    assert (live.epochs, live.batches, live.stages, live.notices) == ([], [], [], [])
    assert live.planned == (1, 1)


def test_a_run_without_a_history_is_an_empty_one(tmp_path: Path) -> None:
    assert read(tmp_path / "history.jsonl") == History()


def test_whatever_a_crash_cut_off_only_the_unfinished_line_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    kept, last = EVENTS[:-3], EVENTS[-3:]
    for cut in range(len(_lines(last)) + 1):
        file.write_bytes((_lines(kept) + _lines(last))[: len(_lines(kept)) + cut])
        whole = next(n for n in (3, 2, 1, 0) if len(_lines(last[:n])) <= cut)
        assert read(file) == fold(kept + last[:whole]), f"cut after {cut} bytes"


def test_a_first_line_that_was_never_finished_is_no_history(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    for cut in range(len(_lines(EVENTS[:1]))):
        file.write_bytes(_lines(EVENTS[:1])[:cut])
        assert read(file) == History()


@pytest.mark.parametrize("damage", [b"{\n", b"\xff\xfe\n", b"[]\n", b'{"event": "RunFinished"}\n'])
def test_a_damaged_line_in_between_is_an_error(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "history.jsonl"
    file.write_bytes(_lines(EVENTS[:3]) + damage + _lines(EVENTS[3:]))
    with pytest.raises(ValueError, match=r".+"):
        read(file)


def test_unknown_events_and_empty_lines_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    later = b'{"event": "GpuMelted"}\n\n'
    file.write_bytes(_lines(EVENTS[:2]) + later + _lines(EVENTS[2:]))
    assert read(file) == fold(EVENTS)


@pytest.mark.parametrize("name", ["a\u2028b.png", "a\x85b.png", "a\nb.png", "\udcff.png"])
def test_a_strange_file_name_does_not_break_the_history(tmp_path: Path, name: str) -> None:
    file = tmp_path / "history.jsonl"
    events = [EVENTS[0], BatchFinished(1, 1, pictures=(name,)), EVENTS[-1]]
    file.write_bytes(_lines(events))
    assert read(file) == fold(events)


def test_a_history_that_holds_other_letters_as_they_are_is_read(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    file.write_text(
        '{"event": "BatchFinished", "stage": 1, "epoch": 1, "pictures": ["đỏ\u2028.png"]}\n',
        "utf-8",
    )
    assert read(file).batches == [BatchFinished(1, 1, pictures=("đỏ\u2028.png",))]
