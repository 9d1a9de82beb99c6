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

from core.common.messages import InputError
from core.model.weights.matching import Array, layer_of

WEIGHTS_MEMBER = "model.weights.h5"
_NETWORK = "model_weights"  # where a whole model keeps them, beside its optimizer's state
_NOT_NETWORK = "optimizer"  # and ``optimizer_weights``: they have the shapes of what they train
_VARIABLE = re.compile(r"[/\\]vars[/\\](\d+)$")


@contextmanager
def opened(path: Path) -> Iterator[tuple[list[Array], bool]]:
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
