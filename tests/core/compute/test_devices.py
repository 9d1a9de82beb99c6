"""The device: the first accelerator that works, or the one that is asked for. Faked here: what
an accelerator then computes cannot be tested without one."""

from pathlib import Path
from threading import Event

import pytest
import torch

from core.common.messages import InputError
from core.compute import devices, memory
from core.compute.numerics import Numerics
from core.training.setup import prepare
from tests.support.pictures import PictureFolder
from tests.support.training import new_run, small_recipe


def only(patch: pytest.MonkeyPatch, *present: str) -> None:
    """Let this machine have just these accelerators."""
    patch.setattr(devices, "works", lambda device: device in ("cpu", *present))


@pytest.mark.parametrize(
    ("present", "chosen"),
    [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("cuda", "mps"), "cuda")],
)
def test_auto_takes_the_first_accelerator_that_works(
    monkeypatch: pytest.MonkeyPatch, present: tuple[str, ...], chosen: str
) -> None:
    only(monkeypatch, *present)
    assert devices.choose("auto") == chosen
    assert devices.choose("cpu") == "cpu"


def test_a_device_that_is_not_there_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "mps")
    with pytest.raises(InputError, match="no cuda device") as error:
        devices.choose("cuda")
    assert error.value.code == "device_missing"


def test_a_card_that_this_pytorch_cannot_use_does_not_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def too_old(*_: object, device: str) -> torch.Tensor:
        raise RuntimeError(f"{device} error: no kernel image is available for execution")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch, "ones", too_old)
    assert not devices.works("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert not devices.works("cuda")
    assert not devices.works("mps")
    assert devices.works("cpu")


@pytest.mark.parametrize(
    ("error", "is_it"),
    [
        (MemoryError(), True),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), True),
        (RuntimeError("MPS backend out of memory (MPS allocated: 8.8 GB)"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you"), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `create`"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (OSError(12, "Cannot allocate memory"), False),
    ],
)
def test_every_way_of_saying_that_memory_ran_out(error: Exception, is_it: bool) -> None:
    assert devices.is_out_of_memory(error) == is_it


def test_on_the_processor_nothing_is_copied() -> None:
    values = torch.ones(2)
    assert devices.place(values, "cpu") is values
    assert devices.title("cpu") == ""


def test_copies_to_cuda_come_from_pinned_memory_and_do_not_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calls: list[object] = []
    values = torch.ones(2)

    def pinned(self: torch.Tensor) -> torch.Tensor:
        calls.append("pinned")
        return self

    def to(self: torch.Tensor, device: str, non_blocking: bool = False) -> torch.Tensor:
        calls.append((device, non_blocking))
        return self

    monkeypatch.setattr(torch.Tensor, "pin_memory", pinned)
    monkeypatch.setattr(torch.Tensor, "to", to)
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
    setup = prepare(recipe, new_run(picture_folder(), tmp_path / "run", recipe), Event())
    placed = [*setup.backbone.parameters(), *setup.head.parameters(), setup.head.scale]
    assert {one.device.type for one in [*placed, setup.labels]} == {"meta"}
    pictures = torch.zeros(2, 32, 32, 3, dtype=torch.uint8, device="meta")
    features = setup.backbone(setup.backbone.normalise(pictures))
    assert (features.device.type, features.shape) == ("meta", (2, 512, 1, 1))


def test_a_cards_memory_counts_on_top_of_the_processs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "peak", lambda: 100)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: 7)
    assert [devices.peak_memory(one) for one in ("cpu", "mps", "cuda")] == [100, 100, 107]
