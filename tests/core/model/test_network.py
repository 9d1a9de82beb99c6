"""The network: the five blocks are torchvision's, and linear heads answer as libraries do."""

import hashlib
import json
import math
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC
from torch import Tensor
from torch.nn import functional
from torchvision.models import vgg

from core.common.messages import ThawError
from core.model import backbone
from core.model.backbone import FrozenPass, Stopped
from core.model.heads import head as heads
from core.model.heads.head import Drawing, Head, pooled, rms
from core.model.heads.objective import Objective, cross_fitted, temperature
from core.model.heads.one_vs_rest import OneVsRest
from core.model.heads.softmax import CrossEntropy
from core.model.heads.svm import Margins
from core.recipe import vgg16
from core.recipe.config import HeadConfig, Pooling, StageConfig

# -- the five blocks ---


@pytest.fixture(scope="module")
def network() -> backbone.Backbone:
    return backbone.load("imagenet", vgg16.BLOCK_COUNT, seed=0)


def test_blocks_are_torchvisions_features(network: backbone.Backbone) -> None:
    reference = vgg.vgg16(weights=None, init_weights=False).features
    reference.load_state_dict(network.features.state_dict())
    pictures = torch.arange(2 * 64 * 64 * 3).mul(7919).to(torch.uint8).view(2, 64, 64, 3)
    inputs = values = network.normalise(pictures)
    mean = torch.tensor([0.48235, 0.45882, 0.40784]) * 255  # as the weights were trained
    expected = (pictures.float() - mean).permute(0, 3, 1, 2)
    torch.testing.assert_close(inputs, expected, atol=1e-2, rtol=1e-5)
    seen = pictures.float() - torch.tensor([0.48235, 0.45882, 0.40784]) * 255
    torch.testing.assert_close(inputs, seen.permute(0, 3, 1, 2), atol=1e-2, rtol=1e-5)
    for number in range(1, 6):
        values = network.block(number)(values)
        assert values.shape[1:] == vgg16.feature_shape(number, 64)
    torch.testing.assert_close(values, reference(inputs))


@pytest.mark.parametrize("start", [0, 2, 4])
def test_frozen_pass_equals_the_module(network: backbone.Backbone, start: int) -> None:
    inputs = torch.rand(2, *vgg16.feature_shape(start, 64), generator=seeded(2))
    frozen = FrozenPass(network, torch.float32, threading.Event())
    with torch.no_grad():
        expected = network(inputs, start)
    torch.testing.assert_close(frozen.final(inputs, start, 5), expected, rtol=1e-4, atol=1e-4)
    assert [number for number, _ in frozen(inputs, start, 5)] == list(range(start + 1, 6))


def test_only_thawed_blocks_learn(network: backbone.Backbone) -> None:
    network.freeze_except([2, 4])
    blocks = {number: network.block(number).parameters() for number in range(1, 6)}
    learning = {number: {one.requires_grad for one in some} for number, some in blocks.items()}
    assert learning == {number: {number in (2, 4)} for number in range(1, 6)}


def test_random_weights_come_from_the_seed_alone() -> None:
    before = torch.random.get_rng_state()
    first, again, other, deeper = (
        backbone.load("none", depth, seed) for depth, seed in ((2, 4), (2, 4), (2, 5), (5, 4))
    )
    assert torch.equal(before, torch.random.get_rng_state())
    assert (first.mean, first.std) == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert first(torch.zeros(1, 3, 32, 32)).shape[1:] == vgg16.feature_shape(2, 32)
    weights = [next(one.parameters()) for one in (first, again, other, deeper)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(weights[0], weights[3]), "a layer's draw doesn't depend on the others"


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


# -- heads ---

SHAPE = (8, 3, 3)
CONFIGS = {
    "softmax": HeadConfig(),
    "one-vs-rest": HeadConfig(kind="one-vs-rest", pooling="average"),
    "svm": HeadConfig(kind="svm", pooling="max"),
    "fc": HeadConfig(kind="fc", hidden=(7, 5), layer_norm=True, dropout=0.5, pooling="both"),
    "conv": HeadConfig(kind="conv", channels=(6, 4), hidden=(5,), activation="gelu", dropout=0.3),
    "nearest-mean": HeadConfig(kind="nearest-mean", pooling="average"),
}
every_kind = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def some_features(pictures: int = 6) -> Tensor:
    """As a backbone gives them: bfloat16, not negative, channels last."""
    values = torch.randn(pictures, *SHAPE, generator=seeded()).relu().bfloat16()
    return values.to(memory_format=torch.channels_last)


def taught(config: HeadConfig) -> Head:
    """A head whose last layer is not zero."""
    head = heads.build(config, SHAPE, 3, seed=4)
    torch.nn.init.normal_(head.weight, generator=seeded(1))
    return head


def drawing(names: str = "abcdef", features: float = 0.0) -> Drawing:
    return Drawing(0, 0, list(names), features)


def tensors_of(head: Head) -> dict[str, Tensor]:
    return {name: one.detach() for name, one in head.named_parameters()}


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
    first, again, other = (heads.build(config, SHAPE, 3, seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before), "the global generator draws nothing"
    assert all(torch.equal(first[name], again[name]) for name in first)
    drawn = {name for name in first if not torch.equal(first[name], other[name])}
    deep = {name for name in first if name.endswith(".weight") and "norms" not in name}
    assert drawn == deep, "all but the last layer, and layer normalisation's ones"


@pytest.mark.parametrize("activation", ["relu", "gelu", "tanh"])
def test_deep_layers_start_with_their_inputs_strength(activation: str) -> None:
    data = {"kind": "fc", "hidden": [400, 400, 400], "activation": activation}
    head = heads.build(HeadConfig.model_validate(data), (512, 1, 1), 400, seed=0)
    head.weight.data = torch.eye(400)
    logits = head(torch.randn(64, 512, 1, 1, generator=seeded()))
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
    assert rms(torch.tensor([3.0, -4.0])) == pytest.approx(math.sqrt(12.5))
    head = heads.build(HeadConfig(), (4, 1, 1), 2, seed=0)
    head.weight.data, head.bias.data = torch.arange(8.0).reshape(2, 4), torch.tensor([1.0, -1.0])
    features = torch.tensor([2.0, 4.0, 6.0, 8.0]).view(1, 4, 1, 1)
    plain = features.flatten(1) @ head.weight.T
    head.set_scale(2.0)
    assert torch.equal(head(features), plain / 2 + head.bias)
    head.set_scale(0.0)  # of dead features it changes nothing
    assert torch.equal(head(features), plain + head.bias)


@every_kind
def test_computes_in_float32_under_autocast_too(config: HeadConfig) -> None:
    head, features = taught(config), some_features()
    plain = head(features, drawing())
    assert plain.dtype == torch.float32
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(head(features, drawing()), plain)


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
    head, other = (taught(HeadConfig.model_validate({"kind": kind, "l2": 0.3})) for _ in range(2))
    for one in (head, other):
        one.bias.data += 5
    head.add_penalty()
    assert head.weight.grad is None, "no gradient yet to which it could be added"
    features, labels = some_features(), torch.arange(6) % 3
    for piece in (slice(0, 4), slice(4, 6)):
        (head.loss(head(features[piece]), labels[piece]) / 6).backward()
    head.add_penalty()
    penalty = 0.15 * other.weight.square().sum()
    (other.loss(other(features), labels) / 6 + penalty).backward()
    for one, same in zip(head.parameters(), other.parameters(), strict=True):
        assert torch.allclose(one.grad, same.grad, rtol=1e-4, atol=1e-6)


def test_linear_heads_alone_have_a_penalty_unless_a_recipe_says_so() -> None:
    configs = CONFIGS["fc"], HeadConfig(l2=0.0), HeadConfig(kind="svm")
    assert [taught(one).layers.l2 for one in configs] == [0, 0, 1e-4]


@every_kind
def test_a_head_comes_back_from_what_its_file_says(config: HeadConfig) -> None:
    head, features = taught(config), some_features()
    head.set_scale(3.0)
    head.objective.validated(head(features), torch.arange(6) % 3, list("abcdef"))
    about, tensors = json.loads(json.dumps(head.description())), tensors_of(head)
    back = heads.described(about, tensors, SHAPE, 3)
    logits = back(features)
    assert torch.equal(logits, head(features))
    assert torch.equal(back.probabilities(logits), head.probabilities(logits))
    assert back.config == config
    with pytest.raises(RuntimeError):  # the tensors of another head
        heads.described(about, tensors, (9, 3, 3), 3)
    tensors.pop("bias")
    with pytest.raises(RuntimeError, match="bias"):
        heads.described(about, tensors, SHAPE, 3)


def test_a_file_of_an_older_version_holds_a_softmax_head() -> None:
    weight, bias = torch.randn(3, 72, generator=seeded()), torch.ones(3)
    about = {"head": "softmax", "pooling": "flatten", "feature_scale": 2.0}
    head = heads.described(about, {"weight": weight, "bias": bias}, SHAPE, 3)
    expected = some_features().flatten(1).float() / 2 @ weight.T + bias
    assert torch.allclose(head(some_features()), expected, atol=1e-5)


# -- dropout ---

NAMES = [f"cats/{number}.jpg" for number in range(40)]
PLAIN = Drawing(3, 5, NAMES)


def test_a_mask_is_the_pictures_own_whatever_it_is_passed_with() -> None:
    whole = PLAIN.kept("hidden.0", 64, 0.4)
    assert torch.equal(Drawing(3, 5, NAMES[::-1]).kept("hidden.0", 64, 0.4).flip(0), whole)
    parts = [Drawing(3, 5, [name]).kept("hidden.0", 64, 0.4) for name in NAMES]
    assert torch.equal(torch.cat(parts), whole)


def test_another_name_has_another_mask() -> None:
    for other, layer in (
        (Drawing(4, 5, NAMES), "hidden.0"),
        (Drawing(3, 6, NAMES), "hidden.0"),
        (Drawing(3, 5, NAMES), "hidden.1"),
        (Drawing(3, 5, NAMES[1:] + NAMES[:1]), "hidden.0"),
        (Drawing(35, 0, NAMES), "hidden.0"),  # digits that move
    ):
        differing = other.kept(layer, 64, 0.5) != PLAIN.kept("hidden.0", 64, 0.5)
        # half of 64 differ; 10 would be five standard deviations off
        assert (differing.float().mean(1) > 0.15).all()


@pytest.mark.parametrize("dropped", [0.1, 0.5, 0.95])
def test_the_share_is_dropped_and_the_mean_stays(dropped: float) -> None:
    kept = PLAIN.kept("hidden.0", 4096, dropped)
    assert kept.dtype == torch.float32
    assert (kept == 0).float().mean().item() == pytest.approx(dropped, abs=0.005)
    assert kept.mean().item() == pytest.approx(1, abs=0.03)
    assert kept.unique().tolist() == pytest.approx([0, 1 / (1 - dropped)], rel=1e-3)


def test_the_draws_never_change() -> None:
    bits = hashlib.shake_128(b"dropout/0/0/hidden.0/a.jpg").digest(16)
    numbers = [int.from_bytes(bits[first : first + 2], "little") for first in range(0, 16, 2)]
    kept = Drawing(0, 0, ["a.jpg"]).kept("hidden.0", 8, 0.5)
    assert (kept[0] > 0).tolist() == [number >= 32768 for number in numbers]
    no_unicode = Drawing(0, 0, ["\udcff.jpg"])
    assert no_unicode.kept("hidden.0", 8, 0.5).shape == (1, 8)


@every_kind
def test_dropout_acts_in_training_alone_on_input_and_hidden_layers(config: HeadConfig) -> None:
    head, features = taught(config), some_features()
    plain = head(features)
    assert torch.equal(plain, head(features))
    assert torch.equal(head(features, drawing()), plain) == (config.dropout == 0)
    assert torch.equal(head(features, drawing()), head(features, Drawing(0, 0, drawing().samples)))
    width = head._seen(features)[0].numel()
    dropped = head(features, drawing(features=0.5))
    assert torch.equal(dropped, head(features, drawing(features=0.5)))
    assert not torch.allclose(dropped, head(features, drawing()), atol=1e-2)
    if config.pooling == "flatten":
        kept = drawing().kept("features", width, 0.5).view(6, *SHAPE)
        assert torch.allclose(dropped, head(features * kept, drawing()), atol=1e-5)


def test_dropout_multiplies_what_a_hidden_layer_gives() -> None:
    head, features = taught(HeadConfig(kind="fc", hidden=(5,), dropout=0.5)), some_features()
    values = functional.relu(head.hidden[0](features.flatten(1).float()))
    values = values * drawing().kept("hidden.0", 5, 0.5)
    assert torch.allclose(head(features, drawing()), values @ head.weight.T, atol=1e-6)


def test_half_of_the_input_is_dropped_by_default_while_blocks_are_thawed() -> None:
    assert StageConfig().dropped_features == 0
    assert StageConfig(thawed=(5,)).dropped_features == 0.5
    assert StageConfig(thawed=(5,), feature_dropout=0.0).dropped_features == 0
    assert StageConfig(feature_dropout=0.2).dropped_features == 0.2


# -- losses and probabilities, by hand ---

LOGITS = torch.tensor([[0.5, -2.0, 1.5], [0.0, 3.0, 0.2]])
LABELS = torch.tensor([0, 1])


def losses(one: Objective, smoothing: float = 0.0) -> list[float]:
    found: list[float] = one.losses(LOGITS, LABELS, smoothing).tolist()
    return found


def test_hinge_losses_are_liblinears() -> None:
    # each class against all the others: 1 - y m, where that is more than 0
    assert losses(Margins("hinge")) == pytest.approx([0.5 + 0.0 + 2.5, 1.0 + 0.0 + 1.2])
    assert losses(Margins("squared-hinge")) == pytest.approx([0.25 + 6.25, 1.0 + 1.44])
    # the right class against the best of the others
    assert losses(Margins("crammer-singer")) == pytest.approx([1 - 0.5 + 1.5, 0.0])
    with pytest.raises(ValueError, match="smoothing"):
        losses(Margins("hinge"), smoothing=0.1)


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


def test_what_probabilities_are_is_each_kinds_own_and_margins_are_none_before_calibration() -> None:
    assert torch.equal(CrossEntropy().probabilities(LOGITS), LOGITS.softmax(1))
    assert torch.equal(OneVsRest().probabilities(LOGITS), LOGITS.sigmoid())
    hinge = Margins("hinge")
    with pytest.raises(ValueError, match="calibrated"):
        hinge.probabilities(LOGITS)
    told = hinge.validated(LOGITS, LABELS, ["a", "b"])
    assert hinge.temperature is not None
    assert torch.allclose(hinge.probabilities(LOGITS), (LOGITS / hinge.temperature).softmax(1))
    assert not torch.allclose(hinge.probabilities(LOGITS), told), "those are cross-fitted"


# -- temperature scaling: as sure as it is right, never by a picture's own label ---


def margins(pictures: int) -> tuple[Tensor, Tensor, list[str]]:
    """Margins of about one, whose largest is right three times in four; labels and names."""
    generator = seeded()
    labels = torch.randint(4, (pictures,), generator=generator)
    found = 0.5 * torch.randn(pictures, 4, generator=generator)
    found[torch.arange(pictures), labels] += 0.8
    return found, labels, [f"a/{number}.jpg" for number in range(pictures)]


def test_it_is_the_minimum_that_a_library_finds_in_whatever_unit_the_margins_are() -> None:
    found, labels, _ = margins(300)
    right = 301 / 302
    targets = torch.full((300, 4), (1 - right) / 3, dtype=torch.float64)
    targets[torch.arange(300), labels] = right

    def loss(sharpness: float) -> float:
        return -(targets * (found.double() * sharpness).log_softmax(1)).sum().item()

    best = minimize_scalar(loss, bounds=(1e-3, 1e3), method="bounded", options={"xatol": 1e-9})
    assert 1 / temperature(found, labels) == pytest.approx(best.x, rel=1e-4)
    assert temperature(found * 7, labels) == pytest.approx(7 * temperature(found, labels))


def test_probabilities_are_right_as_often_as_they_say() -> None:
    found, labels, names = margins(4000)
    shares = cross_fitted(found, labels, names)
    sure, right = shares.max(1).values, shares.argmax(1) == labels
    assert torch.allclose(shares.sum(1), torch.ones(4000))
    for low, high in ((0.4, 0.6), (0.6, 0.8), (0.8, 1.0)):
        some = (sure > low) & (sure <= high)
        expected = pytest.approx(sure[some].mean().item(), abs=0.06)
        assert right[some].float().mean().item() == expected


def test_nobody_is_infinitely_sure_and_margins_that_say_nothing_get_equal_shares() -> None:
    labels = torch.arange(40) % 4
    found = functional.one_hot(labels, 4).float() * 2 - 1
    shares = (found / temperature(found, labels)).softmax(1)
    assert shares.max(1).values.tolist() == pytest.approx([41 / 42] * 40)
    found = torch.randn(200, 4, generator=seeded())
    shares = (found / temperature(found, found.argmin(1))).softmax(1)
    assert shares.min().item() == pytest.approx(0.25, abs=1e-3)


@pytest.mark.parametrize("pictures", [1, 2, 7])
def test_few_pictures_have_probabilities_too(pictures: int) -> None:
    shares = cross_fitted(*margins(pictures))
    assert torch.allclose(shares.sum(1), torch.ones(pictures))
    if pictures == 1:
        assert torch.allclose(shares, torch.full((1, 4), 0.25), atol=1e-3), "nothing is known"


def test_neither_a_pictures_own_label_nor_any_order_changes_its_probabilities() -> None:
    found, labels, names = margins(60)
    plain = cross_fitted(found, labels, names)
    assert torch.equal(plain.argmax(1), found.argmax(1)), "no answer changes"
    for picture in range(5):
        other = labels.clone()
        other[picture] = (labels[picture] + 1) % 4
        changed = cross_fitted(found, other, names)
        assert torch.equal(changed[picture], plain[picture])
        assert not torch.equal(changed, plain), "it has a part in others'"
    order = torch.randperm(60, generator=seeded(1))
    mixed = cross_fitted(found[order], labels[order], [names[one] for one in order])
    assert torch.allclose(mixed, plain[order], rtol=1e-5)


# -- trained to convergence, linear heads answer as scikit-learn's classifiers do ---

CLASSES, PICTURES = 5, 300


def overlapping(seed: int) -> tuple[Tensor, Tensor]:
    """Features [N, C, H, W] as after a ReLU, of classes that overlap, and their labels."""
    generator = seeded(seed)
    centres = torch.randn(CLASSES, 12, 2, 2, generator=seeded(99))
    labels = torch.randint(CLASSES, (PICTURES,), generator=generator)
    noise = torch.randn(PICTURES, 12, 2, 2, generator=generator)
    return (3 * (0.45 * centres[labels] + noise)).relu(), labels


def converged(values: Tensor, labels: Tensor, **data: object) -> Head:
    """A head for whose loss and penalty no weights are better."""
    shape: Any = tuple(values.shape[1:])
    head = heads.build(HeadConfig.model_validate(data), shape, CLASSES, seed=0)
    head.set_scale(head.rms(values))
    optimizer = torch.optim.LBFGS(
        head.parameters(), max_iter=2000, tolerance_grad=1e-7, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        optimizer.zero_grad()
        penalty = head.layers.l2 / 2 * head.weight.square().sum()
        loss = head.loss(head(values), labels) / len(labels) + penalty
        loss.backward()
        return loss

    optimizer.step(closure)
    return head


def classifier(kind: str, c: float) -> Any:
    if kind == "svm":  # liblinear regularises the bias too: a large input for it makes that small
        return LinearSVC(C=c, intercept_scaling=30.0, tol=1e-7, max_iter=100_000, dual=False)
    logistic = LogisticRegression(C=c, tol=1e-8, max_iter=5000)
    return OneVsRestClassifier(logistic) if kind == "one-vs-rest" else logistic


@pytest.mark.parametrize(("c", "pooling"), [(0.01, "flatten"), (1.0, "both")])
@pytest.mark.parametrize("kind", ["softmax", "one-vs-rest", "svm"])
def test_answers_are_scikit_learns(kind: str, c: float, pooling: Pooling) -> None:
    (values, labels), (unseen, truth) = overlapping(seed=0), overlapping(seed=1)
    # scikit-learn adds C times the summed loss to half the squared weights
    head = converged(values, labels, kind=kind, pooling=pooling, l2=1 / (c * PICTURES))
    seen, new = ((pooled(one, pooling) / head.scale).numpy() for one in (values, unseen))
    told = classifier(kind, c).fit(seen, labels.numpy()).predict(np.concatenate([seen, new]))
    answers = head(torch.cat([values, unseen])).argmax(1)
    assert np.mean(answers.numpy() == told) >= 0.99
    right = (answers[PICTURES:] == truth).float().mean().item()
    assert 0.5 < right < 0.97, "neither chance nor a problem that any rule solves"
