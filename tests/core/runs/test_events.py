import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.runs.events import (
    BatchFinished,
    CacheProgress,
    EpochFinished,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    Score,
    StageStarted,
    from_json,
    to_json,
)

EPOCH = EpochFinished(
    stage=1,
    epoch=2,
    train=Score(0.5, 0.8, 384),
    validation=Score(0.6, 0.75, 96),
    seconds=1.5,
    block_changes=(0.0, 0.125),
    memory=500_000_000,
)
EVENTS: list[Event] = [
    RunStarted(
        classes=("dừng lại", "stop"),
        train_images=384,
        validation_images=96,
        majority=0.125,
        epochs=(20, 10),
        thawed=((), (5,)),
        preset="fine-tune-last",
    ),
    StageStarted(stage=2, epochs=10, thawed=(4, 5), boundary=3, learning_rate=1e-4),
    CacheProgress(stage=1, done=32, total=480, seconds_left=4.5),
    BatchFinished(stage=1, epoch=1, batch=3, batches=12, loss=2.0, pictures=("stop/1.png",)),
    EPOCH,
    Notice("picture_skipped", {"path": "stop/1.png", "reason": "the file is empty"}),
    RunFinished("failed", best_stage=1, best_epoch=2, code="unexpected", values={"reason": "x"}),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_back_from_its_line(event: Event) -> None:
    assert from_json(to_json(event)) == event


def test_a_line_is_what_scripts_rely_on() -> None:
    assert json.loads(to_json(EPOCH)) == {
        "event": "EpochFinished",
        "stage": 1,
        "epoch": 2,
        "train": {"loss": 0.5, "accuracy": 0.8, "images": 384},
        "validation": {"loss": 0.6, "accuracy": 0.75, "images": 96},
        "seconds": 1.5,
        "is_best": False,
        "block_changes": [0.0, 0.125],
        "memory": 500_000_000,
    }


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_fields_of_a_later_version_are_ignored(event: Event) -> None:
    data = json.loads(to_json(event))
    assert from_json(json.dumps({**data, "invented_later": [1, {"a": 2}]})) == event


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_a_line_of_an_earlier_version_gets_the_defaults(event: Event) -> None:
    needed = {"event", "stage", "epoch", "train", "validation", "outcome"}
    if isinstance(event, Notice):
        needed.add("code")
    data = {name: value for name, value in json.loads(to_json(event)).items() if name in needed}
    read = from_json(json.dumps(data))
    given_fields = {name: getattr(event, name) for name in data if name != "event"}
    assert read == type(event)(**given_fields)


def test_a_kind_of_a_later_version_is_passed_over() -> None:
    assert from_json('{"event": "GpuMelted", "degrees": 451}') is None


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "null",
        '"EpochFinished"',
        '{"event": "RunFinished"}',
        '{"event": "EpochFinished", "stage": 1, "epoch": 1}',
        '{"event": "EpochFinished", "stage": 1, "epoch": 1, "train": null, "validation": null}',
        '{"event": "EpochFinished", "stage": 1, "epoch": 1, "train": {}, "validation": {}}',
    ],
)
def test_a_damaged_line_is_a_value_error(line: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_json(line)


@given(st.text() | st.sampled_from(["a\u2028b", "a\x85b", "a\rb\nc", "undecodable\udcff"]))
def test_any_file_name_makes_one_line_that_any_pipe_takes(name: str) -> None:
    event = BatchFinished(1, 1, pictures=(name,))
    line = to_json(event)
    assert line.isascii()
    assert line.splitlines() == [line]
    assert from_json(line) == event


def test_an_event_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        EPOCH.stage = 2  # type: ignore[misc]


def test_the_count_of_right_answers_survives_the_share() -> None:
    for images in (1, 3, 7, 96, 180, 9999):
        for correct in {0, 1, images // 3, images}:
            assert Score(0.0, correct / images, images).correct == correct


def test_every_event_holds_plain_values_only() -> None:
    plain: tuple[type[Any], ...] = (str, int, float, bool, tuple, dict, Score, type(None))
    for event in EVENTS:
        values = [getattr(event, one.name) for one in fields(event)]
        assert all(isinstance(value, plain) for value in values)
