"""Readers for the arrays in weight files: Keras, safetensors and PyTorch.

Keras kernels are turned from [height, width, in, out]. Keras has three layouts: a group for each
layer with its names in attributes (``.h5`` of all versions), ``layers/conv2d/vars/0``
(``.weights.h5`` of Keras 3), and a ZIP file around that (``.keras``).

PyTorch files are read with ``weights_only=True``: only tensors and plain containers are unpickled,
and no code in a file is run.
"""

import contextlib
import io
import pickle
import pickletools
import re
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor

from core.common.messages import InputError
from core.model.weights.matching import Array, layer_of
from core.model.weights.normalization import THAW_KEY

WEIGHTS_MEMBER = "model.weights.h5"
_NETWORK = "model_weights"  # where a whole model keeps them, beside its optimizer's state
_NOT_NETWORK = "optimizer"  # and ``optimizer_weights``: they have the shapes of what they train
_VARIABLE = re.compile(r"[/\\]vars[/\\](\d+)$")


@contextmanager
def opened_keras(path: Path) -> Iterator[tuple[list[Array], bool]]:
    """The arrays, to be read while it is open, and whether they have an order.

    Raises ``InputError`` where some are in another file, ``OSError``, and whatever a damaged file
    brings about.
    """
    # locking would only keep files from being read on network drives that cannot lock
    with h5py.File(_source(path), "r", locking=False) as file:
        root = _group(file, _NETWORK) or file
        found = _datasets(root, path)
        listed = [name for name in _listed(root) if name in found]
        names = listed or sorted(found)
        yield [_array(name, found[name]) for name in names], bool(listed)


def _source(path: Path) -> io.BytesIO | Path:
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return path
    with zipfile.ZipFile(path) as archive:
        return io.BytesIO(archive.read(WEIGHTS_MEMBER))


def _group(parent: h5py.Group, name: str) -> h5py.Group | None:
    """The group at the path ``name``, where it is in the file itself: what a link leads to may be
    any file that the person can read, or a machine that is asked for one."""
    for part in filter(None, name.split("/")):
        if not isinstance(parent.get(part, getlink=True), h5py.HardLink):
            return None
        parent = parent[part]
        if not isinstance(parent, h5py.Group):
            return None
    return parent


def _datasets(root: h5py.Group, path: Path) -> dict[str, h5py.Dataset]:
    """All arrays below ``root`` by their path. Links out of the file are not followed.

    Raises ``InputError`` where the numbers of an array are in another file than ``path``.
    """
    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, one: object) -> None:
        if isinstance(one, h5py.Dataset) and not name.startswith(_NOT_NETWORK):
            if one.external or one.is_virtual:
                raise InputError("weights_elsewhere", path=str(path), layer=name)
            found[name] = one

    root.visititems(visit)
    return found


def _listed(root: h5py.Group) -> Iterator[str]:
    """The paths of all arrays in the network's order, where the file tells it."""
    for layer in _attribute(root, "layer_names"):
        group = _group(root, layer)
        if group is not None:
            for name in _attribute(group, "weight_names"):
                yield f"{layer}/{name}"


def _attribute(group: h5py.Group, name: str) -> list[str]:
    """A list of names. (Keras parts one of more than 64 kB, which no VGG16 has.)"""
    values = np.atleast_1d(group.attrs.get(name, []))
    return [one.decode("utf-8") if isinstance(one, bytes) else str(one) for one in values]


def _array(name: str, dataset: h5py.Dataset) -> Array:
    shape = tuple(dataset.shape or ())
    return Array(
        _layer(name, dataset),
        name,
        (shape[3], shape[2], *shape[:2]) if len(shape) == 4 else shape,
        str(dataset.dtype),
        bool(dataset.dtype.kind == "f"),
        partial(_read, dataset),
    )


def _layer(name: str, dataset: h5py.Dataset) -> str:
    """The layer's name; Keras 3 names the places by classes, and notes the layer's own beside."""
    if _VARIABLE.search(name) is None:
        return layer_of(name)
    own = dataset.parent.attrs.get("name", "")
    return _VARIABLE.sub("", name) + (f" ({own})" if own else "")


def _read(dataset: h5py.Dataset) -> Tensor:
    values = torch.from_numpy(np.asarray(dataset[()], dtype=np.float32))
    return values.permute(3, 2, 0, 1) if values.ndim == 4 else values


_PREFIX = "features."  # of the backbone's arrays in Thaw's own files, beside the head's
_REAL = {"F16", "BF16", "F32", "F64"}


@contextmanager
def opened_safetensors(path: Path) -> Iterator[tuple[list[Array], dict[str, str]]]:
    """The arrays and the metadata, to be read while it is open. They have no order.

    Raises ``OSError`` and ``SafetensorError``.
    """
    with safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata() or {})
        names = list(file.keys())
        if THAW_KEY in metadata:
            names = [name for name in names if name.startswith(_PREFIX)]
        arrays = []
        for name in names:
            part = file.get_slice(name)
            kind, shape = str(part.get_dtype()), tuple(part.get_shape())
            read = partial(file.get_tensor, name)
            arrays.append(Array(layer_of(name), name, shape, kind, kind in _REAL, read))
        yield arrays, metadata


# Where programs put a network's state dict beside other things.
_NESTED = ("state_dict", "model_state_dict", "model", "network", "net", "weights")
_MOST_NESTED = 8
_LOOKED_THROUGH = 1 << 16  # bytes of a refused pickle
_SCRIPT = ("constants.pkl", "code/", "model.json")
_HARMLESS = ("collections.OrderedDict", "torch.")


def read_torch(path: Path, members: Sequence[zipfile.ZipInfo] = ()) -> list[Array]:
    """The arrays of the state dict at ``path``, in its order; ``members`` are a zip file's.

    Raises ``InputError`` where there is a program in it, and whatever a damaged file brings
    about.
    """
    # the first part of a member's name is the archive's own
    if any(one.filename.partition("/")[2].startswith(_SCRIPT) for one in members):
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
