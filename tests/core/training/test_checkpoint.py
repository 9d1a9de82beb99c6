"""Checkpoints and files of tensors: what was written is what is read, and damage never is."""

import json
import os
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load, save

from core.common import files
from core.common.messages import ThawError
from core.training import checkpoint as checkpoints
from core.training.checkpoint import Checkpoint, Position, encode, newest, read, write

HISTORY = b'{"event": "RunStarted"}\n{"event": "StageStarted", "stage": 1}\n'


def some(epoch: int = 1, history_bytes: int = len(HISTORY)) -> Checkpoint:
    position = Position(2, epoch, epochs=4, groups=3, batches=2, images=9, loss=0.1, skipped={7, 1})
    tensors = {
        "block5.0.weight": torch.full((2, 2, 3, 3), float(epoch)),
        "head.weight": torch.arange(6.0).reshape(2, 3),
        "optimizer.0.step": torch.tensor(3.0),
    }
    return Checkpoint(position, [1, 7, 8], history_bytes, 12.5, tensors)


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    write(tmp_path, some(), sync=True)
    found, damaged = newest(tmp_path, HISTORY)
    assert found is not None
    assert (found.position, list(found.skipped)) == (some().position, [1, 7, 8])
    assert (found.history_bytes, found.seconds) == (len(HISTORY), 12.5)
    assert found.tensors.keys() == some().tensors.keys()
    assert all(torch.equal(found.tensors[name], one) for name, one in some().tensors.items())
    assert damaged == []


def test_one_metadata_key_and_equal_states_are_equal_bytes(tmp_path: Path) -> None:
    write(tmp_path, some(), sync=False)
    (path,) = (tmp_path / "checkpoints").iterdir()
    with safe_open(path, framework="pt") as file:
        assert list(file.metadata()) == ["thaw"]
        assert json.loads(file.metadata()["thaw"])["schema"] == 1
    assert path.read_bytes() == encode(some())


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    for epoch in range(1, 5):
        write(tmp_path, some(epoch), sync=False)
    names = sorted(path.name for path in (tmp_path / "checkpoints").iterdir())
    assert names == ["000003.safetensors", "000004.safetensors"]
    checkpoints.prune(tmp_path, 1)
    found, _ = newest(tmp_path, HISTORY)
    assert found is not None
    assert found.position.epoch == 4


@settings(max_examples=150)
@given(st.data())
def test_no_damage_goes_unseen(data: st.DataObject) -> None:
    whole = encode(some())
    damaged = bytearray(whole)
    if data.draw(st.booleans(), label="a bit flips"):
        bit = data.draw(st.integers(0, len(whole) * 8 - 1))
        damaged[bit // 8] ^= 1 << bit % 8
    else:
        del damaged[data.draw(st.integers(0, len(whole) - 1), label="bytes that are left") :]
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "000001.safetensors"
        path.write_bytes(whole)
        _same(dict(checkpoints.stream(path)))
        path.write_bytes(damaged)
        with pytest.raises(ValueError):  # noqa: PT011 - whatever the text says
            read(path)
        try:
            found = dict(checkpoints.stream(path))
        except ValueError:
            return
        _same(found)


def _same(found: dict[str, np.ndarray]) -> None:
    assert list(found) == list(some().tensors)
    assert all(np.array_equal(found[name], one.numpy()) for name, one in some().tensors.items())


def test_a_newer_schema_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as newer:
        newer.setattr(checkpoints, "SCHEMA", checkpoints.SCHEMA + 1)
        write(tmp_path, some(), sync=False)
    (path,) = (tmp_path / "checkpoints").iterdir()
    with pytest.raises(ThawError) as error:
        newest(tmp_path, HISTORY)
    assert (error.value.code, error.value.values) == ("checkpoint_newer", {"path": str(path)})
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert newest(tmp_path, HISTORY) == (None, [path])


@pytest.mark.parametrize("length", [0, 8, -1])
def test_a_file_that_is_cut_short_is_damaged(tmp_path: Path, length: int) -> None:
    write(tmp_path, some(1), sync=False)
    write(tmp_path, some(2), sync=False)
    last = max((tmp_path / "checkpoints").iterdir())
    last.write_bytes(last.read_bytes()[:length])
    found, damaged = newest(tmp_path, HISTORY)
    assert found is not None
    assert found.position.epoch == 1
    assert damaged == [last]


@pytest.mark.parametrize("length", [len(HISTORY) + 1, len(HISTORY) - 1])
def test_a_checkpoint_without_its_history_does_not_count(tmp_path: Path, length: int) -> None:
    write(tmp_path, some(1), sync=False)
    write(tmp_path, some(2, length), sync=False)
    found, damaged = newest(tmp_path, HISTORY)
    assert found is not None
    assert found.position.epoch == 1
    assert len(damaged) == 1


def test_what_a_killed_write_left_is_no_checkpoint_and_can_be_removed(tmp_path: Path) -> None:
    assert newest(tmp_path, HISTORY) == (None, [])
    write(tmp_path, some(), sync=False)
    left = tmp_path / "checkpoints" / ".000002.safetensors.1234abcd.tmp"
    left.write_bytes(encode(some(2))[:50])
    found, damaged = newest(tmp_path, HISTORY)
    assert found is not None
    assert damaged == []
    files.remove_leftovers(tmp_path / "checkpoints")
    assert not left.exists()


@pytest.mark.parametrize("sync", [True, False])
def test_only_a_synced_write_syncs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sync: bool
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    write(tmp_path, some(), sync=sync)
    assert bool(synced) == sync


# -- the file's parts ---


def test_parts_are_the_bytes_that_safetensors_writes() -> None:
    metadata = {"thaw": json.dumps({"classes": ["đỏ", 'a"b\\c', "x\n"]}, sort_keys=True)}
    tensors = {
        "head.weight": torch.arange(35.0).reshape(5, 7),
        "features.10.weight": torch.rand(4, 3, 3, 3).to(memory_format=torch.channels_last),
        "features.2.bias": torch.zeros(0),
        "a scalar": torch.tensor(2.0),
        "learned": torch.nn.Parameter(torch.ones(3)),
    }
    whole = {name: one.detach().contiguous() for name, one in tensors.items()}
    assert b"".join(checkpoints.file_parts(tensors, metadata)) == save(whole, metadata)
    other = {"a": torch.tensor([1, 2]), "b": torch.tensor([0.5], dtype=torch.float64)}
    found = load(b"".join(checkpoints.file_parts(other, {})))
    assert {name: one.tolist() for name, one in found.items()} == {"a": [1, 2], "b": [0.5]}


def test_a_tensor_is_copied_only_if_it_lies_otherwise_and_when_its_turn_comes() -> None:
    wide = torch.zeros(3, 4)
    *_, part = checkpoints.file_parts({"wide": wide}, {})
    wide[0, 0] = 1.0
    assert bytes(part)[:4] == wide.numpy().tobytes()[:4]
    other = torch.zeros(2, 2, 2, 2).to(memory_format=torch.channels_last)
    parts = checkpoints.file_parts({"other": other}, {})
    next(parts)
    next(parts)
    other.fill_(1.0)
    assert bytes(next(parts)) == torch.ones(16).numpy().tobytes()
