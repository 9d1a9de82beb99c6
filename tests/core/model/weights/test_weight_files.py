"""A person's own weights: every kind of file gives the same network, and nothing else is taken."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from core.common.messages import InputError
from core.model.weights import file as weight_file
from tests.support.weights import (
    CAFFE,
    FEATURES,
    KERAS,
    assert_same,
    expected,
    keras_zip,
    layered_h5,
    save,
    shapes_of,
    state,
    variables_h5,
)

HEAD = {"classifier.0.weight": torch.full((), float("nan")).expand(4096, 25088)}
FILES: dict[str, Callable[[Path], Path]] = {
    "PyTorch": lambda folder: save(folder / "a.pth", {**state(), **HEAD}),
    "PyTorch, before 1.6": lambda folder: save(
        folder / "a.pt", state(), _use_new_zipfile_serialization=False
    ),
    "PyTorch, a checkpoint": lambda folder: save(
        folder / "a.ckpt", {"epoch": 3, "optimizer": {"state": {}}, "state_dict": state()}
    ),
    "PyTorch, of several GPUs": lambda folder: save(
        folder / "a.pth", {"model": state(f"module.{one}" for one in FEATURES)}
    ),
    "PyTorch, other names": lambda folder: save(folder / "a.pth", state(CAFFE)),
    "PyTorch, one word each": lambda folder: save(
        folder / "a.pth", {name.replace(".", "_"): one for name, one in state(CAFFE).items()}
    ),
    "PyTorch, names that don't count": lambda folder: save(
        folder / "a.pth", state(f"layer_{chr(122 - place)}" for place in range(13))
    ),
    "PyTorch, sorted as text": lambda folder: save(folder / "a.pth", dict(sorted(state().items()))),
    "PyTorch, halves": lambda folder: save(folder / "a.pth", state(dtype=torch.float16)),
    "PyTorch, bfloat16": lambda folder: save(folder / "a.pth", state(dtype=torch.bfloat16)),
    "PyTorch, doubles": lambda folder: save(folder / "a.pth", state(dtype=torch.float64)),
    "Keras": lambda folder: layered_h5(folder / "a.h5"),
    "Keras, a whole model": lambda folder: layered_h5(folder / "a.h5", root="model_weights"),
    "Keras, without a list": lambda folder: layered_h5(folder / "a.h5", is_listed=False),
    "Keras, other names": lambda folder: layered_h5(
        folder / "a.h5", [f"layer_{chr(122 - place)}" for place in range(13)]
    ),
    "Keras 3": lambda folder: variables_h5(folder / "a.weights.h5"),
    "Keras 3, a model in a model": lambda folder: variables_h5(
        folder / "a.weights.h5", "layers/functional/layers"
    ),
    "Keras 3, whole": lambda folder: keras_zip(
        folder / "a.keras", variables_h5(folder / "a.weights.h5")
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_every_kind_of_file_gives_the_same_network(kind: str, tmp_path: Path) -> None:
    path = FILES[kind](tmp_path)
    found = weight_file.read(path, 5, "caffe" if "Keras" in kind else "torchvision")
    assert_same(found.tensors, expected())


def test_a_safetensors_file_of_fewer_blocks_is_read_in_the_order_of_its_numbers(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.safetensors"
    save_file({name: one.clone() for name, one in state(FEATURES[:7]).items()}, path)
    assert weight_file.look(path).depth == 3
    assert_same(weight_file.read(path, 3, "torchvision").tensors, expected(3))
    assert_same(weight_file.read(path, 1, "torchvision").tensors, expected(1))
    assert "only the first, 3 in number" in refusal(path, depth=4)


def test_blue_first_is_turned_into_red_first(tmp_path: Path) -> None:
    path = save(tmp_path / "a.pth", state())
    straight, turned = (weight_file.read(path, 1, one) for one in ("torchvision", "vggface"))
    assert straight.tensors["0.weight"][0, :, 0, 0].tolist() == [1, 2, 3]
    assert turned.tensors["0.weight"][0, :, 0, 0].tolist() == [3, 2, 1]
    assert [one * 255 for one in turned.mean] == pytest.approx([129.186, 104.762, 93.594])
    assert [one * 255 for one in turned.std] == pytest.approx([1, 1, 1])


def test_a_look_says_what_is_in_the_file(tmp_path: Path) -> None:
    seen = weight_file.look(layered_h5(tmp_path / "mine.h5"))
    assert (seen.kind, seen.depth, seen.stated, seen.suggestion) == ("keras", 5, None, "caffe")
    assert len(seen.layers) == 13
    assert KERAS[4] in seen.layers[4]


def test_layers_that_keras_lists_after_those_that_learn_come_in_their_own_order(
    tmp_path: Path,
) -> None:
    """A model inside a model is listed by what learns first: here the last convolution."""
    path = layered_h5(tmp_path / "a.h5")
    import h5py

    with h5py.File(path, "r+") as file:
        file.attrs["layer_names"] = [one.encode() for one in [KERAS[-1], *KERAS[:-1]]]
    assert_same(weight_file.read(path, 5, "caffe").tensors, expected())


def refusal(path: Path, depth: int = 5) -> str:
    with pytest.raises(InputError) as caught:
        weight_file.read(path, depth, "torchvision")
    text = str(caught.value)
    assert str(path) in text
    assert "\n" not in text
    return text


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("resnet50", "its layer conv1 has weights of 64 × 3 × 7 × 7, where block1_conv1 of VGG16 "),
        ("vgg19", "features.16 has weights of 256 × 256 × 3 × 3, where block4_conv1 of VGG16 has"),
        ("vgg13", "features.15 has weights of 512 × 256 × 3 × 3, where block3_conv3 of VGG16 has"),
        ("vgg11", "features.3 has weights of 128 × 64 × 3 × 3, where block1_conv2 of VGG16 has 64"),
        ("vgg16_bn", "batch normalisation among its convolutions (features.1)"),
    ],
)
def test_another_network_is_refused_by_its_first_wrong_layer(
    network: str, said: str, tmp_path: Path
) -> None:
    told = refusal(save(tmp_path / "a.pth", shapes_of(network)))
    assert "a network that isn't VGG16" in told
    assert said in told


def test_vgg16_itself_is_taken_with_its_classifier(tmp_path: Path) -> None:
    assert weight_file.look(save(tmp_path / "a.pth", shapes_of("vgg16"))).depth == 5


def test_batch_normalisation_is_found_whatever_the_order_of_names(tmp_path: Path) -> None:
    kept = state(CAFFE[:2])
    kept |= {f"bn1_{n}.{part}": torch.zeros(64) for n in (1, 2) for part in ("weight", "bias")}
    path = tmp_path / "a.safetensors"
    save_file({name: one.clone() for name, one in kept.items()}, path)
    assert "batch normalisation" in refusal(path, 1)


def test_a_kernel_of_keras_is_told_as_outputs_inputs_height_and_width(tmp_path: Path) -> None:
    path = layered_h5(tmp_path / "a.h5")
    import h5py

    with h5py.File(path, "r+") as file:
        inner = file["block2_conv1/block2_conv1"]
        del inner["kernel:0"]
        inner.create_dataset("kernel:0", (5, 5, 64, 96), "f4")
    told = refusal(path)
    assert "block2_conv1 has weights of 96 × 64 × 5 × 5, where block2_conv1 of VGG16 has" in told
    assert "128 × 64 × 3 × 3" in told


def _without(*names: str) -> dict[str, torch.Tensor]:
    return {name: one for name, one in state().items() if name not in names}


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        (_without("features.5.bias"), "features.5 has biases of 0, where block2_conv1 of VGG16"),
        ({**state(), "features.5.bias": torch.zeros(64)}, "biases of 64, where block2_conv1"),
        (state(FEATURES[:6]), "it ends after 6 convolutions"),
        ({"fc.weight": torch.zeros(3, 4)}, "holds no weights of convolutions"),
        ({}, "holds no weights of convolutions"),
        ([1, 2], "holds no weights of convolutions"),
        (
            {**state(), "features.5.bias": torch.full((128,), float("inf"))},
            "layer features.5 holds numbers that are infinite",
        ),
        (
            {**state(), "features.5.weight": torch.full((), float("nan")).expand(128, 64, 3, 3)},
            "layer features.5 holds numbers that are infinite or undefined",
        ),
        (
            {**state(), "features.0.weight": torch.zeros(64, 3, 3, 3, dtype=torch.int8)},
            "layer features.0 are of the kind int8",
        ),
    ],
)
def test_what_is_wrong_is_told_by_the_layer(contents: object, said: str, tmp_path: Path) -> None:
    assert said in refusal(save(tmp_path / "a.pth", contents))


def test_a_number_too_large_for_a_float_is_not_taken_as_infinite(tmp_path: Path) -> None:
    kept = state(dtype=torch.float64)
    kept["features.0.bias"] = torch.full((64,), 1e300, dtype=torch.float64)
    assert "infinite" in refusal(save(tmp_path / "a.pth", kept))
