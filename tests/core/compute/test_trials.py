"""What the short trials choose: clear gains only, and nothing while others use the processor."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from core.compute import speed
from core.model import backbone

CPU = SimpleNamespace(device=torch.device("cpu"))
_in_turns = speed.in_turns


class Machine:
    """A clock that a trial's work moves; ``share`` of the threads' time is the trial's own."""

    def __init__(self, patch: pytest.MonkeyPatch, share: float = 1.0) -> None:
        self.now = self.used = 0.0
        self.calls: list[int] = []
        self._share = share
        patch.setattr(speed, "in_turns", self._in_turns)
        patch.setattr(speed, "process_time", lambda: self.used)

    def _in_turns(self, works: object, rounds: int, clock: object = None) -> object:
        return _in_turns(works, rounds, lambda: self.now)  # type: ignore[arg-type]

    def work(self, pictures: int, seconds: float) -> Callable[[], None]:
        def run() -> None:
            self.calls.append(pictures)
            self.now += seconds
            self.used += seconds * self._share * torch.get_num_threads()

        return run


@pytest.mark.parametrize(
    ("each", "share", "best"),
    [
        ({2: 1.0, 4: 0.97, 8: 0.96}, 1.0, 2),
        ({2: 1.0, 4: 0.90, 8: 0.88}, 1.0, 4),
        ({2: 1.0, 4: 0.98, 8: 0.80}, 0.9, 8),
        ({2: 1.0, 4: 1.5, 8: 2.0}, 1.0, 2),
        ({2: 1.0, 4: 0.7, 8: 0.5}, 0.7, 2),  # another program had a third of the processor
    ],
)
def test_two_pictures_at_once_unless_more_are_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, each: dict[int, float], share: float, best: int
) -> None:
    machine = Machine(monkeypatch, share)

    def forward(_frozen: object, _number: int, pictures: int, _dtype: object) -> object:
        return machine.work(pictures, each[pictures] * pictures)

    monkeypatch.setattr(speed, "forward_trial", forward)
    assert speed.best_micro_batch(CPU, torch.float32) == best  # type: ignore[arg-type]
    assert machine.calls == [2, 4, 8] * 4, "in turns, the first to warm up"


def test_on_a_busy_machine_no_time_is_lost_on_what_tells_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(monkeypatch, share=0.5)
    monkeypatch.setattr(speed, "forward_trial", lambda _f, _n, one, _d: machine.work(one, 1.0))
    assert speed.best_micro_batch(CPU, torch.float32) == 2  # type: ignore[arg-type]
    assert machine.calls == [2, 4, 8] * 2


@pytest.mark.parametrize(
    ("each", "share", "best"),
    [
        ({8: 1.0, 16: 0.98}, 1.0, 8),
        ({8: 1.0, 16: 1.1}, 1.0, 8),
        ({8: 1.0, 16: 0.9}, 1.0, 16),
        ({8: 1.0, 16: 0.5}, 0.7, 8),
    ],
)
def test_the_gradient_has_a_size_of_its_own(
    monkeypatch: pytest.MonkeyPatch, each: dict[int, float], share: float, best: int
) -> None:
    machine = Machine(monkeypatch, share)

    def training(_network: object, _dtype: object, _size: int, pictures: int) -> object:
        return machine.work(pictures, each[pictures] * pictures)

    monkeypatch.setattr(speed, "training_trial", training)
    network = torch.nn.Linear(1, 1)
    assert speed.best_gradient_micro_batch(network, torch.float32) == best  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("each", "at_most", "share", "best"),
    [
        ({2: 1.0, 4: 0.98, 8: 0.96}, 8, 1.0, 2),
        ({2: 1.2, 4: 1.0, 8: 1.03}, 8, 1.0, 4),
        ({4: 1.2, 8: 1.1, 16: 1.0}, 16, 1.0, 16),
        ({2: 1.0, 4: 1.1, 8: 1.2}, 8, 0.7, 8),  # another program had a third of the processor
        ({1: 1.0, 2: 1.1}, 2, 1.0, 1),
    ],
)
def test_more_thawed_blocks_may_want_fewer_pictures_than_the_last_one(
    monkeypatch: pytest.MonkeyPatch, each: dict[int, float], at_most: int, share: float, best: int
) -> None:
    machine = Machine(monkeypatch, share)

    def gradient(_network: object, _dtype: object, _boundary: int, pictures: int) -> object:
        return machine.work(pictures, each[pictures] * pictures)

    monkeypatch.setattr(speed, "gradient", gradient)
    network = backbone.load("none", 1, seed=0)
    assert speed.best_deeper_micro_batch(network, torch.float32, 1, at_most) == best
    assert set(machine.calls) == set(each)


def test_the_gradient_that_is_tried_is_that_of_the_thawed_blocks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(speed, "REFERENCE_SIZE", 32)
    network = backbone.load("none", 5, seed=0)
    speed.best_deeper_micro_batch(network, torch.float32, 2, 1)
    learned = [one for one in range(1, 6) if any(p.grad is not None for p in weights(network, one))]
    assert learned == [3, 4, 5]


def weights(network: backbone.Backbone, number: int) -> list[torch.nn.Parameter]:
    return list(network.block(number).parameters())


def test_an_accelerator_takes_more_at_once_as_far_as_its_memory_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(monkeypatch, share=0.0)  # it computes, the processor waits

    def forward(_frozen: object, _number: int, pictures: int, _dtype: object) -> object:
        if pictures > 32:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return machine.work(pictures, 1.0)

    monkeypatch.setattr(speed, "forward_trial", forward)
    frozen = SimpleNamespace(device=torch.device("cuda"))
    assert speed.best_micro_batch(frozen, torch.float32) == 32  # type: ignore[arg-type]


@pytest.mark.parametrize(("gain", "dtype"), [(2.1, torch.bfloat16), (1.1, torch.float32)])
def test_the_number_format_is_chosen_by_processor_time(
    monkeypatch: pytest.MonkeyPatch, gain: float, dtype: torch.dtype
) -> None:
    clock, turn = [0.0], [0]

    def forward(_frozen: object, _number: int, _pictures: int, dtype: torch.dtype) -> object:
        def work() -> None:
            assert torch.get_num_threads() == 1
            turn[0] += 1
            clock[0] += 1.0 if dtype == torch.bfloat16 else gain

        return work

    monkeypatch.setattr(speed, "FrozenPass", lambda *_: None)
    monkeypatch.setattr(speed, "forward_trial", forward)
    monkeypatch.setattr(speed, "thread_time", lambda: clock[0])
    monkeypatch.setattr(speed, "perf_counter", lambda: 0.0)
    network = torch.nn.Linear(1, 1)
    assert speed.faster_dtype(network, threading.Event()) == dtype  # type: ignore[arg-type]
    assert turn[0] == 8


def test_a_device_without_bfloat16_gets_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(_frozen: object, _number: int, _pictures: int, dtype: torch.dtype) -> object:
        def work() -> None:
            if dtype == torch.bfloat16:
                raise TypeError("BFloat16 is not supported on MPS")

        return work

    monkeypatch.setattr(speed, "FrozenPass", lambda *_: None)
    monkeypatch.setattr(speed, "forward_trial", forward)
    network = torch.nn.Linear(1, 1)
    assert speed.faster_dtype(network, threading.Event()) == torch.float32  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("smt", "halved", "share", "best"),
    [
        ("1", 0.8, 1.0, 1),
        ("1", 0.97, 1.0, 2),
        ("1", 1.9, 1.0, 2),
        ("1", 0.8, 0.7, 2),
        ("0", 0.8, 1.0, 2),
        (None, 0.8, 1.0, 1),
    ],
)
def test_half_the_threads_only_where_two_share_a_core_and_that_is_clearly_faster(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    smt: str | None,
    halved: float,
    share: float,
    best: int,
) -> None:
    machine = Machine(monkeypatch, share)
    if smt is not None:
        (tmp_path / "active").write_text(f"{smt}\n", "ascii")
    monkeypatch.setattr(speed, "_SMT", tmp_path / "active")
    monkeypatch.setattr(speed.platform, "machine", lambda: "x86_64")

    def forward(*_: object) -> object:
        return lambda: machine.work(2, 1.0 if torch.get_num_threads() == 2 else halved)()

    monkeypatch.setattr(speed, "forward_trial", forward)
    before = torch.get_num_threads()
    assert speed.best_threads(CPU, torch.float32, every=2) == best  # type: ignore[arg-type]
    assert torch.get_num_threads() == before
