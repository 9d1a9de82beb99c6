"""The softmax head: starts undecided, sees scaled features, learns a linear rule."""

import math

import pytest
import torch

from core import heads
from core.config import HeadConfig
from core.heads import Head, rms


def softmax(features: int, classes: int) -> Head:
    return heads.build(HeadConfig(), (features, 1, 1), classes, seed=0)


def test_starts_with_every_class_equally_likely() -> None:
    head = softmax(12, 4)
    logits = head(torch.randn(3, 3, 2, 2))
    assert head.probabilities(logits).tolist() == [[0.25] * 4] * 3
    assert head.loss(logits, torch.tensor([0, 1, 2])).item() == pytest.approx(3 * math.log(4))


def test_divides_by_the_scale_and_nothing_else() -> None:
    head = softmax(4, 2)
    head.weight.data = torch.arange(8.0).reshape(2, 4)
    head.bias.data = torch.tensor([1.0, -1.0])
    features = torch.tensor([[[[2.0, 4.0], [6.0, 8.0]]]])
    plain = features.flatten(1) @ head.weight.T
    head.set_scale(2.0)
    assert torch.equal(head(features), plain / 2 + head.bias)


def test_scale_of_dead_features_changes_nothing() -> None:
    head = softmax(4, 2)
    head.set_scale(0.0)
    assert torch.isfinite(head(torch.ones(1, 4, 1, 1))).all()


def test_rms_is_the_root_of_the_mean_square() -> None:
    assert rms(torch.tensor([3.0, -4.0])) == pytest.approx(math.sqrt(12.5))


def test_computes_in_float32_under_autocast_too() -> None:
    head = softmax(6, 2)
    head.weight.data += torch.randn(2, 6, generator=torch.Generator().manual_seed(0))
    features = torch.randn(2, 6, 1, 1, generator=torch.Generator().manual_seed(1))
    plain = head(features)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(head(features), plain)


def test_a_weighted_picture_counts_as_so_many_of_it() -> None:
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(4, 6, 1, 1, generator=generator)
    labels, weights = torch.tensor([0, 0, 0, 1]), torch.tensor([1.0, 1.0, 1.0, 3.0])

    def loss_and_gradients(order: list[int], weights: torch.Tensor | None) -> list[torch.Tensor]:
        head = softmax(6, 2)
        loss = head.loss(head(features[order]), labels[order], weights)
        loss.backward()
        return [loss.detach(), head.weight.grad, head.bias.grad]

    weighted = loss_and_gradients([0, 1, 2, 3], weights)
    repeated = loss_and_gradients([0, 1, 2, 3, 3, 3], None)
    for one, other in zip(weighted, repeated, strict=True):
        assert torch.allclose(one, other, rtol=1e-6)
    # by hand: six pictures at log 2; the bias's gradient is (share - truth), added up
    assert weighted[0].item() == pytest.approx(6 * math.log(2))
    assert weighted[2].tolist() == pytest.approx([3 * 0.5 - 3 * 0.5, 3 * 0.5 - 3 * 0.5])
