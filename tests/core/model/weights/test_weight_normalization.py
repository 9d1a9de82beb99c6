"""What pictures are normalised by: the file's word, else the recipe's, and never a silent guess."""

import json
from pathlib import Path

import pytest

from core.common.messages import InputError
from core.model.weights.normalization import NAMED, settle, stated, suggest
from core.recipe import files as recipes
from core.recipe.config import Normalization

PATH = Path("mine.h5")
FEATURES = Normalization(mean=(0.48235, 0.45882, 0.40784), std=(1 / 255,) * 3)


@pytest.mark.parametrize(
    ("name", "pixel", "seen"),
    [
        ("caffe", (123.68, 116.779, 103.939), (0, 0, 0)),
        ("caffe", (255, 0, 0), (131.32, -116.779, -103.939)),
        ("vggface", (129.186, 104.762, 93.594), (0, 0, 0)),
        ("torchvision", (255, 0, 0), (2.2489, -2.0357, -1.8044)),
        ("unit", (255, 51, 0), (1, 0.2, 0)),
    ],
)
def test_a_named_normalisation_is_what_its_networks_were_trained_with(
    name: str, pixel: tuple[float, ...], seen: tuple[float, ...]
) -> None:
    one = NAMED[name]  # type: ignore[index]
    values = [
        (level / 255 - mean) / std
        for level, mean, std in zip(pixel, one.mean, one.std, strict=True)
    ]
    assert values == pytest.approx(seen, abs=1e-3)


def test_which_channel_comes_first() -> None:
    assert {name: one.order for name, one in NAMED.items()} == {
        "caffe": "bgr",
        "vggface": "bgr",
        "torchvision": "rgb",
        "unit": "rgb",
    }


def test_the_metadata_of_thaws_own_files_are_understood() -> None:
    plain = {"mean": "0.48235,0.45882,0.40784", "std": ",".join([str(1 / 255)] * 3)}
    run = {"thaw": json.dumps({"mean": list(FEATURES.mean), "std": list(FEATURES.std)})}
    assert stated(plain) == stated(run) == FEATURES
    assert stated({}) is None
    assert stated({"format": "pt", "mean": "1,2,3"}) is None


@pytest.mark.parametrize(
    "metadata",
    [
        {"thaw": "{}"},
        {"thaw": "[]"},
        {"thaw": "{"},
        {"mean": "1,2", "std": "1,1,1"},
        {"mean": "0,0,0", "std": "0,1,1"},
        {"mean": "nan,0,0", "std": "1,1,1"},
        {"mean": "a,b,c", "std": "1,1,1"},
    ],
)
def test_metadata_that_make_no_sense_are_damage(metadata: dict[str, str]) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - whoever parses words it
        stated(metadata)
    assert str(caught.value)


def test_a_file_that_says_nothing_asks_and_names_the_choices() -> None:
    with pytest.raises(InputError) as caught:
        settle(PATH, None, None)
    assert caught.value.code == "weights_normalization_missing"
    assert "caffe, torchvision, vggface, unit" in str(caught.value)


def test_the_files_own_word_counts_and_a_recipe_may_repeat_it() -> None:
    assert settle(PATH, FEATURES, None) == FEATURES
    rounded = Normalization(mean=(0.48235, 0.45882, 0.40784), std=(0.00392, 0.00392, 0.00392))
    assert settle(PATH, FEATURES, rounded) == FEATURES


@pytest.mark.parametrize("chosen", ["caffe", "torchvision", "unit"])
def test_a_recipe_that_contradicts_the_file_is_refused_with_both(chosen: str) -> None:
    with pytest.raises(InputError) as caught:
        settle(PATH, FEATURES, chosen)  # type: ignore[arg-type]
    assert caught.value.code == "weights_normalization_differs"
    assert "0.48235 0.45882 0.40784" in str(caught.value)


def test_numbers_of_ones_own_come_from_the_recipe() -> None:
    own = '{"mean":[0.5,0.4,0.3],"std":[1,1,1],"order":"bgr"}'
    recipe = recipes.load([], ["model.weights=./mine.h5", f"model.normalization={own}"])
    found = settle(PATH, None, recipe.model.normalization)
    assert (found.mean, found.std, found.order) == ((0.5, 0.4, 0.3), (1.0, 1.0, 1.0), "bgr")


@pytest.mark.parametrize(
    ("file", "is_keras", "layer", "guess"),
    [
        ("vgg16_weights_tf_notop.h5", True, "block1_conv1/block1_conv1", "caffe"),
        ("mine.weights.h5", True, "layers/conv2d (block1_conv1)", "caffe"),
        ("rcmalli_vggface_tf_notop_vgg16.h5", True, "conv1_1", "vggface"),
        ("vgg_face_weights.h5", True, "convolution2d_1", "vggface"),
        ("mine.h5", True, "conv2d", None),
        ("mine.pth", False, "module.features.0", "torchvision"),
        ("vgg16_features-amdegroot-88682ab5.pth", False, "features.0", FEATURES),
        ("vgg16-397923af.pth", False, "features.0", NAMED["torchvision"]),
        ("mine.pth", False, "conv1_1", None),
    ],
)
def test_a_guess_is_offered_where_names_give_one(
    file: str, is_keras: bool, layer: str, guess: object
) -> None:
    assert suggest(Path(file), is_keras, [layer]) == guess
