"""Every head: starts undecided, sees scaled features, learns, and comes back from its file."""

import json
import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from core.model import heads
from core.model.heads import Drawing, Head, pooled, rms
from core.recipe.config import HeadConfig

SHAPE = (8, 3, 3)
CONFIGS = {
    "softmax": HeadConfig(),
    "one-vs-rest": HeadConfig(kind="one-vs-rest", pooling="average"),
    "svm": HeadConfig(kind="svm", pooling="max"),
    "fc": HeadConfig(kind="fc", hidden=(7, 5), layer_norm=True, dropout=0.5, pooling="both"),
    "conv": HeadConfig(kind="conv", channels=(6, 4), hidden=(5,), activation="gelu", dropout=0.3),
}
every_kind = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def softmax(features: int, classes: int) -> Head:
    return heads.build(HeadConfig(), (features, 1, 1), classes, seed=0)


def some_features(pictures: int = 6, shape: tuple[int, int, int] = SHAPE) -> Tensor:
    """As a backbone gives them: bfloat16, not negative, channels last."""
    generator = torch.Generator().manual_seed(0)
    values = torch.randn(pictures, *shape, generator=generator).relu().bfloat16()
    return values.to(memory_format=torch.channels_last)


def taught(config: HeadConfig) -> Head:
    """A head whose last layer is not zero."""
    head = heads.build(config, SHAPE, 3, seed=4)
    torch.nn.init.normal_(head.weight, generator=torch.Generator().manual_seed(1))
    return head


def drawing(names: str = "abcdef") -> Drawing:
    return Drawing(0, 0, list(names))


@every_kind
def test_starts_with_every_class_equally_likely(config: HeadConfig) -> None:
    head = heads.build(config, SHAPE, 4, seed=0)
    logits = head(some_features(3))
    assert logits.tolist() == [[0.0] * 4] * 3
    # log 4; four times log 2; four squared hinges of 1
    losses = {"one-vs-rest": 4 * math.log(2), "svm": 4.0}
    expected = 3 * losses.get(config.kind, math.log(4))
    assert head.loss(logits, torch.tensor([0, 1, 2])).item() == pytest.approx(expected)


@every_kind
def test_the_seed_alone_decides_how_a_head_starts(config: HeadConfig) -> None:
    before = torch.get_rng_state()
    first, again = (heads.build(config, SHAPE, 3, seed=1).state_dict() for _ in range(2))
    other = heads.build(config, SHAPE, 3, seed=2).state_dict()
    assert torch.equal(torch.get_rng_state(), before), "the global generator draws nothing"
    assert all(torch.equal(first[name], again[name]) for name in first)
    drawn = {name for name in first if not torch.equal(first[name], other[name])}
    deep = {name for name in first if name.endswith(".weight") and "norms" not in name}
    assert drawn == deep, "all but the last layer, and layer normalisation's ones"


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh"])
def test_deep_layers_start_with_their_input_s_strength(activation: str) -> None:
    data = {"kind": "fc", "hidden": [400, 400, 400], "activation": activation}
    head = heads.build(HeadConfig.model_validate(data), (512, 1, 1), 400, seed=0)
    head.weight.data = torch.eye(400)
    generator = torch.Generator().manual_seed(0)
    logits = head(torch.randn(64, 512, 1, 1, generator=generator))
    assert 0.5 < rms(logits.detach()) < 1.5


def test_each_pooling_is_what_it_says() -> None:
    values = torch.tensor([[[[1.0, 2.0], [3.0, 6.0]], [[0.0, 0.0], [0.0, 8.0]]]])
    assert pooled(values, "flatten").tolist() == [[1, 2, 3, 6, 0, 0, 0, 8]]
    assert pooled(values, "average").tolist() == [[3, 2]]
    assert pooled(values, "max").tolist() == [[6, 8]]
    assert pooled(values, "both").tolist() == [[3, 2, 6, 8]]


def test_convolutions_come_before_the_pooling() -> None:
    head = heads.build(HeadConfig(kind="conv", channels=(2,), pooling="max"), (1, 3, 3), 2, seed=0)
    head.weight.data = torch.eye(2)
    picture = torch.zeros(1, 1, 3, 3)
    picture[0, 0, 0, 0] = 1.0
    kernels = head.convolutions[0].weight[:, 0]  # at the corner four of the nine are seen
    seen = torch.stack([kernels[:, row, column] for row in (0, 1) for column in (0, 1)], 1)
    assert torch.allclose(head(picture)[0], seen.amax(1).relu())


@every_kind
def test_what_the_first_layer_sees_has_an_rms_of_one(config: HeadConfig) -> None:
    head, features = taught(config), some_features() * 40
    head.set_scale(head.rms(features))
    seen = features.float() if config.kind == "conv" else pooled(features, config.pooling)
    assert head.rms(features) == pytest.approx(rms(seen))
    scaled = taught(config)(features.float() / head.rms(features))
    assert torch.allclose(head(features), scaled, rtol=1e-2, atol=1e-4)


def test_divides_by_the_scale_and_nothing_else() -> None:
    head = softmax(4, 2)
    head.weight.data = torch.arange(8.0).reshape(2, 4)
    head.bias.data = torch.tensor([1.0, -1.0])
    features = torch.tensor([[[[2.0]], [[4.0]], [[6.0]], [[8.0]]]])
    plain = features.flatten(1) @ head.weight.T
    head.set_scale(2.0)
    assert torch.equal(head(features), plain / 2 + head.bias)


def test_scale_of_dead_features_changes_nothing() -> None:
    head = softmax(4, 2)
    head.set_scale(0.0)
    assert torch.isfinite(head(torch.ones(1, 4, 1, 1))).all()


def test_rms_is_the_root_of_the_mean_square() -> None:
    assert rms(torch.tensor([3.0, -4.0])) == pytest.approx(math.sqrt(12.5))


@every_kind
def test_computes_in_float32_under_autocast_too(config: HeadConfig) -> None:
    head, features = taught(config), some_features()
    plain = head(features, drawing())
    assert plain.dtype == torch.float32
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(head(features, drawing()), plain)


@every_kind
def test_dropout_only_acts_where_something_is_drawn(config: HeadConfig) -> None:
    head, features = taught(config), some_features()
    assert torch.equal(head(features), head(features))
    dropped = head(features, drawing())
    assert torch.equal(dropped, head(features, drawing()))
    assert torch.equal(dropped, head(features)) == (config.dropout == 0)


def test_a_pictures_dropout_is_its_own_whatever_it_is_passed_with() -> None:
    head, features = taught(CONFIGS["fc"]), some_features()
    whole = head(features, drawing("abcdef"))
    parts = torch.cat([head(features[:2], drawing("ab")), head(features[2:], drawing("cdef"))])
    assert torch.allclose(whole, parts, atol=1e-5)
    order = [3, 1, 5, 0, 2, 4]
    mixed = head(features[order], drawing("".join("abcdef"[one] for one in order)))
    assert torch.allclose(mixed, whole[order], atol=1e-5)


def test_dropout_multiplies_what_a_hidden_layer_gives() -> None:
    config = HeadConfig(kind="fc", hidden=(5,), dropout=0.5)
    head, features = taught(config), some_features()
    values = functional.relu(head.hidden[0](features.flatten(1).float()))
    values = values * drawing().kept("hidden.0", 5, 0.5)
    assert torch.allclose(head(features, drawing()), values @ head.weight.T, atol=1e-6)


@every_kind
def test_a_weighted_picture_counts_as_so_many_of_it(config: HeadConfig) -> None:
    features, labels = some_features(4), torch.tensor([0, 0, 0, 1])

    def gradients(order: list[int], weights: Tensor | None) -> list[Tensor]:
        head = taught(config)
        names = "".join("abcd"[one] for one in order)
        loss = head.loss(head(features[order], drawing(names)), labels[order], weights)
        loss.backward()
        return [loss.detach(), *(one.grad for one in head.parameters() if one.grad is not None)]

    weighted = gradients([0, 1, 2, 3], torch.tensor([1.0, 1.0, 1.0, 3.0]))
    repeated = gradients([0, 1, 2, 3, 3, 3], None)
    assert len(weighted) == 1 + len(list(taught(config).parameters()))
    for one, other in zip(weighted, repeated, strict=True):
        assert torch.allclose(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["softmax", "svm", "fc"])
def test_the_penalty_is_that_of_the_last_layers_weights(kind: str) -> None:
    head = taught(HeadConfig.model_validate({"kind": kind, "l2": 0.3}))
    head.bias.data += 5
    assert head.penalty().item() == pytest.approx(0.15 * head.weight.square().sum().item())
    head.add_penalty()
    assert head.weight.grad is None, "no gradient yet to which it could be added"
    features, labels = some_features(), torch.arange(6) % 3
    for piece in (slice(0, 4), slice(4, 6)):
        (head.loss(head(features[piece]), labels[piece]) / 6).backward()
    head.add_penalty()
    other = taught(head.config)
    other.bias.data += 5
    (other.loss(other(features), labels) / 6 + other.penalty()).backward()
    for one, same in zip(head.parameters(), other.parameters(), strict=True):
        assert torch.allclose(one.grad, same.grad, rtol=1e-4, atol=1e-6)


def test_linear_heads_alone_have_a_penalty_unless_a_recipe_says_so() -> None:
    assert taught(HeadConfig(kind="fc")).penalty().item() == 0
    assert taught(HeadConfig(l2=0.0)).penalty().item() == 0
    assert taught(HeadConfig()).penalty().item() > 0
    svm = taught(HeadConfig(kind="svm"))
    assert svm.penalty().item() == pytest.approx(5e-5 * svm.weight.square().sum().item())


@every_kind
def test_a_head_comes_back_from_what_its_file_says(config: HeadConfig) -> None:
    head, features = taught(config), some_features()
    head.set_scale(3.0)
    head.objective.validated(head(features), torch.arange(6) % 3, list("abcdef"))
    about = json.loads(json.dumps(head.description()))
    tensors = {name: one.detach() for name, one in head.named_parameters()}
    back = heads.described(about, tensors, SHAPE, 3)
    logits = back(features)
    assert torch.equal(logits, head(features))
    assert torch.equal(back.probabilities(logits), head.probabilities(logits))
    assert back.config == config


def test_a_file_of_an_older_version_holds_a_softmax_head() -> None:
    weight, bias = torch.randn(3, 72, generator=torch.Generator().manual_seed(0)), torch.ones(3)
    about = {"head": "softmax", "pooling": "flatten", "feature_scale": 2.0}
    head = heads.described(about, {"weight": weight, "bias": bias}, SHAPE, 3)
    features = some_features()
    expected = features.flatten(1).float() / 2 @ weight.T + bias
    assert torch.allclose(head(features), expected, atol=1e-5)


@every_kind
def test_tensors_of_another_head_are_refused(config: HeadConfig) -> None:
    head = taught(config)
    about = head.description()
    tensors = {name: one.detach() for name, one in head.named_parameters()}
    with pytest.raises(RuntimeError, match="size mismatch"):
        heads.described(about | {"temperature": 1.0}, tensors, (9, 3, 3), 3)
    tensors.pop("bias")
    with pytest.raises(RuntimeError, match="bias"):
        heads.described(about | {"temperature": 1.0}, tensors, SHAPE, 3)
