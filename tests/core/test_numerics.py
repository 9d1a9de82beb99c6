"""What changes bits is decided once: by the recipe, else by the machine's measurement."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from core import estimate, numerics, speed
from core.estimate import Speed
from core.messages import ThawError
from tests.pictures import PictureFolder
from tests.training import events_of, new_run, small_recipe

MEASURED = Speed((0.01,) * 5, 3.0, 0.003, 3, 4, "bfloat16", "key")


def test_a_complete_recipe_needs_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(*_: object) -> Speed:
        raise AssertionError("nothing was left to measure")

    monkeypatch.setattr(speed, "of_this_machine", measure)
    found = numerics.decide(small_recipe())
    assert (found.threads, found.micro_batch, found.precision) == (1, 8, "float32")
    assert found.dtype == torch.float32


def test_what_the_recipe_leaves_open_comes_from_the_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(speed, "of_this_machine", lambda *_, **_device: MEASURED)
    recipe = small_recipe("threads=null", "micro_batch=null", "precision=auto")
    at_224 = numerics.decide(small_recipe("micro_batch=null", "dataset.image_size=224"))
    found = numerics.decide(recipe)
    assert (found.threads, found.precision) == (3, "bfloat16")
    assert at_224.micro_batch == 4
    assert found.micro_batch > 4, "small pictures go through in larger numbers"


def test_measuring_tells_every_block_and_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "REFERENCE_SIZE", 32)  # the same code on tiny pictures
    first = speed.of_this_machine(folder=tmp_path)
    assert len(first.forward) == 5
    assert all(one > 0 for one in first.forward)
    assert first.micro_batch in speed.MICRO_BATCHES
    assert speed.of_this_machine(folder=tmp_path) == first


def test_timing_afresh_never_changes_what_changes_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speed, "REFERENCE_SIZE", 32)
    known = Speed((99.0,) * 5, 3.0, 0.003, 1, 8, "float32", speed._key())
    estimate.remember(known, tmp_path)
    found = speed.of_this_machine(folder=tmp_path, afresh=True)
    assert found.forward != known.forward
    assert (found.threads, found.micro_batch, found.precision) == (1, 8, "float32")
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
    monkeypatch.setattr(speed, "REFERENCE_SIZE", 32)
    seen = set()

    def timed(work: Callable[[], object]) -> float:
        work()
        seen.add(torch.get_num_threads())
        return 1.0

    monkeypatch.setattr(speed, "_timed", timed)
    known = replace(MEASURED, threads=2)
    assert speed.measure(threading.Event(), "key", known).threads == 2
    assert seen == {2}
    assert torch.get_num_threads() == 1


def test_another_number_of_threads_at_the_start_is_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = replace(MEASURED, key=speed._key(), threads=speed._START_THREADS)
    estimate.remember(usual, tmp_path)
    assert speed.remembered(tmp_path) == usual
    monkeypatch.setattr(speed, "_START_THREADS", speed._START_THREADS + 1)
    assert speed.remembered(tmp_path) is None
    monkeypatch.undo()
    monkeypatch.setattr(speed, "_usable_cores", lambda: 99)
    assert speed.remembered(tmp_path) is None


@pytest.mark.parametrize(
    ("each", "share", "best"),
    [
        ({2: 1.0, 4: 0.97, 8: 0.96}, 1.0, 2),
        ({2: 1.0, 4: 0.90, 8: 0.88}, 1.0, 4),
        ({2: 1.0, 4: 0.98, 8: 0.80}, 0.9, 8),
        ({2: 1.0, 4: 1.5, 8: 2.0}, 1.0, 2),
        ({2: 1.0, 4: 0.7, 8: 0.5}, 0.5, 2),  # another program had half of the processor
    ],
)
def test_two_pictures_at_once_unless_more_are_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, each: dict[int, float], share: float, best: int
) -> None:
    clock = [0.0]
    rounds: list[int] = []

    def forward(_frozen: object, _number: int, pictures: int, _dtype: object) -> object:
        def work() -> None:
            rounds.append(pictures)
            load = 5.0 if len(rounds) in (4, 8) else 0.0  # something else ran meanwhile
            clock[0] += each[pictures] * pictures + load

        return work

    monkeypatch.setattr(speed, "_forward", forward)
    monkeypatch.setattr(speed, "_in_turns", partial(speed._in_turns, clock=lambda: clock[0]))
    monkeypatch.setattr(speed, "perf_counter", lambda: clock[0])
    used = torch.get_num_threads() * share
    monkeypatch.setattr(speed, "process_time", lambda: clock[0] * used)
    assert speed._best_micro_batch(None, torch.float32) == best  # type: ignore[arg-type]
    assert rounds == [2, 4, 8] * 4, "in turns, the first to warm up"


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
    monkeypatch.setattr(speed, "_forward", forward)
    monkeypatch.setattr(speed, "thread_time", lambda: clock[0])
    monkeypatch.setattr(speed, "perf_counter", lambda: 0.0)
    assert speed._faster_dtype(None, threading.Event()) == dtype  # type: ignore[arg-type]
    assert turn[0] == 8


def test_a_stop_is_heard_while_another_measurement_is_waited_for(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with speed._lock, pytest.raises(ThawError) as error:
        speed.of_this_machine(stop, tmp_path)
    assert error.value.code == "stopped"


def test_a_stop_is_heard_after_deciding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def measure(*_: object) -> Speed:
        stop.set()
        return replace(MEASURED, key=speed._key())

    monkeypatch.setattr(speed, "measure", measure)
    with pytest.raises(ThawError) as error:
        speed.of_this_machine(stop, tmp_path)
    assert error.value.code == "stopped"
    assert speed.remembered(tmp_path) is not None, "what was measured is not lost"
    with pytest.raises(ThawError):
        numerics.decide(small_recipe(), stop)


def test_the_environment_of_a_run_says_what_its_numbers_rest_on(
    picture_folder: PictureFolder, tmp_path: Path
) -> None:
    run = new_run(picture_folder(), tmp_path / "run", small_recipe("stages.0.epochs=1"))
    for _ in events_of(run):
        pass
    data = json.loads((run.directory / "environment.json").read_text("utf-8"))
    assert (data["threads"], data["micro_batch"], data["precision"]) == (1, 8, "float32")
    assert data["versions"]["torch"] == torch.__version__
    assert data["classes"] == ["green", "red"]
