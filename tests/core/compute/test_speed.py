"""This machine's measurement: made once, remembered by device, threads and versions."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from core.common.messages import ThawError
from core.compute import devices, estimate, speed
from core.compute.estimate import Speed
from core.runs.events import Preparing, unheard

MEASURED = Speed((0.01,) * 5, 3.0, 0.003, 3, 4, "bfloat16", "key")


@pytest.fixture(autouse=True)
def tiny_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same code on tiny pictures, on the processor."""
    monkeypatch.setattr(speed, "REFERENCE_SIZE", 32)
    monkeypatch.setattr(speed, "REFERENCE_SIZE", 32)
    monkeypatch.setattr(devices, "works", lambda device: device == "cpu")


def test_measuring_tells_every_block_and_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = speed.of_this_machine(folder=tmp_path)
    assert len(first.forward) == 5
    assert all(one > 0 for one in first.forward)
    assert first.micro_batch in speed.MICRO_BATCHES
    assert first.gradient_micro_batch in speed.GRADIENT_MICRO_BATCHES
    assert speed.of_this_machine(folder=tmp_path) == first


@pytest.mark.parametrize(
    ("was_quiet", "is_quiet", "faster", "takes_new"),
    [
        (True, True, False, True),
        (True, False, True, False),
        (False, False, False, False),
        (False, False, True, True),
        (False, True, False, True),
    ],
)
def test_a_busy_machine_never_makes_a_good_measurement_worse(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    was_quiet: bool,
    is_quiet: bool,
    faster: bool,
    takes_new: bool,
) -> None:
    known = replace(MEASURED, key=speed._key("cpu"), quiet=was_quiet)
    estimate.remember(known, tmp_path)
    found = replace(known, forward=(0.001 if faster else 0.1,) * 5, quiet=is_quiet)
    monkeypatch.setattr(speed, "measure", lambda *_: found)
    taken = found if takes_new else known
    assert speed.of_this_machine(folder=tmp_path, afresh=True) == taken
    assert speed.remembered(tmp_path) == taken


@pytest.mark.parametrize(("worked", "is_quiet"), [(1.9, True), (1.0, False)])
def test_it_tells_whether_others_kept_the_processor_busy(
    monkeypatch: pytest.MonkeyPatch, worked: float, is_quiet: bool
) -> None:
    clocks = {"passed": 0.0, "worked": 0.0}
    monkeypatch.setattr(speed, "perf_counter", lambda: clocks["passed"])
    monkeypatch.setattr(speed, "process_time", lambda: clocks["worked"])

    def timed(_work: Callable[[], object]) -> float:
        clocks["passed"] += 1
        clocks["worked"] += worked
        return 1.0

    monkeypatch.setattr(speed, "timed", timed)
    known = replace(MEASURED, threads=2)
    assert speed.measure(threading.Event(), "key", known).quiet is is_quiet


def test_each_gradient_is_measured_when_a_recipe_first_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = replace(MEASURED, key=speed._key("cpu"), gradient_micro_batch=16)
    entry = asdict(old)
    del entry["gradient_micro_batches"]
    text = json.dumps({"version": estimate.VERSION, "machines": [entry]})
    (tmp_path / "machine.json").write_text(text, "utf-8")
    calls = []

    def best(_network: object, dtype: torch.dtype, boundary: int, at_most: int) -> int:
        calls.append((dtype, boundary, at_most, torch.get_num_threads()))
        return 4 + boundary

    monkeypatch.setattr(speed, "best_deeper_micro_batch", best)
    assert speed.of_this_machine(folder=tmp_path) == old
    found = speed.of_this_machine(folder=tmp_path, boundaries={2, 0})
    assert found == replace(old, gradient_micro_batches=(4, 0, 6, 0))
    assert calls == [(torch.bfloat16, 0, 16, 3), (torch.bfloat16, 2, 16, 3)]
    assert speed.of_this_machine(folder=tmp_path, boundaries={2}) == found
    monkeypatch.setattr(speed.Attention, "was_undivided", True)
    afresh = speed.of_this_machine(folder=tmp_path, afresh=True)
    assert afresh.gradient_micro_batches == (4, 0, 6, 0)
    assert len(calls) == 2, "remembered for the machine"


def test_each_measurement_is_told_before_it_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def measure(*_: object) -> Speed:
        made.append("all")
        return MEASURED

    def best(_network: object, _dtype: object, boundary: int, _at_most: int) -> int:
        made.append(boundary)
        return 8

    monkeypatch.setattr(speed, "measure", measure)
    monkeypatch.setattr(speed, "best_deeper_micro_batch", best)
    monkeypatch.setattr(estimate, "remember", lambda *_: None)  # a folder that nothing goes into
    told = speed.measuring(folder=tmp_path, device="cpu", boundaries={2, 0})
    assert next(told) == Preparing("preparing_speed")
    assert made == []
    assert next(told) == Preparing("preparing_gradient", {"block": 1})
    assert made == ["all"]
    assert next(told) == Preparing("preparing_gradient", {"block": 3})
    assert made == ["all", 0]
    assert unheard(told).gradient_micro_batches == (8, 0, 8, 0)
    assert made == ["all", 0, 2], "each of them once"


def test_what_is_remembered_needs_no_word(tmp_path: Path) -> None:
    known = replace(MEASURED, key=speed._key("cpu"), gradient_micro_batches=(4, 0, 0, 0))
    estimate.remember(known, tmp_path)
    assert list(speed.measuring(folder=tmp_path, device="cpu", boundaries={0})) == []
    with speed._alone(threading.Event()):  # as while the window measures at its start
        waiting = speed.measuring(folder=tmp_path, device="cpu", boundaries={0})
        assert next(waiting) == Preparing("preparing_speed")
    assert unheard(waiting) == known


def test_a_stop_is_heard_while_a_gradient_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimate.remember(replace(MEASURED, key=speed._key("cpu")), tmp_path)
    stop, best = threading.Event(), speed.best_deeper_micro_batch

    def asked(*arguments: Any) -> int:
        stop.set()
        return best(*arguments)

    monkeypatch.setattr(speed, "best_deeper_micro_batch", asked)
    with pytest.raises(ThawError) as error:
        speed.of_this_machine(stop, tmp_path, boundaries={0})
    assert error.value.code == "stopped"
    assert speed.remembered(tmp_path).gradient_micro_batches == estimate.NOT_MEASURED


def test_timing_afresh_never_changes_what_changes_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Speed(
        (99.0,) * 5, 3.0, 0.003, 1, 8, "float32", speed._key("cpu"), gradient_micro_batch=4
    )
    estimate.remember(known, tmp_path)
    monkeypatch.setattr(speed.Attention, "was_undivided", True)
    found = speed.of_this_machine(folder=tmp_path, afresh=True)
    assert found.forward != known.forward
    assert (found.threads, found.micro_batch, found.precision) == (1, 8, "float32")
    assert found.gradient_micro_batch == 4
    assert speed.of_this_machine(folder=tmp_path) == found


@pytest.fixture
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_it_times_with_the_threads_that_a_run_will_use(
    monkeypatch: pytest.MonkeyPatch, one_thread: None
) -> None:
    seen = set()

    def timed(work: Callable[[], object]) -> float:
        work()
        seen.add(torch.get_num_threads())
        return 1.0

    monkeypatch.setattr(speed, "timed", timed)
    known = replace(MEASURED, threads=2)
    assert speed.measure(threading.Event(), "key", known).threads == 2
    assert seen == {2}
    assert torch.get_num_threads() == 1


def test_another_number_of_threads_at_the_start_is_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = replace(MEASURED, key=speed._key("cpu"), threads=speed._START_THREADS)
    estimate.remember(usual, tmp_path)
    assert speed.remembered(tmp_path) == usual
    monkeypatch.setattr(speed, "_START_THREADS", speed._START_THREADS + 1)
    assert speed.remembered(tmp_path) is None
    monkeypatch.undo()
    monkeypatch.setattr(speed, "_usable_cores", lambda: 99)
    assert speed.remembered(tmp_path) is None


def test_a_stop_is_heard_while_another_measurement_is_waited_for(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with speed._lock, pytest.raises(ThawError) as error:
        speed.of_this_machine(stop, tmp_path)
    assert error.value.code == "stopped"


def test_each_device_has_its_own_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cards = {"cuda": "NVIDIA H100", "cpu": ""}
    monkeypatch.setattr(devices, "title", lambda device: cards[device])
    monkeypatch.setattr(
        speed, "measure", lambda _stop, key, _known, device: replace(MEASURED, key=key)
    )
    assert "H100" not in speed.of_this_machine(folder=tmp_path).key
    monkeypatch.setattr(devices, "works", lambda device: device in cards)
    assert "H100" in speed.of_this_machine(folder=tmp_path).key, "a recipe would get the card"
    cards["cuda"] = "NVIDIA L4"
    assert speed.remembered(tmp_path) is None
    assert "L4" not in speed.of_this_machine(folder=tmp_path, device="cpu").key
