"""Device, memory and what changes bits: decided once, by the recipe, else by a measurement."""

import json
import mmap
import threading
from collections.abc import Callable, Generator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
import torch

from core.common.messages import InputError, ThawError
from core.compute import devices, estimate, feature_plan, memory, numerics, speed
from core.compute.estimate import Speed
from core.compute.numerics import Numerics
from core.model import backbone
from core.model.backbone import Backbone, FrozenPass
from core.runs.events import Preparing, unheard
from core.training.setup import prepare
from tests.support.pictures import PictureFolder
from tests.support.training import new_run, small_recipe

STOP = threading.Event()  # never set
MEASURED = Speed((0.01,) * 5, 3.0, 0.003, 3, 4, "bfloat16", speed._key("cpu"))
_works = devices.works


@pytest.fixture(autouse=True)
def _tiny_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measurements of tiny pictures, and no accelerator unless a test says so."""
    monkeypatch.setattr(speed, "REFERENCE_SIZE", 32)
    monkeypatch.setattr(devices, "works", lambda device: device == "cpu")


def measure(patch: pytest.MonkeyPatch, measured: Speed) -> list[str]:
    """Let a measurement have this result; the devices that are asked for."""
    asked: list[str] = []

    def measuring(_stop: object, device: str) -> Generator[Preparing, None, Speed]:
        asked.append(device)
        yield Preparing("preparing_speed")
        return measured

    patch.setattr(speed, "measuring", measuring)
    return asked


# -- what changes bits ---


def test_only_what_a_recipe_leaves_open_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = measure(monkeypatch, MEASURED)
    found = unheard(numerics.deciding(small_recipe()))
    assert asked == []
    assert (found.threads, found.micro_batch, found.precision) == (1, 8, "float32")
    assert found.dtype == torch.float32
    at_224 = unheard(numerics.deciding(small_recipe("micro_batch=null", "dataset.image_size=224")))
    found = unheard(
        numerics.deciding(small_recipe("threads=null", "micro_batch=null", "precision=auto"))
    )
    assert (found.threads, found.precision) == (3, "bfloat16")
    assert (at_224.micro_batch, at_224.gradient_micro_batch) == (4, 4)
    assert found.micro_batch > 4, "small pictures go through in larger numbers"
    assert found.gradient_micro_batch > at_224.gradient_micro_batch


def test_an_accelerator_is_measured_and_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "works", lambda _device: True)
    measured = measure(monkeypatch, replace(MEASURED, micro_batch=32))
    recipe = small_recipe("device=auto", "precision=auto", "dataset.image_size=224")
    found = unheard(numerics.deciding(recipe))
    assert measured == ["cuda"]
    assert (found.device, found.gradient_micro_batch, found.precision) == ("cuda", 32, "bfloat16")


def test_a_stop_is_heard_after_deciding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    monkeypatch.setattr(speed, "measure", lambda *_: stop.set() or MEASURED)
    for waiting in (
        lambda: speed.of_this_machine(stop, tmp_path),
        lambda: unheard(numerics.deciding(small_recipe(), stop)),
    ):
        with pytest.raises(ThawError) as error:
            waiting()
        assert error.value.code == "stopped"
    assert speed.remembered(tmp_path) is not None, "what was measured is not lost"


# -- what a run keeps of it ---


def test_a_run_goes_on_with_what_it_was_begun_with() -> None:
    begun = Numerics(3, 5, "bfloat16", "cpu", 7, {"0": 2})
    kept = json.loads(json.dumps(numerics.environment(begun)))
    assert kept["accelerator"] == "", "the processor is none"
    assert numerics.of_environment(kept) == begun
    assert numerics.difference(kept, numerics.environment(begun)) is None
    del kept["gradient_micro_batches"]  # as before there were several
    found = numerics.of_environment(kept)
    assert found is not None
    assert [found.at_once(boundary) for boundary in range(6)] == [7] * 6
    assert numerics.difference(kept, numerics.environment(found)) is None


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"threads": None},
        {"micro_batch": 0},
        {"gradient_micro_batch": "8"},
        {"gradient_micro_batches": [8]},
        {"gradient_micro_batches": {"0": "8"}},
        {"gradient_micro_batches": {"all": 8}},
        {"precision": "float16"},
        {"device": "tpu"},
        {"device": "cuda"},  # which is not there any more
        {"device": ["cpu"]},
    ],
)
def test_else_it_is_decided_anew(values: dict[str, object]) -> None:
    whole = numerics.environment(Numerics(3, 5, "bfloat16")) if values else {}
    assert numerics.of_environment({**whole, **values}) is None


def test_another_machine_is_said_and_how_it_differs() -> None:
    now = numerics.environment(Numerics(2, 4, "float32"))
    versions = {**now["versions"], "torch": "2.6.0"}
    before = {**now, "processor": "Another One", "versions": versions, "python": "3.0"}
    notice = numerics.difference(before, now)
    assert notice is not None
    assert notice.code == "environment_differs"
    assert notice.values["listed"] == (
        f"processor: Another One → {now['processor']}, torch: 2.6.0 → {torch.__version__}"
    )
    for same in (now, {}, {"versions": {}, "folder": "/data"}):  # the last two of a new run
        assert numerics.difference(same, now) is None


# -- trials ---

_in_turns = speed.in_turns


class Machine:
    """A clock that a trial's work moves."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        patch.setattr(speed, "in_turns", self._in_turns)

    def _in_turns(self, works: Any, rounds: int, clock: object = None) -> object:
        return _in_turns(works, rounds, lambda: self.now)

    def work(self, seconds: float) -> Callable[[], None]:
        def run() -> None:
            self.now += seconds

        return run


@pytest.fixture(scope="module")
def network() -> Backbone:
    return backbone.load("none", 5, seed=0)


@pytest.mark.parametrize(
    ("each", "best"),
    [
        ({2: 1.0, 4: 0.97, 8: 0.96}, 2),  # fewer unless more are clearly faster
        ({2: 1.0, 4: 0.90, 8: 0.88}, 4),
        ({2: 1.0, 4: 0.98, 8: 0.80}, 8),
    ],
)
def test_as_few_images_at_once_as_no_more_are_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, network: Backbone, each: dict[int, float], best: int
) -> None:
    machine, frozen = Machine(monkeypatch), FrozenPass(network, torch.float32, STOP)
    monkeypatch.setattr(
        speed, "forward_trial", lambda *given: machine.work(each[given[2]] * given[2])
    )
    assert speed.best_micro_batch(frozen, torch.float32) == best


def test_an_accelerator_takes_as_many_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(monkeypatch)

    def forward(_frozen: object, _number: int, images: int, _dtype: object) -> object:
        if images > 32:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return machine.work(1.0)

    monkeypatch.setattr(speed, "forward_trial", forward)
    frozen: Any = SimpleNamespace(device=torch.device("cuda"))
    assert speed.best_micro_batch(frozen, torch.float32) == 32


@pytest.mark.parametrize(
    ("gain", "dtype"), [(2.1, torch.bfloat16), (1.1, torch.float32), (None, torch.float32)]
)
def test_the_number_format_is_chosen_by_processor_time(
    monkeypatch: pytest.MonkeyPatch, network: Backbone, gain: float | None, dtype: torch.dtype
) -> None:
    clock = [0.0]

    def forward(_frozen: object, _number: int, _pictures: int, dtype: torch.dtype) -> object:
        def work() -> None:
            assert torch.get_num_threads() == 1
            if gain is None and dtype == torch.bfloat16:
                raise TypeError("BFloat16 is not supported on MPS")
            clock.append(clock[-1] + (1.0 if dtype == torch.bfloat16 else gain or 1.0))

        return work

    monkeypatch.setattr(speed, "forward_trial", forward)
    monkeypatch.setattr(speed, "thread_time", lambda: clock[-1])
    monkeypatch.setattr(speed, "perf_counter", lambda: 0.0)
    assert speed.faster_dtype(network, STOP) == dtype
    assert len(clock) == (2 if gain is None else 1 + 8)


@pytest.mark.parametrize(
    ("smt", "halved", "best"), [("1", 0.8, 1), ("1", 0.97, 2), ("0", 0.8, 2), (None, 0.8, 1)]
)
def test_half_the_threads_only_where_two_share_a_core_and_that_is_clearly_faster(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    network: Backbone,
    smt: str | None,
    halved: float,
    best: int,
) -> None:
    machine, frozen = Machine(monkeypatch), FrozenPass(network, torch.float32, STOP)
    if smt is not None:
        (tmp_path / "active").write_text(f"{smt}\n", "ascii")
    monkeypatch.setattr(speed, "_SMT", tmp_path / "active")
    monkeypatch.setattr(speed.platform, "machine", lambda: "x86_64")

    def forward(*_: object) -> object:
        return lambda: machine.work(1.0 if torch.get_num_threads() == 2 else halved)()

    monkeypatch.setattr(speed, "forward_trial", forward)
    before = torch.get_num_threads()
    assert speed.best_threads(frozen, torch.float32, every=2) == best
    assert torch.get_num_threads() == before


# -- the measurement ---


def test_measuring_tells_every_block_and_is_remembered(tmp_path: Path) -> None:
    first = speed.of_this_machine(folder=tmp_path)
    assert len(first.forward) == 5
    assert all(one > 0 for one in first.forward)
    assert first.micro_batch in speed.MICRO_BATCHES
    assert speed.of_this_machine(folder=tmp_path) == first


def test_timing_afresh_keeps_the_faster_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimate.remember(MEASURED, tmp_path)
    for seconds, kept in ((0.1, 0.01), (0.001, 0.001), (0.005, 0.001)):
        found = replace(MEASURED, forward=(seconds,) * 5)
        monkeypatch.setattr(speed, "measure", lambda *_, found=found: found)
        assert speed.of_this_machine(folder=tmp_path, afresh=True).forward == (kept,) * 5
        assert speed.remembered(tmp_path) == replace(MEASURED, forward=(kept,) * 5)


def test_it_times_with_the_threads_that_a_run_will_use(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = set()

    def timed(work: Callable[[], object]) -> float:
        work()
        seen.add(torch.get_num_threads())
        return 1.0

    monkeypatch.setattr(speed, "timed", timed)
    with speed.threads_set(1):
        assert speed.measure(STOP, "key", replace(MEASURED, threads=2)).threads == 2
        assert torch.get_num_threads() == 1
    assert seen == {2}


def test_a_measurement_is_told_beforehand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    monkeypatch.setattr(speed, "measure", lambda *_: made.append("all") or MEASURED)
    told = speed.measuring(folder=tmp_path, device="cpu")
    assert next(told) == Preparing("preparing_speed")
    assert made == []
    assert unheard(told) == MEASURED
    assert made == ["all"]
    assert list(speed.measuring(folder=tmp_path, device="cpu")) == [], "it is remembered"
    with speed._alone(threading.Event()):  # as while the window measures at its start
        waiting = speed.measuring(folder=tmp_path, device="cpu")
        assert next(waiting) == Preparing("preparing_speed")
    assert unheard(waiting) == MEASURED


def test_a_stop_is_heard_amid_a_measurement_and_while_another_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, trial = threading.Event(), speed.gradient_trial

    def asked(*given: Any) -> object:
        stop.set()
        return trial(*given)

    monkeypatch.setattr(speed, "gradient_trial", asked)
    for other in (nullcontext(), speed._lock):
        with other, pytest.raises(ThawError) as error:
            speed.of_this_machine(stop, tmp_path)
        assert error.value.code == "stopped"
    assert speed.remembered(tmp_path) is None


def test_timing_afresh_changes_no_choice(tmp_path: Path) -> None:
    known = replace(MEASURED, forward=(99.0,) * 5, threads=1, micro_batch=8, precision="float32")
    estimate.remember(known, tmp_path)
    found = speed.of_this_machine(folder=tmp_path, afresh=True)
    assert found.forward != known.forward
    timed = {name: getattr(found, name) for name in ("forward", "training", "per_weight")}
    assert found == replace(known, **timed)
    assert speed.of_this_machine(folder=tmp_path) == found


def test_other_threads_are_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    estimate.remember(MEASURED, tmp_path)
    assert speed.remembered(tmp_path) == MEASURED
    for name, value in (("_START_THREADS", 99), ("_usable_cores", lambda: 99)):
        with monkeypatch.context() as patch:
            patch.setattr(speed, name, value)
            assert speed.remembered(tmp_path) is None


def test_each_device_has_a_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = {"cuda": "NVIDIA H100", "cpu": ""}
    monkeypatch.setattr(devices, "title", lambda device: cards[device])
    monkeypatch.setattr(speed, "measure", lambda _stop, key, *_: replace(MEASURED, key=key))
    assert "H100" not in speed.of_this_machine(folder=tmp_path).key
    monkeypatch.setattr(devices, "works", lambda device: device in cards)
    assert "H100" in speed.of_this_machine(folder=tmp_path).key, "a recipe would get the card"
    cards["cuda"] = "NVIDIA L4"
    assert speed.remembered(tmp_path) is None
    assert "L4" not in speed.of_this_machine(folder=tmp_path, device="cpu").key


# -- the device; what an accelerator computes cannot be tested without one ---


@pytest.mark.parametrize(
    ("present", "chosen"),
    [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("cuda", "mps"), "cuda")],
)
def test_auto_takes_the_first_accelerator_that_works_and_one_that_is_not_there_is_refused(
    monkeypatch: pytest.MonkeyPatch, present: tuple[str, ...], chosen: str
) -> None:
    monkeypatch.setattr(devices, "works", lambda device: device in ("cpu", *present))
    assert devices.choose("auto") == chosen
    assert devices.choose("cpu") == "cpu"
    for missing in {"cuda", "mps"}.difference(present):
        with pytest.raises(InputError) as error:
            devices.choose(missing)
        assert (error.value.code, error.value.values) == ("device_missing", {"device": missing})


def test_a_card_too_old_for_pytorch_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_old(*_: object, device: str) -> torch.Tensor:
        raise RuntimeError(f"{device} error: no kernel image is available for execution")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "ones", too_old)
    assert not _works("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert [_works(one) for one in ("cuda", "mps", "cpu")] == [False, False, True]


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.8 GB)"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `create`"),
    ],
)
def test_every_way_of_saying_that_memory_ran_out(error: Exception) -> None:
    assert devices.is_out_of_memory(error)
    for other in (RuntimeError("size mismatch"), OSError(12, "Cannot allocate memory")):
        assert not devices.is_out_of_memory(other)


def test_copies_to_cuda_are_pinned_and_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    values, calls = torch.ones(2), list[object]()
    assert devices.place(values, "cpu") is values, "on the processor nothing is copied"
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda self: calls.append("pinned") or self)
    copy = lambda _, device, non_blocking=False: calls.append((device, non_blocking))  # noqa: E731
    monkeypatch.setattr(torch.Tensor, "to", copy)
    devices.place(values, "cuda")
    devices.place(values, "mps")
    assert calls == ["pinned", ("cuda", True), ("mps", False)]


def test_cuda_is_told_to_repeat_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", False)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    devices.prepare("cpu")
    assert not torch.backends.cudnn.deterministic, "left alone where it is not used"
    devices.prepare("cuda")
    assert torch.backends.cudnn.deterministic
    assert not torch.backends.cudnn.benchmark


def test_network_head_and_labels_are_made_on_the_device(
    picture_folder: PictureFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Numerics(1, 8, "float32", "meta")  # PyTorch's device without numbers
    monkeypatch.setattr("core.training.setup.of_environment", lambda *_: elsewhere)
    recipe = small_recipe("class_weights=true")
    setup = prepare(recipe, new_run(picture_folder(), tmp_path / "run", recipe), STOP)
    placed = [*setup.backbone.parameters(), *setup.head.parameters(), setup.head.scale]
    assert {one.device.type for one in [*placed, setup.labels]} == {"meta"}
    pictures = torch.zeros(2, 32, 32, 3, dtype=torch.uint8, device="meta")
    features = setup.backbone(setup.backbone.normalise(pictures))
    assert (features.device.type, features.shape) == ("meta", (2, 512, 1, 1))


# -- memory ---

V2 = "sys/fs/cgroup/"


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({}, None),  # a system without control groups
        ({V2 + "memory.max": 1000, V2 + "memory.current": 700}, 300),
        ({V2 + "memory.max": 1000, V2 + "memory.current": 1100}, 0),
        ({V2 + "memory.max": "max", V2 + "memory.current": 7}, None),
        (  # files that are only cached count as left
            {
                V2 + "memory.max": 1000,
                V2 + "memory.current": 990,
                V2 + "memory.stat": "anon 500\ninactive_file 300\nactive_file 100",
            },
            410,
        ),
        (  # the tightest group around the process decides
            {
                "proc/self/cgroup": "0::/user.slice/app.scope",
                V2 + "user.slice/memory.max": 500,
                V2 + "user.slice/memory.current": 400,
                V2 + "user.slice/app.scope/memory.max": "max",
                V2 + "user.slice/app.scope/memory.current": 50,
            },
            100,
        ),
        (  # a container that sees the host's path finds its own limit
            {
                "proc/self/cgroup": "4:memory:/docker/1f\n0::/docker/1f",
                V2 + "memory.max": 1000,
                V2 + "memory.current": 600,
                V2 + "memory.stat": "inactive_file 250\nbroken",
            },
            400,
        ),
    ],
)
def test_what_a_container_leaves(
    tmp_path: Path, files: dict[str, object], left: int | None
) -> None:
    given = {"proc/self/cgroup": "0::/\nnonsense", **files} if files else {}
    for name, content in given.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"{content}\n", "ascii")
    assert memory.control_group_left(tmp_path) == left


@pytest.mark.parametrize(
    ("limited", "left"),
    [(None, 8000), (2000, 2000), (0, 0)],
)
def test_features_get_a_quarter(
    monkeypatch: pytest.MonkeyPatch, limited: int | None, left: int
) -> None:
    free = type(psutil.virtual_memory())
    values = dict.fromkeys(free._fields, 0) | {"available": 8000}
    monkeypatch.setattr(psutil, "virtual_memory", lambda: free(**values))
    monkeypatch.setattr(memory, "control_group_left", lambda: limited)
    monkeypatch.setattr("sys.platform", "linux")
    assert feature_plan.memory_budget() == left // 4


def test_the_peak_is_what_was_held_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    near = 4 << 20  # the kernel counts in batches of pages
    now, before = psutil.Process().memory_info().rss, memory.peak()
    assert before >= now - near
    more = 64 << 20
    block = mmap.mmap(-1, before - now + more)  # no memory that the process has had before
    block[::4096] = b"\1" * len(block[::4096])  # only what is written takes room
    after = memory.peak()
    assert after >= before + more - 2 * near
    block.close()
    assert memory.peak() >= after - near

    def nothing(*_: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", nothing)  # a system without proc is asked otherwise
    assert memory.peak() == pytest.approx(after, rel=0.5)


def test_a_cards_memory_counts_on_top_of_the_processs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "peak", lambda: 100)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 7)
    assert [devices.peak_memory(one) for one in ("cpu", "mps", "cuda")] == [100, 100, 107]
