"""The losses of the heads by hand, and what their probabilities are."""

import math

import pytest
import torch
from torch import Tensor

from core.model.heads import CrossEntropy, Margins, Objective, OneVsRest, objective
from core.recipe.config import HeadConfig

LOGITS = torch.tensor([[0.5, -2.0, 1.5], [0.0, 3.0, 0.2]])
LABELS = torch.tensor([0, 1])


def losses(one: Objective, smoothing: float = 0.0) -> list[float]:
    found: Tensor = one.losses(LOGITS, LABELS, smoothing)
    return found.tolist()


def test_hinge_losses_are_liblinears() -> None:
    # each class against all the others: 1 - y m, where that is more than 0
    assert losses(Margins("hinge")) == pytest.approx([0.5 + 0.0 + 2.5, 1.0 + 0.0 + 1.2])
    assert losses(Margins("squared-hinge")) == pytest.approx([0.25 + 6.25, 1.0 + 1.44])
    # the right class against the best of the others
    assert losses(Margins("crammer-singer")) == pytest.approx([1 - 0.5 + 1.5, 0.0])


def test_one_vs_rest_is_a_binary_cross_entropy_for_each_class() -> None:
    def binary(logit: float, truth: float) -> float:
        share = 1 / (1 + math.exp(-logit))
        return -truth * math.log(share) - (1 - truth) * math.log(1 - share)

    first = binary(0.5, 1) + binary(-2, 0) + binary(1.5, 0)
    assert losses(OneVsRest())[0] == pytest.approx(first)
    smoothed = binary(0.5, 0.8) + binary(-2, 0.1) + binary(1.5, 0.1)
    assert losses(OneVsRest(), smoothing=0.3)[0] == pytest.approx(smoothed)


def test_cross_entropy_spreads_the_smoothed_share_over_all_classes() -> None:
    logs = [math.log(math.exp(one) / sum(map(math.exp, (0.5, -2, 1.5)))) for one in (0.5, -2, 1.5)]
    assert losses(CrossEntropy())[0] == pytest.approx(-logs[0])
    smoothed = -0.8 * logs[0] - 0.1 * logs[1] - 0.1 * logs[2]
    assert losses(CrossEntropy(), smoothing=0.3)[0] == pytest.approx(smoothed)


def test_a_margin_has_no_label_to_smooth() -> None:
    with pytest.raises(ValueError, match="smoothing"):
        losses(Margins("hinge"), smoothing=0.1)


def test_what_probabilities_are_is_each_kinds_own() -> None:
    assert torch.equal(CrossEntropy().probabilities(LOGITS), LOGITS.softmax(1))
    sigmoids = OneVsRest().probabilities(LOGITS)
    assert torch.equal(sigmoids, LOGITS.sigmoid())
    assert not torch.allclose(sigmoids.sum(1), torch.ones(2))


def test_margins_are_no_probabilities_before_they_are_calibrated() -> None:
    margins = Margins("hinge")
    with pytest.raises(ValueError, match="calibrated"):
        margins.probabilities(LOGITS)
    told = margins.validated(LOGITS, LABELS, ["a", "b"])
    assert margins.temperature is not None
    assert torch.allclose(margins.probabilities(LOGITS), (LOGITS / margins.temperature).softmax(1))
    assert not torch.allclose(margins.probabilities(LOGITS), told), "those are cross-fitted"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("softmax", CrossEntropy),
        ("one-vs-rest", OneVsRest),
        ("svm", Margins),
        ("fc", CrossEntropy),
        ("conv", CrossEntropy),
    ],
)
def test_each_kind_has_its_objective(kind: str, expected: type) -> None:
    assert type(objective(HeadConfig(kind=kind))) is expected
