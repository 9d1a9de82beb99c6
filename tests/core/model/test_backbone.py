"""The five blocks: torchvision's network, frozen and thawed, stopped when asked."""

import threading
from pathlib import Path

import pytest
import torch
from torchvision.models import vgg

from core.common.messages import ThawError
from core.model import backbone
from core.model.backbone import FrozenPass, Stopped
from core.recipe import vgg16


@pytest.fixture(scope="module")
def network() -> backbone.Backbone:
    return backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0)


PICTURES = torch.arange(2 * 64 * 64 * 3).mul(7919).to(torch.uint8).view(2, 64, 64, 3)


def test_blocks_are_torchvisions_features(network: backbone.Backbone) -> None:
    reference = vgg.vgg16(weights=None, init_weights=False).features
    reference.load_state_dict(network.features.state_dict())
    inputs = network.normalise(PICTURES)
    values = inputs
    for number in range(1, 6):
        values = network.block(number)(values)
        assert values.shape[1:] == vgg16.feature_shape(number, 64)
    torch.testing.assert_close(values, reference(inputs))


def test_imagenet_weights_see_pictures_as_they_were_trained(network: backbone.Backbone) -> None:
    mean = torch.tensor([0.48235, 0.45882, 0.40784]) * 255
    expected = (PICTURES.float() - mean).permute(0, 3, 1, 2)
    torch.testing.assert_close(network.normalise(PICTURES), expected, atol=1e-2, rtol=1e-5)


@pytest.mark.parametrize("start", [0, 2, 4])
def test_frozen_pass_equals_the_module(network: backbone.Backbone, start: int) -> None:
    channels, height, width = vgg16.feature_shape(start, 64)
    inputs = torch.rand(2, channels, height, width, generator=torch.Generator().manual_seed(2))
    frozen = FrozenPass(network, torch.float32, threading.Event())
    with torch.no_grad():
        expected = network(inputs, start)
    torch.testing.assert_close(frozen.final(inputs, start, 5), expected, rtol=1e-4, atol=1e-4)
    assert [number for number, _ in frozen(inputs, start, 5)] == list(range(start + 1, 6))


def test_pooling_by_slices_is_max_pooling() -> None:
    values = torch.randn(2, 3, 8, 6, generator=torch.Generator().manual_seed(3))
    assert torch.equal(backbone.pool(values), torch.nn.functional.max_pool2d(values, 2))


def test_only_thawed_blocks_learn(network: backbone.Backbone) -> None:
    network.freeze_except([2, 4])
    blocks = {number: network.block(number).parameters() for number in range(1, 6)}
    learning = {number: {one.requires_grad for one in some} for number, some in blocks.items()}
    assert learning == {number: {number in (2, 4)} for number in range(1, 6)}


@pytest.mark.parametrize("depth", [1, 3, 5])
def test_depth_keeps_the_first_blocks(depth: int) -> None:
    output = backbone.load("none", depth, seed=0)(torch.zeros(1, 3, 32, 32))
    assert output.shape[1:] == vgg16.feature_shape(depth, 32)


def test_random_weights_come_from_the_seed_alone() -> None:
    before = torch.random.get_rng_state()
    first, again, other = (backbone.load("none", 2, seed=seed) for seed in (4, 4, 5))
    assert torch.equal(before, torch.random.get_rng_state())
    assert (first.mean, first.std) == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    weights = [next(one.parameters()) for one in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    deeper = backbone.load("none", 5, seed=4)  # a layer's draw doesn't depend on the others
    assert torch.equal(weights[0], next(deeper.parameters()))


def test_a_stop_is_heard_forward_in_the_gradient_and_in_the_frozen_pass() -> None:
    network, stop, inputs = backbone.load("none", 2, 0), threading.Event(), torch.rand(1, 3, 32, 32)
    network.watch(stop)
    loss, frozen = network(inputs).sum(), FrozenPass(network, torch.float32, stop)
    stop.set()
    for work in (loss.backward, lambda: network(inputs), lambda: frozen.final(inputs, 0, 2)):
        with pytest.raises(Stopped):
            work()


def test_missing_and_damaged_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = backbone.WEIGHTS.read_bytes()
    file = tmp_path / "weights.safetensors"
    monkeypatch.setattr(backbone, "WEIGHTS", file)
    with pytest.raises(ThawError) as missing:
        backbone.load("imagenet", 5, seed=0)
    assert missing.value.code == "weights_missing"
    for data in (whole[: len(whole) // 2], b"", b"not weights at all"):
        file.write_bytes(data)
        with pytest.raises(ThawError) as damaged:
            backbone.load("imagenet", 5, seed=0)
        assert damaged.value.code == "weights_damaged"
        assert str(file) in str(damaged.value)
