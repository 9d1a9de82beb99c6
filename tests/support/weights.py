"""Small files with the shapes of VGG16: each layer is one number, repeated without being stored."""

import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import Tensor
from torchvision import models

from core.model.weights.matching import CONVOLUTIONS

FEATURES = [f"features.{one.index}" for one in CONVOLUTIONS]
KERAS = [one.name for one in CONVOLUTIONS]
CAFFE = [f"conv{one.name[5]}_{one.name[-1]}" for one in CONVOLUTIONS]


def number(place: int) -> float:
    """What layer ``place`` holds; a half can hold it, and no two are alike."""
    return (place + 1) / 16


def state(names: Iterable[str] = FEATURES, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """A state dict of convolutions called ``names``; the first kernel's inputs are told apart."""
    found: dict[str, Tensor] = {}
    for place, (name, one) in enumerate(zip(names, CONVOLUTIONS, strict=False)):
        value = torch.tensor(number(place), dtype=dtype)
        shape = one.out_channels, one.in_channels, 3, 3
        found[f"{name}.weight"] = value.expand(shape)
        found[f"{name}.bias"] = (-value).expand(one.out_channels)
        if place == 0:
            channels = torch.tensor([1.0, 2.0, 3.0], dtype=dtype)  # red, green, blue
            found[f"{name}.weight"] = channels[None, :, None, None].expand(shape)
    return found


def shapes_of(name: str) -> dict[str, Tensor]:
    """The state dict of torchvision's network ``name``, all zeros."""
    with torch.device("meta"):
        network = models.get_model(name, weights=None)
    kept = network.state_dict().items()
    return {name: torch.zeros(()).expand(one.shape) for name, one in kept}


def expected(depth: int = 5) -> dict[str, Tensor]:
    """What reading the file of ``state`` must give."""
    ends = (2, 4, 7, 10, 13)
    return {
        name.removeprefix("features."): one.float()
        for name, one in state(FEATURES[: ends[depth - 1]]).items()
    }


def save(path: Path, contents: object, **options: Any) -> Path:
    """``contents`` as torch.save writes them."""
    torch.save(contents, path, **options)
    return path


def layered_h5(
    path: Path,
    names: Iterable[str] = KERAS,
    *,
    is_listed: bool = True,
    root: str = "",
    order: str = "bgr",
) -> Path:
    """A Keras file with a group for each layer, its dense layer too, in the order of ``names``."""
    names = list(names)
    with h5py.File(path, "w") as file:
        group = file.create_group(root) if root else file
        for name, (kernel, bias) in zip(names, _arrays(order), strict=False):
            layer = group.create_group(name)
            layer.attrs["weight_names"] = [f"{name}/kernel:0".encode(), f"{name}/bias:0".encode()]
            inner = layer.create_group(name)
            _put(inner, "kernel:0", *kernel)
            _put(inner, "bias:0", *bias)
        _put(group.create_group("predictions/predictions"), "kernel:0", (25088, 10), 0.5)
        if is_listed:
            group.attrs["layer_names"] = [
                one.encode() for one in ["input_1", *names, "predictions"]
            ]
    return path


def variables_h5(path: Path, inside: str = "layers", order: str = "bgr") -> Path:
    """A ``.weights.h5`` file as Keras 3 writes it, with the state of an optimizer."""
    with h5py.File(path, "w") as file:
        for place, (kernel, bias) in enumerate(_arrays(order)):
            group = file.create_group(f"{inside}/conv2d{f'_{place}' if place else ''}/vars")
            group.attrs["name"] = KERAS[place]
            _put(group, "0", *kernel)
            _put(group, "1", *bias)
            _put(file, f"optimizer/vars/{2 * place + 2}", *kernel)
        _put(file, "layers/dense/vars/0", (25088, 10), 0.5)
    return path


def keras_zip(path: Path, weights: Path) -> Path:
    """A ``.keras`` file around ``weights``."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.write(weights, "model.weights.h5")
    return path


_Filled = tuple[tuple[int, ...], object]


def _arrays(order: str) -> Iterable[tuple[_Filled, _Filled]]:
    for place, one in enumerate(CONVOLUTIONS):
        shape = 3, 3, one.in_channels, one.out_channels
        value: object = number(place)
        if place == 0:
            channels = np.array([1.0, 2.0, 3.0] if order == "rgb" else [3.0, 2.0, 1.0])
            value = np.broadcast_to(channels[:, None], shape).astype(np.float32)
        yield (shape, value), ((one.out_channels,), -number(place))


def _put(group: h5py.Group, name: str, shape: tuple[int, ...], value: object) -> None:
    if isinstance(value, np.ndarray):
        group.create_dataset(name, data=value)
    else:  # nothing is stored: what was never written has the fill value
        group.create_dataset(name, shape, np.float32, fillvalue=value)


def assert_same(found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> None:
    """The same names and the same numbers."""
    assert found.keys() == wanted.keys()
    for name, one in wanted.items():
        assert found[name].dtype == torch.float32
        assert torch.equal(found[name], one), name
