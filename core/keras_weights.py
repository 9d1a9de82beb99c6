"""The arrays of a file that Keras wrote: kernels turned from [height, width, in, out].

Three layouts: a group for each layer with its names in attributes (``.h5`` of all versions),
``layers/conv2d/vars/0`` (``.weights.h5`` of Keras 3), and a ZIP file around that (``.keras``).
"""

import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor

from core.weight_layers import Array, layer_of

WEIGHTS_MEMBER = "model.weights.h5"
_NETWORK = "model_weights"  # where a whole model keeps them, beside its optimizer's state
_NOT_NETWORK = "optimizer"  # and ``optimizer_weights``: they have the shapes of what they train
_VARIABLE = re.compile(r"[/\\]vars[/\\](\d+)$")


@contextmanager
def opened(path: Path) -> Iterator[tuple[list[Array], bool]]:
    """The arrays, to be read while it is open, and whether they have an order.

    Raises ``OSError``, and whatever a damaged file brings about.
    """
    # locking would only keep files from being read on network drives that cannot lock
    with h5py.File(_source(path), "r", locking=False) as file:
        root = file[_NETWORK] if isinstance(file.get(_NETWORK), h5py.Group) else file
        found = _datasets(root)
        listed = [name for name in _listed(root) if name in found]
        names = listed or sorted(found)
        yield [_array(name, found[name]) for name in names], bool(listed)


def _source(path: Path) -> io.BytesIO | Path:
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return path
    with zipfile.ZipFile(path) as archive:
        return io.BytesIO(archive.read(WEIGHTS_MEMBER))


def _datasets(root: h5py.Group) -> dict[str, h5py.Dataset]:
    """All arrays below ``root`` by their path. Links out of the file are not followed."""
    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, one: object) -> None:
        if isinstance(one, h5py.Dataset) and not name.startswith(_NOT_NETWORK):
            found[name] = one

    root.visititems(visit)
    return found


def _listed(root: h5py.Group) -> Iterator[str]:
    """The paths of all arrays in the network's order, where the file tells it."""
    for layer in _attribute(root, "layer_names"):
        group = root.get(layer)
        if isinstance(group, h5py.Group):
            for name in _attribute(group, "weight_names"):
                yield f"{layer}/{name}"


def _attribute(group: h5py.Group, name: str) -> list[str]:
    """A list of names; one that is too long for HDF5 is parted as ``name0``, ``name1``."""
    parts = [name] if name in group.attrs else []
    while not parts or parts[-1] != name:
        following = f"{name}{len(parts)}"
        if following not in group.attrs:
            break
        parts.append(following)
    values = [one for part in parts for one in np.atleast_1d(group.attrs[part])]
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
