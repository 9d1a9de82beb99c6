"""Temperature scaling: as sure as it is right, never by a picture's own label."""

import pytest
import torch
from scipy.optimize import minimize_scalar
from torch import Tensor

from core.model.heads import cross_fitted, temperature


def margins(pictures: int, classes: int = 4, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Margins of about one, whose largest is right three times in four."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(classes, (pictures,), generator=generator)
    found = 0.5 * torch.randn(pictures, classes, generator=generator)
    found[torch.arange(pictures), labels] += 0.8
    return found, labels


def names(count: int) -> list[str]:
    return [f"a/{number}.jpg" for number in range(count)]


def test_it_is_the_minimum_that_a_library_finds() -> None:
    found, labels = margins(300)
    right = 301 / 302
    targets = torch.full((300, 4), (1 - right) / 3, dtype=torch.float64)
    targets[torch.arange(300), labels] = right

    def loss(sharpness: float) -> float:
        return -(targets * (found.double() * sharpness).log_softmax(1)).sum().item()

    best = minimize_scalar(loss, bounds=(1e-3, 1e3), method="bounded", options={"xatol": 1e-9})
    assert 1 / temperature(found, labels) == pytest.approx(best.x, rel=1e-4)


def test_the_margins_unit_makes_no_difference() -> None:
    found, labels = margins(100)
    assert temperature(found * 7, labels) == pytest.approx(7 * temperature(found, labels))


def test_probabilities_are_right_as_often_as_they_say() -> None:
    found, labels = margins(4000)
    shares = cross_fitted(found, labels, names(4000))
    sure, right = shares.max(1).values, shares.argmax(1) == labels
    assert torch.allclose(shares.sum(1), torch.ones(4000))
    for low, high in ((0.4, 0.6), (0.6, 0.8), (0.8, 1.0)):
        some = (sure > low) & (sure <= high)
        assert right[some].float().mean().item() == pytest.approx(
            sure[some].mean().item(), abs=0.06
        )


def test_pictures_that_are_all_recognised_make_nobody_infinitely_sure() -> None:
    labels = torch.arange(40) % 4
    found = torch.nn.functional.one_hot(labels, 4).float() * 2 - 1
    shares = (found / temperature(found, labels)).softmax(1)
    assert shares.max(1).values.tolist() == pytest.approx([41 / 42] * 40)


def test_margins_that_say_nothing_get_equal_shares() -> None:
    generator = torch.Generator().manual_seed(0)
    found = torch.randn(200, 4, generator=generator)
    shares = (found / temperature(found, found.argmin(1))).softmax(1)
    assert shares.min().item() == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize("pictures", [1, 2, 7])
def test_few_pictures_have_probabilities_too(pictures: int) -> None:
    found, labels = margins(pictures)
    shares = cross_fitted(found, labels, names(pictures))
    assert torch.allclose(shares.sum(1), torch.ones(pictures))
    if pictures == 1:
        assert torch.allclose(shares, torch.full((1, 4), 0.25), atol=1e-3), "nothing is known"


def test_a_pictures_own_label_has_no_part_in_its_probabilities() -> None:
    found, labels = margins(50)
    plain = cross_fitted(found, labels, names(50))
    for picture in range(5):
        other = labels.clone()
        other[picture] = (labels[picture] + 1) % 4
        changed = cross_fitted(found, other, names(50))
        assert torch.equal(changed[picture], plain[picture])
        assert not torch.equal(changed, plain), "it has a part in others'"


def test_no_order_changes_them_and_no_answer_changes() -> None:
    found, labels = margins(60)
    keys = names(60)
    plain = cross_fitted(found, labels, keys)
    order = torch.randperm(60, generator=torch.Generator().manual_seed(1))
    mixed = cross_fitted(found[order], labels[order], [keys[one] for one in order])
    assert torch.allclose(mixed, plain[order], rtol=1e-5)
    assert torch.equal(plain.argmax(1), found.argmax(1))
