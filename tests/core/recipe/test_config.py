"""Every field of a recipe: its default, what is allowed and what follows; its network as data."""

import json

import pytest
import torch
import torchvision
from pydantic import ValidationError
from torch import nn

from core.model.heads import head as heads
from core.recipe import files as recipes
from core.recipe import network, vgg16
from core.recipe.config import (
    EFFECTS,
    AugmentationConfig,
    DatasetConfig,
    Effect,
    HeadConfig,
    HeadKind,
    RunConfig,
    StageConfig,
    boundary,
)
from core.recipe.vgg16 import BLOCKS, CLASSIFIER, feature_count, feature_shape

DEFAULTS = json.loads("""{
"schema": 1, "seed": 0, "batch_size": 32, "precision": "auto", "device": "auto", "threads": null,
"micro_batch": null, "class_weights": false, "balanced_sampling": false,
"dataset": {
  "split_seed": 0, "image_size": 224, "fit": "stretch", "validation_fraction": 0.2,
  "test_fraction": 0.0, "train_fraction": 1.0, "group_by": null,
  "background_color": [255, 255, 255], "max_megapixels": 200.0
},
"augmentation": {
  "policy": "ranges", "horizontal_flip": 0.0, "vertical_flip": 0.0, "quarter_turns": 0.0,
  "rotation": [0.0, 0.0], "scale": [1.0, 1.0], "crop": 1.0, "crop_aspect": [1.0, 1.0],
  "translation": [0.0, 0.0], "shear": [0.0, 0.0], "perspective": 0.0,
  "fill_mode": "reflect", "fill_color": [0, 0, 0],
  "brightness": [1.0, 1.0], "contrast": [1.0, 1.0], "saturation": [1.0, 1.0], "hue": [0.0, 0.0],
  "gamma": [1.0, 1.0], "grayscale": 0.0, "blur": [0.0, 0.0],
  "sharpness": [1.0, 1.0], "noise": [0.0, 0.0], "jpeg": [100, 100], "erasing": 0.0,
  "erasing_area": [0.02, 0.2], "cached_views": 0, "seed": 0
},
"model": {
  "weights": "imagenet", "normalization": null, "depth": 5,
  "head": {
    "kind": "softmax", "pooling": "flatten", "hidden": null, "channels": null,
    "activation": "relu", "dropout": 0.0, "layer_norm": false,
    "margin_loss": "squared-hinge", "l2": null
  }
}}""")
DEFAULT_STAGE = json.loads("""{
"epochs": 10, "thawed": [], "augment": true, "learning_rate": null, "backbone_factor": 0.2,
"block_decay": 1.0, "optimizer": "adamw", "momentum": 0.9, "weight_decay": 0.01,
"schedule": "cosine", "warmup_epochs": null, "decay_every": 5, "decay_factor": 0.1,
"feature_dropout": null, "label_smoothing": 0.0, "clip_norm": null, "patience": null,
"watch": "loss", "keep": "auto", "start_from": "last"
}""")
# each effect, strong enough to be one
STRONG = json.loads("""{
"horizontal_flip": 0.5, "vertical_flip": 0.01, "quarter_turns": 0.5, "rotation": 10,
"scale": [0.5, 2], "crop": 0.5, "crop_aspect": [0.5, 1], "translation": [0.0, 0.1], "shear": 10,
"perspective": 0.3, "brightness": [0.5, 1.5], "contrast": [0.8, 1.0], "saturation": [1.5, 1.5],
"hue": 20, "gamma": [0.5, 2], "grayscale": 0.5, "blur": [0, 2],
"sharpness": [1, 2], "noise": [5, 5], "jpeg": [50, 100], "erasing": 0.5
}""")


def test_the_default_recipe_is_the_documented_one() -> None:
    found = RunConfig().to_data()
    augmentation = found["augmentation"]
    shares = {one: augmentation.pop(one) for one in [*augmentation] if one.endswith("_probability")}
    assert set(shares.values()) == {1.0}
    stages = [{**DEFAULT_STAGE, "epochs": 20}, {**DEFAULT_STAGE, "thawed": [5]}]
    assert found == {**DEFAULTS, "stages": stages}


@pytest.mark.parametrize(("field", "value"), [*STRONG.items(), ("policy", "trivial")])
def test_each_effect_alone_is_augmentation(field: str, value: object) -> None:
    augmentation = AugmentationConfig.model_validate({field: value})
    assert not augmentation.is_identity
    stages = (StageConfig(augment=True), StageConfig(augment=False))
    config = RunConfig(augmentation=augmentation, stages=stages)
    assert [config.augments(stage) for stage in stages] == [True, False]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"fill_mode": "wrap", "fill_color": (9, 9, 9), "seed": 4, "erasing_area": (0.1, 0.3)},
        {"rotation": 0},
        {"rotation": 20, "rotation_probability": 0},
        {"perspective_probability": 0.5},
    ],
)
def test_what_alone_changes_no_image_is_no_augmentation(change: dict[str, object]) -> None:
    augmentation = AugmentationConfig.model_validate(change)
    assert augmentation.is_identity
    config = RunConfig(augmentation=augmentation)
    assert not any(config.augments(stage) for stage in config.stages)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.name)
def test_an_effect_is_reset_alone(effect: Effect) -> None:
    config = AugmentationConfig.model_validate(STRONG)
    assert effect.is_on(config)
    without = effect.without(config)
    assert not effect.is_on(without)
    assert all(other.is_on(without) for other in EFFECTS if other is not effect)


def test_one_number_stands_for_a_symmetric_range_and_other_ranges_are_refused() -> None:
    change = {"rotation": 15, "translation": 0.1, "shear": 8, "hue": 20}
    augmentation = AugmentationConfig.model_validate(change)
    assert (augmentation.rotation, augmentation.hue) == ((-15, 15), (-20, 20))
    assert (augmentation.translation, augmentation.shear) == ((0.1, 0.1), (8, 8))
    for field, wrong in (
        *(("rotation", (10, -10)), ("rotation", 181), ("perspective", 0.51), ("shear", 61)),
        *(("shear", -5), ("crop_aspect", (1.5, 0.5)), ("quarter_turns", 1.1), ("jpeg", (0, 50))),
        *(("scale_probability", -0.1), ("policy", "auto")),
    ):
        with pytest.raises(ValidationError, match=field):
            AugmentationConfig.model_validate({field: wrong})


def test_a_recipe_cannot_be_changed_behind_a_views_back() -> None:
    config = RunConfig()
    for part, field in (
        (config, "seed"),
        (config.dataset, "image_size"),
        (config.stages[0], "epochs"),
    ):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(part, field, 64)
    assert hash(config) == hash(RunConfig())


def test_sizes_are_multiples_of_the_networks_stride() -> None:
    for size in (32, 64, 224, 512):
        assert DatasetConfig(image_size=size).image_size == size
    for size in (0, 31, 33, 225, 544):
        with pytest.raises(ValidationError):
            DatasetConfig(image_size=size)


def test_some_images_are_left_to_train() -> None:
    for validation, test in ((0.2, 0.75), (0.9, 0.05), (0.05, 0.9)):
        config = DatasetConfig(validation_fraction=validation, test_fraction=test)
        assert config.test_fraction == test
        with pytest.raises(ValidationError):
            DatasetConfig(validation_fraction=validation, test_fraction=test + 0.01)


def test_the_boundary_counts_leading_frozen_blocks() -> None:
    assert StageConfig(thawed=(5, 4, 5)).thawed == (4, 5), "in order and once"
    assert [boundary((), depth) for depth in (5, 3)] == [5, 3]
    assert [boundary(one, 5) for one in ((5,), (2, 5), (1, 2, 3, 4, 5))] == [4, 1, 0]
    assert boundary((1,), 1) == 0


# -- VGG16 as data -------------------------------------------------------------------------

CONVOLUTIONS = [convolution for block in BLOCKS for convolution in block.convolutions]


@pytest.fixture(scope="module")
def reference() -> torchvision.models.VGG:
    with torch.device("meta"):
        return torchvision.models.vgg16()


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def test_names_are_those_of_keras_places_and_parameters_those_of_torchvision(
    reference: torchvision.models.VGG,
) -> None:
    counts = (2, 2, 3, 3, 3)
    names = [f"block{b}_conv{n}" for b, count in enumerate(counts, 1) for n in range(1, count + 1)]
    assert [convolution.name for convolution in CONVOLUTIONS] == names
    assert [block.name for block in BLOCKS] == [f"block{number}" for number in range(1, 6)]
    layers = list(enumerate(reference.features))
    theirs = [
        (i, one.in_channels, one.out_channels) for i, one in layers if isinstance(one, nn.Conv2d)
    ]
    ours = [(one.index, one.in_channels, one.out_channels) for one in CONVOLUTIONS]
    assert ours == theirs
    poolings = [i for i, one in layers if isinstance(one, nn.MaxPool2d)]
    assert [block.convolutions[-1].index + 2 for block in BLOCKS] == poolings
    for convolution in CONVOLUTIONS:
        assert convolution.parameters == _parameters(reference.features[convolution.index])
    assert sum(block.parameters for block in BLOCKS) == _parameters(reference.features)
    linear = [layer for layer in reference.classifier if isinstance(layer, nn.Linear)]
    assert [(layer.inputs, layer.outputs, layer.parameters) for layer in CLASSIFIER] == [
        (layer.in_features, layer.out_features, _parameters(layer)) for layer in linear
    ]


@pytest.mark.parametrize("image_size", [32, 96, 224, 512])
def test_shapes_and_multiplications_are_those_of_a_forward_pass(
    reference: torchvision.models.VGG, image_size: int
) -> None:
    pixels = torch.empty(1, 3, image_size, image_size, device="meta")
    assert feature_shape(0, image_size) == tuple(pixels.shape[1:])
    boundary = multiplications = 0
    for layer in reference.features:
        pixels = layer(pixels)
        if isinstance(layer, nn.Conv2d):
            multiplications += pixels.numel() * layer.weight[0].numel()
        if isinstance(layer, nn.MaxPool2d):
            boundary += 1
            assert feature_shape(boundary, image_size) == tuple(pixels.shape[1:])
            assert feature_count(boundary, image_size) == pixels.numel()
    assert boundary == vgg16.BLOCK_COUNT
    assert image_size // vgg16.STRIDE == pixels.shape[-1]
    assert sum(block.multiplications(image_size) for block in BLOCKS) == multiplications


# -- heads ----------------------------------------------------------------------------------


CONFIGS = [
    HeadConfig(kind=kind, pooling=pooling)
    for kind in ("softmax", "one-vs-rest", "svm", "fc", "conv")
    for pooling in ("flatten", "average", "max", "both")
] + [
    HeadConfig(kind="fc", hidden=(9, 4), layer_norm=True),
    HeadConfig(kind="fc", hidden=()),
    HeadConfig(kind="conv", channels=(6, 3), hidden=(5,), layer_norm=True, pooling="both"),
]


@pytest.mark.parametrize("config", CONFIGS, ids=lambda one: one.model_dump_json(exclude_unset=True))
def test_counts_are_those_of_the_network(config: HeadConfig) -> None:
    plan = network.plan(config, (8, 2, 2), 3)
    head = heads.build(config, (8, 2, 2), 3, seed=0)
    assert plan.parameters == sum(one.numel() for one in head.parameters())
    first = [*head.convolutions, *head.hidden, head][0].weight
    inputs = first[0].numel() // 9 * 4 if config.kind == "conv" else first.shape[1]
    assert plan.inputs == inputs
    assert tuple(head.weight.shape) == (3, plan.last.inputs)


@pytest.mark.parametrize("kind", ["softmax", "one-vs-rest"])
def test_logistic_regressions_are_held_back_alike_however_many_features(kind: HeadKind) -> None:
    penalties = []
    for side in (1, 7):
        plan = network.plan(HeadConfig(kind=kind), (512, side, side), 3)
        weight = 1 / plan.last.inputs  # gives features of one the same logits
        penalties.append(plan.l2 * plan.last.inputs * weight**2)
    assert 0 < penalties[0] == pytest.approx(penalties[1], rel=0.05)
    for named in (0.0, 0.5):
        assert network.plan(HeadConfig(kind=kind, l2=named), (512, 7, 7), 3).l2 == named


def test_vggs_own_layers_are_a_head_and_an_image_costs_its_weights_at_each_place() -> None:
    assert feature_count(vgg16.BLOCK_COUNT, 224) == CLASSIFIER[0].inputs
    own = network.plan(HeadConfig(kind="fc", hidden=(4096, 4096)), (512, 7, 7), 1000)
    # the published VGG16's fc1, fc2 and fc3: 138,357,544 parameters less the convolutions'
    assert own.parameters == 138_357_544 - 14_714_688
    config = HeadConfig(kind="conv", channels=(4,), hidden=(5,), pooling="average")
    plan = network.plan(config, (8, 2, 2), 3)
    assert plan.multiplications == 4 * 8 * 9 * (2 * 2) + 4 * 5 + 5 * 3


# -- a recipe's network ---------------------------------------------------------------------


def test_a_recipes_depth_and_size_decide_what_the_head_sees() -> None:
    assert network.of_recipe(RunConfig(), 8).inputs == 25_088
    assert network.head_parameters(RunConfig(), 8) == 25_088 * 8 + 8
    data = {"depth": 3, "head": {"kind": "fc", "pooling": "both"}}
    recipe = recipes.make({"model": data, "dataset": {"image_size": 64}, "stages": [{}]})
    assert network.of_recipe(recipe, 8).inputs == 2 * 256


def test_the_backbone_and_a_stage_have_the_parameters_of_their_blocks() -> None:
    assert network.backbone_parameters(RunConfig()) == 14_714_688  # as Keras counts them
    shallow = recipes.make({"model": {"depth": 1}, "stages": [{}]})
    assert network.backbone_parameters(shallow) == (3 * 9 + 1) * 64 + (64 * 9 + 1) * 64
    recipe = recipes.changed(RunConfig(), "stages.1.thawed", [1, 5])
    assert network.thawed_parameters(recipe, 0) == 0
    assert network.thawed_parameters(recipe, 1) == 38_720 + 7_079_424
