"""Files of tensors in parts: the library's own bytes, and only one tensor copied at a time."""

import json

import torch
from safetensors.torch import load, save

from core.training import checkpoint as checkpoints

METADATA = {"thaw": json.dumps({"classes": ["đỏ", 'a"b\\c', "x\n"]}, sort_keys=True)}


def test_they_are_the_bytes_that_safetensors_writes() -> None:
    tensors = {
        "head.weight": torch.arange(35.0).reshape(5, 7),
        "features.10.weight": torch.rand(4, 3, 3, 3).to(memory_format=torch.channels_last),
        "features.2.bias": torch.zeros(0),
        "a scalar": torch.tensor(2.0),
        "learned": torch.nn.Parameter(torch.ones(3)),
    }
    whole = {name: one.detach().contiguous() for name, one in tensors.items()}
    found = b"".join(checkpoints.file_parts(tensors, METADATA))
    assert found == save(whole, METADATA)


def test_other_number_formats_are_read_back() -> None:
    tensors = {"a": torch.tensor([1, 2]), "b": torch.tensor([0.5], dtype=torch.float64)}
    found = load(b"".join(checkpoints.file_parts(tensors, {})))
    assert {name: one.tolist() for name, one in found.items()} == {"a": [1, 2], "b": [0.5]}


def test_what_lies_as_in_the_file_is_not_copied() -> None:
    wide = torch.zeros(3, 4)
    *_, part = checkpoints.file_parts({"wide": wide}, {})
    wide[0, 0] = 1.0
    assert bytes(part)[:4] == wide.numpy().tobytes()[:4]


def test_what_lies_otherwise_is_copied_when_its_turn_comes() -> None:
    other = torch.zeros(2, 2, 2, 2).to(memory_format=torch.channels_last)
    parts = checkpoints.file_parts({"other": other}, {})
    next(parts)
    next(parts)
    other.fill_(1.0)
    assert bytes(next(parts)) == torch.ones(16).numpy().tobytes()
