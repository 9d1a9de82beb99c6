"""Memory that runs out: half as many pictures at once, and the work is done after all."""

import json
import threading
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.compute.features import source as feature_source
from core.compute.numerics import Halved, Numerics, halving
from core.model import backbone
from core.model.backbone import Backbone, FrozenPass
from core.runs.events import EpochFinished, Event, Notice
from core.training import setup as training_setup
from tests.support.pictures import PictureFolder
from tests.support.training import events_of, new_run, small_recipe

STAGES = 'stages=[{"epochs":1},{"epochs":1,"thawed":[5],"optimizer":"sgd","learning_rate":1e-3}]'


class Memory:
    """Lets the network have no memory for more than so many pictures at once."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def _limit(self, owner: type, name: str, most: int, error: Exception) -> None:
        original = getattr(owner, name)

        def limited(self: object, inputs: Tensor, *args: int) -> object:
            if len(inputs) > most:
                raise error
            return original(self, inputs, *args)

        self._patch.setattr(owner, name, limited)

    def frozen(self, most: int) -> None:
        self._limit(FrozenPass, "_block", most, torch.OutOfMemoryError("CUDA out of memory."))

    def gradient(self, most: int) -> None:
        text = "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"
        self._limit(Backbone, "forward", most, RuntimeError(text))


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    return Memory(monkeypatch)


def trained(folder: Path, directory: Path, *settings: str) -> tuple[list[Event], dict[str, object]]:
    run = new_run(folder, directory, small_recipe(STAGES, "batch_size=16", *settings))
    events = list(events_of(run))
    return events, json.loads((directory / "environment.json").read_text("utf-8"))


def told(events: list[Event]) -> list[object]:
    return [
        event.values["pictures"]
        for event in events
        if isinstance(event, Notice) and event.code == "micro_batch_halved"
    ]


def assert_nearly_equal(events: list[Event], others: list[Event]) -> None:
    epochs, expected = (
        [event for event in some if isinstance(event, EpochFinished)] for some in (events, others)
    )
    assert len(epochs) == len(expected) == 2
    for one, other in zip(epochs, expected, strict=True):
        assert one.train.loss == pytest.approx(other.train.loss, rel=1e-4)
        assert one.validation.loss == pytest.approx(other.validation.loss, rel=1e-4)


@pytest.mark.parametrize("room", [True, False])
def test_the_frozen_pass_goes_on_with_fewer(
    picture_folder: PictureFolder,
    tmp_path: Path,
    memory: Memory,
    monkeypatch: pytest.MonkeyPatch,
    room: bool,
) -> None:
    if not room:
        monkeypatch.setattr(feature_source, "memory_budget", lambda: 0)
    folder = picture_folder(classes=2, per_class=12)
    plain, environment = trained(folder, tmp_path / "plain")
    assert told(plain) == []
    assert environment["micro_batch"] == 8
    memory.frozen(3)
    events, environment = trained(folder, tmp_path / "halved")
    assert told(events) == [4, 2], "once for the run: it stays with what fits"
    assert environment["micro_batch"] == 2
    assert_nearly_equal(events, plain)


def test_the_gradient_goes_on_with_fewer(
    picture_folder: PictureFolder, tmp_path: Path, memory: Memory
) -> None:
    folder = picture_folder(classes=2, per_class=12)
    plain, _ = trained(folder, tmp_path / "plain")
    memory.gradient(2)
    events, environment = trained(folder, tmp_path / "halved")
    assert told(events) == [8, 4, 2], "halves of the batch of 16"
    assert (environment["gradient_micro_batch"], environment["micro_batch"]) == (2, 8)
    assert_nearly_equal(events, plain)


def test_where_one_picture_is_too_much_the_run_says_so(
    picture_folder: PictureFolder, tmp_path: Path, memory: Memory
) -> None:
    memory.frozen(0)
    events, _ = trained(picture_folder(), tmp_path / "run")
    assert told(events) == [4, 2, 1]
    assert (events[-1].outcome, events[-1].code) == ("failed", "out_of_memory")


def test_another_error_is_not_tried_again() -> None:
    calls: list[int] = []

    def work() -> None:
        calls.append(1)
        raise RuntimeError("size mismatch")

    with pytest.raises(RuntimeError, match="size mismatch"):
        list(halving(work, Numerics(1, 8, "float32")))
    assert calls == [1]


def test_work_that_takes_fewer_anyway_halves_what_it_takes() -> None:
    numerics = Numerics(1, 64, "float32")

    def work() -> None:
        if min(16, numerics.micro_batch) > 8:
            raise MemoryError

    assert list(halving(work, numerics, at_most=16)) == [Halved(8)]


def test_less_memory_for_a_gradient_is_less_for_every_larger_one() -> None:
    sizes = {"0": 4, "2": 16, "3": 16}
    numerics = Numerics(1, 64, "float32", gradient_micro_batch=32, gradient_micro_batches=sizes)
    seen = []

    def work(boundary: int) -> None:
        seen.append(numerics.at_once(boundary))
        if seen[-1] > 6:
            raise MemoryError

    assert list(halving(partial(work, 2), numerics, 2)) == [Halved(8), Halved(4)]
    assert [numerics.at_once(one) for one in (0, 2, 3, 4, 5)] == [4, 4, 16, 32, 32]
    assert list(halving(partial(work, 4), numerics, 4)) == [Halved(16), Halved(8), Halved(4)]
    assert [numerics.at_once(one) for one in (0, 2, 3, 4, 5)] == [4, 4, 4, 4, 4]
    assert numerics.at_once() == 64


def test_each_stage_takes_as_many_as_suit_its_thawed_blocks(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"3": 5}
    monkeypatch.setattr(
        training_setup, "of_environment", lambda *_: Numerics(1, 8, "float32", "cpu", 16, sizes)
    )
    passed: dict[int, set[int]] = {}
    forward = Backbone.forward

    def seen(self: Backbone, inputs: Tensor, start: int = 0) -> Tensor:
        passed.setdefault(start, set()).add(len(inputs))
        return forward(self, inputs, start)

    monkeypatch.setattr(Backbone, "forward", seen)
    stages = 'stages=[{"epochs":1,"thawed":[5]},{"epochs":1,"thawed":[4,5]}]'
    folder = picture_folder(classes=2, per_class=14)
    run = new_run(folder, tmp_path / "run", small_recipe(stages, "batch_size=16"))
    assert list(events_of(run))[-1].outcome == "finished"
    assert {start: max(counts) for start, counts in passed.items()} == {4: 16, 3: 5}
    environment = json.loads((run.directory / "environment.json").read_text("utf-8"))
    assert (environment["gradient_micro_batch"], environment["gradient_micro_batches"]) == (
        16,
        {"3": 5},
    )


def test_validation_alone_can_run_out_too(
    picture_folder: PictureFolder, tmp_path: Path, memory: Memory
) -> None:
    folder = picture_folder(classes=2, per_class=12)
    everything = 'stages=[{"epochs":1,"thawed":[1,2,3,4,5]}]'
    memory.frozen(5)  # nothing is frozen: only validation passes there
    run = new_run(folder, tmp_path / "run", small_recipe(everything, "batch_size=16"))
    events = list(events_of(run))
    assert told(events) == [4]
    assert events[-1].outcome == "finished"


def test_the_network_of_a_frozen_pass_stays_where_it_is() -> None:
    network = backbone.load("none", 1, seed=0).to("meta")
    frozen = FrozenPass(network, torch.bfloat16, threading.Event())
    output = frozen.final(torch.zeros(2, 3, 32, 32), 0, 1)
    assert output.device.type == "meta"
    assert output.shape == (2, 64, 16, 16)
