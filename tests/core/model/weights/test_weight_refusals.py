"""Files that hold no weights, are damaged, or would run a program: one sentence, nothing run."""

import io
import os
import pickle
import tarfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
import torch
from safetensors.torch import save as save_safetensors

from core.common.messages import InputError
from core.model.weights import file as weight_file
from tests.support.weights import KERAS, keras_zip, layered_h5, save, state, variables_h5


class Malicious:
    """Makes a folder when it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.canary),)


def refusal(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        weight_file.look(path)
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return caught.value


PICKLES: dict[str, Callable[[Path, object], None]] = {
    "PyTorch": lambda path, contents: torch.save({**state(), "x": contents}, path),
    "PyTorch, before 1.6": lambda path, contents: torch.save(
        {**state(), "x": contents}, path, _use_new_zipfile_serialization=False
    ),
    **{
        f"protocol {number}": lambda path, contents, number=number: path.write_bytes(
            pickle.dumps(contents, protocol=number)
        )
        for number in range(6)
    },
}


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".bin"])
@pytest.mark.parametrize("kind", PICKLES)
def test_a_file_that_would_run_code_is_refused_and_not_run(
    kind: str, suffix: str, tmp_path: Path
) -> None:
    canary, path = tmp_path / "canary", tmp_path / f"a{suffix}"
    PICKLES[kind](path, Malicious(canary))
    error = refusal(path)
    assert error.code == "weights_run_code"
    assert "mkdir" in str(error)
    assert not canary.exists()
    with path.open("rb") as file, warnings.catch_warnings(action="ignore"):
        if "protocol" in kind:  # such a file would have run, had it been read carelessly
            pickle.load(file)
            assert canary.exists()


def test_a_variable_of_the_system_does_not_make_it_careless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    canary, path = tmp_path / "canary", tmp_path / "a.pth"
    PICKLES["PyTorch"](path, Malicious(canary))
    assert refusal(path).code == "weights_run_code"
    assert not canary.exists()


def test_a_whole_module_is_refused_by_what_it_would_load(tmp_path: Path) -> None:
    error = refusal(save(tmp_path / "a.pth", torch.nn.Conv2d(3, 64, 3)))
    assert error.code == "weights_run_code"
    assert "torch.nn.modules.conv.Conv2d" in str(error)


def test_torchscript_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    with warnings.catch_warnings(action="ignore"):  # it is on its way out of torch
        torch.jit.script(torch.nn.Conv2d(3, 64, 3)).save(str(path))
    assert refusal(path).code == "weights_are_a_program"


def _contents(path: Path) -> dict[str, bytes]:
    files = {
        "a.pth": save(path / "a.pth", {"x.weight": torch.rand(64, 3, 3, 3)}),
        "old.pth": save(
            path / "b.pth",
            {"x.weight": torch.rand(64, 3, 3, 3)},
            _use_new_zipfile_serialization=False,
        ),
        "a.h5": layered_h5(path / "a.h5"),
        "a.keras": keras_zip(path / "a.keras", variables_h5(path / "a.weights.h5")),
    }
    small = save_safetensors({"x.weight": torch.rand(64, 3, 3, 3)})
    return {name: one.read_bytes() for name, one in files.items()} | {"a.safetensors": small}


@pytest.mark.parametrize("name", ["a.pth", "old.pth", "a.h5", "a.keras", "a.safetensors"])
def test_a_file_that_was_cut_short_is_told(name: str, tmp_path: Path) -> None:
    whole = _contents(tmp_path)[name]
    path = tmp_path / f"cut-{name}"
    for share in (0.05, 0.5, 0.95):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert refusal(path).code in ("weights_file_damaged", "weights_file_unknown"), share
    path.write_bytes(b"")
    assert refusal(path).code == "weights_file_empty"


@pytest.mark.parametrize("name", ["a.pth", "a.pt", "a.h5", "a.keras", "a.safetensors", "a.txt"])
@pytest.mark.parametrize(
    "contents",
    [b"not weights at all", b"PK\x03\x04" + bytes(90), bytes(2000), b"\x80\x02" + bytes(99)],
)
def test_what_holds_no_weights_is_told_whatever_its_name(
    name: str, contents: bytes, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(contents)
    assert refusal(path).code in ("weights_file_unknown", "weights_file_damaged")


def test_the_oldest_files_of_pytorch_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    with tarfile.open(path, "w") as archive:
        for name in ("sys_info", "pickle", "storages", "tensors"):
            member = tarfile.TarInfo(name)
            member.size = len(pickle.dumps({}))
            archive.addfile(member, io.BytesIO(pickle.dumps({})))
    assert "legacy .tar" in str(refusal(path))


def test_a_safetensors_header_that_promises_too_much_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes((2**62).to_bytes(8, "little") + b"{" + bytes(50))
    assert refusal(path).code == "weights_file_damaged"


def test_what_is_far_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = layered_h5(tmp_path / "a.h5")
    monkeypatch.setattr(weight_file, "LARGEST", 1000)
    assert refusal(path).code == "weights_file_too_large"


def test_the_inside_of_an_archive_is_measured_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.weights.h5", bytes(100_000))
    monkeypatch.setattr(weight_file, "LARGEST", 10_000)
    assert refusal(path).code == "weights_file_too_large"


def test_a_small_archive_of_pytorch_that_unpacks_to_too_much_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored, path = save(tmp_path / "stored.pth", {"a": torch.zeros(100_000)}), tmp_path / "a.pth"
    with (
        zipfile.ZipFile(stored) as archive,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for one in archive.infolist():
            packed.writestr(one.filename, archive.read(one))
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(weight_file, "LARGEST", 10_000)
    assert refusal(path).code == "weights_file_too_large"


def test_links_out_of_a_keras_file_are_not_followed(tmp_path: Path) -> None:
    layered_h5(tmp_path / "other.h5")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["stolen"] = h5py.ExternalLink("other.h5", "/")
    assert refusal(path).code == "weights_none_there"


def test_a_network_behind_a_link_out_of_the_file_is_not_there(tmp_path: Path) -> None:
    layered_h5(tmp_path / "other.h5", root="model_weights")
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["model_weights"] = h5py.ExternalLink("other.h5", "/model_weights")
    assert refusal(path).code == "weights_none_there"


@pytest.mark.parametrize("is_virtual", [False, True])
def test_numbers_that_are_in_another_file_are_not_read(tmp_path: Path, is_virtual: bool) -> None:
    name, shape = f"{KERAS[0]}/{KERAS[0]}/kernel:0", (3, 3, 3, 64)
    other, path = layered_h5(tmp_path / "other.h5"), layered_h5(tmp_path / "a.h5")
    with h5py.File(path, "a") as file:
        del file[name]
        if is_virtual:
            layout = h5py.VirtualLayout(shape, "f4")
            layout[...] = h5py.VirtualSource(str(other), name, shape=shape)
            file.create_virtual_dataset(name, layout)
        else:
            place = (str(other), 0, h5py.h5f.UNLIMITED)
            file.create_dataset(name, shape=shape, dtype="f4", external=[place])
    refused = refusal(path)
    assert refused.code == "weights_elsewhere"
    assert KERAS[0] in str(refused)


def test_what_is_not_there_or_may_not_be_read_is_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.pth").code == "weights_file_missing"
    assert refusal(save(tmp_path / "a.pth", {}) / "b.pth").code in (
        "weights_file_missing",
        "weights_file_unreadable",
    )
    assert refusal(tmp_path).code == "run_missing"


def test_memory_that_runs_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(torch, "load", full)
    assert refusal(save(tmp_path / "a.pth", state())).code == "weights_no_memory"


def test_a_text_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "notes.pth"
    path.write_text("epochs: 20, and the rate of last week\n")
    assert refusal(path).code == "weights_file_unknown"
