"""The arrays of a PyTorch file, without running anything that it may contain.

Everything is read with ``weights_only=True``, so that nothing but tensors and plain containers
is ever unpickled.
"""

import contextlib
import io
import pickle
import pickletools
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from core.common.messages import InputError
from core.model.weights.matching import Array, layer_of

# Where programs put a network's state dict beside other things.
_NESTED = ("state_dict", "model_state_dict", "model", "network", "net", "weights")
_MOST_NESTED = 8
_LOOKED_THROUGH = 1 << 16  # bytes of a refused pickle
_SCRIPT = ("constants.pkl", "code/", "model.json")
_HARMLESS = ("collections.OrderedDict", "torch.")


def read(path: Path, members: Sequence[zipfile.ZipInfo] = ()) -> list[Array]:
    """The arrays of the state dict at ``path``, in its order; ``members`` are a zip file's.

    Raises ``InputError`` where there is a program in it, and whatever a damaged file brings
    about.
    """
    if any(_is_script(one.filename) for one in members):
        raise InputError("weights_are_a_program", path=str(path))
    # of a compressed file a mapped view would show what is not unpacked
    is_mapped = bool(members) and all(not one.compress_type for one in members)
    try:
        with warnings.catch_warnings(action="ignore"):  # of protocols that torch may not know
            loaded = torch.load(path, map_location="cpu", weights_only=True, mmap=is_mapped)
    except pickle.UnpicklingError as error:
        called = _called(str(error), path, members)
        if called is None:
            raise InputError("weights_file_unknown", path=str(path)) from error
        raise InputError("weights_run_code", path=str(path), name=called) from None
    except LookupError as error:  # its first bytes are no pickle's: a text, for example
        raise InputError("weights_file_unknown", path=str(path)) from error
    tensors = _state(loaded)
    return [
        Array(
            layer_of(name),
            name,
            tuple(one.shape),
            str(one.dtype).removeprefix("torch."),
            one.is_floating_point() and one.layout == torch.strided and not one.is_quantized,
            one.detach,
        )
        for name, one in tensors.items()
    ]


def _state(loaded: object, depth: int = 0) -> dict[str, Tensor]:
    """The tensors of a state dict, perhaps kept beside or inside other things."""
    if not isinstance(loaded, Mapping) or depth > _MOST_NESTED:
        return {}
    for name in _NESTED:
        found = _state(loaded.get(name), depth + 1)
        if found:
            return found
    found = {str(name): one for name, one in loaded.items() if isinstance(one, Tensor)}
    if any(one.ndim == 4 for one in found.values()):
        return found
    inner = [_state(one, depth + 1) for one in loaded.values()]
    return next((one for one in inner if any(tensor.ndim == 4 for tensor in one.values())), found)


def _is_script(member: str) -> bool:
    inside = member.partition("/")[2]  # the first part is the archive's own name
    return inside.startswith(_SCRIPT)


def _called(message: str, path: Path, members: Sequence[zipfile.ZipInfo]) -> str | None:
    """What a refused pickle wants to call; None where it is only damaged."""
    named = re.search(r"GLOBAL (\S+) (?:was not|whose module)", message)
    if named is not None:
        return named[1]
    with contextlib.suppress(Exception):  # what is no pickle at all, or is cut off here
        for name in _globals(_beginning(path, members)):
            if not name.startswith(_HARMLESS):
                return name
    return None


def _globals(data: bytes) -> Iterator[str]:
    """What a pickle names beyond plain values. Nothing is done with it."""
    words: list[str] = []
    for opcode, argument, _ in pickletools.genops(io.BytesIO(data)):
        if opcode.name in ("GLOBAL", "INST"):
            yield str(argument).replace(" ", ".")
        elif opcode.name == "STACK_GLOBAL":
            yield ".".join(words[-2:])
        elif isinstance(argument, str):
            words.append(argument)


def _beginning(path: Path, members: Sequence[zipfile.ZipInfo]) -> bytes:
    for member in members:
        if member.filename.endswith("data.pkl"):
            with zipfile.ZipFile(path) as archive, archive.open(member) as file:
                return file.read(_LOOKED_THROUGH)
    with path.open("rb") as file:
        return file.read(_LOOKED_THROUGH)
