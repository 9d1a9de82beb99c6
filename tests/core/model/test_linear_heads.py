"""The linear heads, trained to convergence, answer as scikit-learn's classifiers do."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC
from torch import Tensor

from core.model import heads
from core.model.heads import Head, pooled
from core.recipe.config import HeadConfig

CLASSES, PICTURES = 5, 400


def features(seed: int) -> tuple[Tensor, Tensor]:
    """Features [N, C, H, W] as after a ReLU, of classes that overlap, and their labels."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(CLASSES, 12, 2, 2, generator=torch.Generator().manual_seed(99))
    labels = torch.randint(CLASSES, (PICTURES,), generator=generator)
    noise = torch.randn(PICTURES, 12, 2, 2, generator=generator)
    return (3 * (0.45 * centres[labels] + noise)).relu(), labels


def new_head(config: HeadConfig, values: Tensor) -> Head:
    head = heads.build(config, tuple(values.shape[1:]), CLASSES, seed=0)
    head.set_scale(head.rms(values))
    return head


def objective(head: Head, values: Tensor, labels: Tensor) -> Tensor:
    """What training makes small."""
    return head.loss(head(values), labels) / len(labels) + head.penalty()


def converge(head: Head, values: Tensor, labels: Tensor) -> None:
    """Bring a smooth loss to its minimum."""
    optimizer = torch.optim.LBFGS(
        head.parameters(), max_iter=2000, tolerance_grad=1e-7, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = objective(head, values, labels)
        loss.backward()
        return loss

    optimizer.step(closure)


def converge_with_kinks(head: Head, values: Tensor, labels: Tensor, steps: int = 1000) -> None:
    """Bring a hinge to its minimum, without a bias: Pegasos (Shalev-Shwartz et al., 2011), the
    mean of the later steps."""
    mean = torch.zeros_like(head.weight)
    for step in range(1, steps + 1):
        (gradient,) = torch.autograd.grad(objective(head, values, labels), [head.weight])
        head.weight.data -= gradient / (head.layers.l2 * step)
        if step > steps // 2:
            mean += head.weight.detach() / (steps - steps // 2)
    head.weight.data = mean


def answers(head: Head, classifier: Any, values: Tensor, labels: Tensor, unseen: Tensor) -> float:
    """The share of pictures that ``classifier``, trained on the same numbers, calls as ``head``
    does."""
    seen = [(pooled(one, head.config.pooling) / head.scale).numpy() for one in (values, unseen)]
    told = classifier.fit(seen[0], labels.numpy()).predict(np.concatenate(seen))
    return float(np.mean(head(torch.cat([values, unseen])).argmax(1).numpy() == told))


def logistic(c: float) -> Any:
    return LogisticRegression(C=c, tol=1e-8, max_iter=5000)


def one_vs_rest(c: float) -> Any:
    return OneVsRestClassifier(logistic(c))


def support_vectors(c: float) -> Any:
    # liblinear regularises the bias too: a large input for it makes that small
    return LinearSVC(C=c, intercept_scaling=30.0, tol=1e-7, max_iter=100_000, dual=False)


@pytest.mark.parametrize("pooling", ["flatten", "both"])
@pytest.mark.parametrize("c", [0.01, 1.0])
@pytest.mark.parametrize(
    ("kind", "classifier"),
    [("softmax", logistic), ("one-vs-rest", one_vs_rest), ("svm", support_vectors)],
)
def test_answers_are_scikit_learns(
    kind: str, classifier: Callable[[float], Any], c: float, pooling: str
) -> None:
    (values, labels), (unseen, truth) = features(seed=0), features(seed=1)
    # scikit-learn adds C times the summed loss to half the squared weights
    data = {"kind": kind, "pooling": pooling, "l2": 1 / (c * PICTURES)}
    head = new_head(HeadConfig.model_validate(data), values)
    converge(head, values, labels)
    assert answers(head, classifier(c), values, labels, unseen) >= 0.99
    right = (head(unseen).argmax(1) == truth).float().mean().item()
    assert 0.5 < right < 0.97, "neither chance nor a problem that any rule solves"


@pytest.mark.parametrize(
    ("margin_loss", "options"),
    [("hinge", {"loss": "hinge"}), ("crammer-singer", {"multi_class": "crammer_singer"})],
)
def test_the_other_hinges_are_liblinears_too(margin_loss: str, options: dict[str, Any]) -> None:
    (values, labels), (unseen, _) = features(seed=0), features(seed=1)
    c = 0.02
    data = {"kind": "svm", "margin_loss": margin_loss, "l2": 1 / (c * PICTURES)}
    head = new_head(HeadConfig.model_validate(data), values)
    converge_with_kinks(head, values, labels)
    # liblinear would regularise a bias, so that neither has one
    reference = LinearSVC(
        C=c, fit_intercept=False, max_iter=100_000, tol=1e-5, random_state=0, **options
    )
    assert answers(head, reference, values, labels, unseen) >= 0.99
    lowest = objective(head, values, labels).item()
    head.weight.data = torch.from_numpy(reference.coef_).float()
    assert lowest == pytest.approx(objective(head, values, labels).item(), rel=1e-3)
