"""Dropout's masks: each picture's own, by name, as many zeros as asked for."""

import pytest
import torch

from core.model import heads
from core.model.heads import Drawing
from core.recipe.config import HeadConfig, HeadKind, StageConfig

NAMES = [f"cats/{number}.jpg" for number in range(40)]


def test_a_mask_is_the_pictures_own_whatever_it_is_passed_with() -> None:
    whole = Drawing(3, 5, NAMES).kept("hidden.0", 64, 0.4)
    backwards = Drawing(3, 5, NAMES[::-1]).kept("hidden.0", 64, 0.4)
    assert torch.equal(backwards.flip(0), whole)
    parts = [Drawing(3, 5, [name]).kept("hidden.0", 64, 0.4) for name in NAMES]
    assert torch.equal(torch.cat(parts), whole)


@pytest.mark.parametrize(
    ("drawing", "layer"),
    [
        (Drawing(4, 5, NAMES), "hidden.0"),
        (Drawing(3, 6, NAMES), "hidden.0"),
        (Drawing(3, 5, NAMES), "hidden.1"),
        (Drawing(3, 5, NAMES[1:] + NAMES[:1]), "hidden.0"),
        (Drawing(35, 0, NAMES), "hidden.0"),
    ],
    ids=["seed", "epoch", "layer", "picture", "digits that move"],
)
def test_another_name_has_another_mask(drawing: Drawing, layer: str) -> None:
    found = drawing.kept(layer, 64, 0.5)
    whole = Drawing(3, 5, NAMES).kept("hidden.0", 64, 0.5)
    differing = (found != whole).float().mean(1)
    assert (differing > 0.15).all(), "half of 64 differ; 10 would be five standard deviations off"


@pytest.mark.parametrize("dropped", [0.1, 0.5, 0.95])
def test_the_share_is_dropped_and_the_mean_stays(dropped: float) -> None:
    kept = Drawing(0, 0, NAMES).kept("hidden.0", 4096, dropped)
    assert kept.dtype == torch.float32
    assert (kept == 0).float().mean().item() == pytest.approx(dropped, abs=0.005)
    assert kept.mean().item() == pytest.approx(1, abs=0.03)
    assert kept.unique().tolist() == pytest.approx([0, 1 / (1 - dropped)], rel=1e-3)


def test_the_draws_never_change() -> None:
    # SHAKE128 of "dropout/0/0/hidden.0/a.jpg" begins with these 16-bit numbers
    import hashlib

    bits = hashlib.shake_128(b"dropout/0/0/hidden.0/a.jpg").digest(16)
    numbers = [int.from_bytes(bits[first : first + 2], "little") for first in range(0, 16, 2)]
    kept = Drawing(0, 0, ["a.jpg"]).kept("hidden.0", 8, 0.5)
    assert (kept[0] > 0).tolist() == [number >= 32768 for number in numbers]


def test_a_name_that_is_no_valid_unicode_has_draws_too() -> None:
    assert Drawing(0, 0, ["\udcff.jpg"]).kept("hidden.0", 8, 0.5).shape == (1, 8)


@pytest.mark.parametrize("kind", ["softmax", "svm", "fc", "conv"])
def test_a_heads_input_is_dropped_in_training_alone(kind: HeadKind) -> None:
    head = heads.build(HeadConfig(kind=kind), (8, 3, 3), 3, seed=4)
    torch.nn.init.normal_(head.weight, generator=torch.Generator().manual_seed(1))
    features = torch.randn(4, 8, 3, 3, generator=torch.Generator().manual_seed(0))
    kept = Drawing(0, 0, NAMES[:4]).kept("features", 72, 0.5).view(4, 8, 3, 3)
    dropped = head(features, Drawing(0, 0, NAMES[:4], features=0.5))
    assert torch.allclose(dropped, head(features * kept), atol=1e-5)
    assert not torch.allclose(dropped, head(features), atol=1e-2)
    assert torch.equal(head(features, Drawing(0, 0, NAMES[:4])), head(features))


@pytest.mark.parametrize(
    ("stage", "share"),
    [
        (StageConfig(), 0.0),
        (StageConfig(thawed=(5,)), 0.5),
        (StageConfig(thawed=(5,), feature_dropout=0.0), 0.0),
        (StageConfig(feature_dropout=0.2), 0.2),
    ],
)
def test_half_of_it_by_default_while_blocks_are_thawed(stage: StageConfig, share: float) -> None:
    assert stage.dropped_features == share
