"""The generated code runs, has the ranges that were asked for, and does what training does."""

import ast
import random
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchvision.transforms import v2

from core.augmentation.augment import apply
from core.augmentation.code_export import albumentations_code, torchvision_code
from core.augmentation.parameters import Parameters
from core.augmentation.presets import PRESETS
from core.recipe.config import BY_NAME, EFFECTS, AugmentationConfig

Image = NDArray[np.uint8]

EVERYTHING = AugmentationConfig(
    horizontal_flip=0.3,
    vertical_flip=0.3,
    quarter_turns=0.3,
    rotation=(-20, 30),
    scale=(0.8, 1.3),
    crop=0.6,
    crop_aspect=(0.8, 1.5),
    translation=(0.1, 0.2),
    shear=(5, 0),
    perspective=0.4,
    brightness=(0.8, 1.3),
    contrast=(0.8, 1.3),
    saturation=(0.8, 1.3),
    hue=(-18, 36),
    gamma=(0.8, 1.3),
    grayscale=0.3,
    blur=(0, 1.5),
    sharpness=(0.5, 2),
    noise=(5.1, 10.2),
    jpeg=(40, 90),
    erasing=0.3,
    erasing_area=(0.05, 0.25),
).model_copy(update={one.probability: 0.3 for one in EFFECTS})
ON = {
    one.name: AugmentationConfig().model_copy(
        update={field: getattr(EVERYTHING, field) for field in one.fields}
    )
    for one in EFFECTS
}
# What torchvision's transforms hold of each range.
HELD: dict[str, dict[str, object]] = {
    "horizontal_flip": {"p": 0.3},
    "vertical_flip": {"p": 0.3},
    "rotation": {"degrees": [-20, 30]},
    "scale": {"scale": (0.8, 1.3)},
    "crop": {"scale": (0.6, 1), "ratio": (0.8, 1.5), "size": [32, 32]},
    "translation": {"translate": (0.1, 0.2)},
    "shear": {"shear": [-5, 5, 0, 0]},
    "perspective": {"distortion_scale": 0.4},
    "brightness": {"brightness": (0.8, 1.3)},
    "contrast": {"contrast": (0.8, 1.3)},
    "saturation": {"saturation": (0.8, 1.3)},
    "hue": {"hue": (-0.05, 0.1)},
    "grayscale": {"p": 0.3},
    "blur": {"sigma": [0.01, 1.5], "kernel_size": (11, 11)},
    "jpeg": {"quality": (40, 90)},
    "erasing": {"p": 0.3, "scale": (0.05, 0.25), "value": [124, 116, 104]},
}
# Where torchvision is as near as one grey level.
STRENGTHS: dict[str, float] = {
    **{"horizontal_flip": True, "vertical_flip": True, "rotation": 20, "scale": 1.3},
    **{"brightness": 1.2, "contrast": 0.5, "saturation": 1.6, "hue": 40, "gamma": 1.5},
    **{"grayscale": True, "blur": 1.5, "sharpness": 4, "jpeg": 50},
}
# The arguments that albumentations.ai documents, of Albumentations 2.0.8; p is one of all others.
DOCUMENTED: dict[str, str] = {
    "Compose": "",
    **dict.fromkeys(("Sequential", "OneOf", "NoOp", "HorizontalFlip", "VerticalFlip"), "p"),
    **dict.fromkeys(("Transpose", "ToGray"), "p"),
    "Affine": "p rotate scale translate_percent shear keep_ratio border_mode fill",
    "RandomResizedCrop": "p size scale ratio",
    "Lambda": "p image",
    "ColorJitter": "p brightness contrast saturation hue",
    "RandomGamma": "p gamma_limit",
    "GaussianBlur": "p blur_limit sigma_limit",
    "GaussNoise": "p std_range",
    "ImageCompression": "p quality_range",
    "Erasing": "p scale ratio fill",
}
RANGES: dict[str, dict[str, object]] = {
    "rotation": {"rotate": (-20, 30)},
    "scale": {"scale": (0.8, 1.3), "keep_ratio": True},
    "crop": {"scale": (0.6, 1), "ratio": (0.8, 1.5)},
    "translation": {"translate_percent": {"x": (-0.1, 0.1), "y": (-0.2, 0.2)}},
    "shear": {"shear": {"x": (-5, 5), "y": (0, 0)}},
    "brightness": {"brightness": (0.8, 1.3), "contrast": (1, 1), "hue": (0, 0)},
    "contrast": {"contrast": (0.8, 1.3), "brightness": (1, 1)},
    "saturation": {"saturation": (0.8, 1.3)},
    "hue": {"hue": (-0.05, 0.1), "saturation": (1, 1)},
    "gamma": {"gamma_limit": (80, 130)},
    "blur": {"sigma_limit": (0.01, 1.5), "blur_limit": 0},
    "noise": {"std_range": (0.02, 0.04)},
    "jpeg": {"quality_range": (40, 90)},
    "erasing": {"scale": (0.05, 0.25), "fill": (124, 116, 104)},
}


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    """The libraries' transforms draw from the global generators, which are put back after."""
    state = random.getstate()
    random.seed(0)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield
    random.setstate(state)


@pytest.fixture
def picture() -> Image:
    """Smooth, so that half a pixel makes little difference."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(small, (32, 32), interpolation=cv2.INTER_CUBIC), np.uint8)


def _run(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "augment.py", "exec"), names)
    return names


def _augmented(config: AugmentationConfig, picture: Image) -> Image:
    augment = _run(torchvision_code(config, 32))["augment"]
    changed = augment(torch.from_numpy(picture).permute(2, 0, 1))
    assert changed.dtype == torch.uint8
    return np.asarray(changed.permute(1, 2, 0), np.uint8)


def _calls(code: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("A.")
    ]


def test_every_effect_is_tried_here() -> None:
    assert all(BY_NAME[name].is_on(config) for name, config in ON.items())


@pytest.mark.parametrize("name", [*PRESETS, "everything"])
def test_torchvisions_code_runs(name: str, picture: Image) -> None:
    config = PRESETS.get(name, EVERYTHING)
    for _ in range(3):
        changed = _augmented(config, picture)
        assert changed.shape == picture.shape
    if name == "none":
        assert np.array_equal(changed, picture)


@pytest.mark.parametrize("effect", ON)
def test_each_effect_has_its_range_in_torchvisions_code(effect: str, picture: Image) -> None:
    names = _run(torchvision_code(ON[effect], 32))
    (transform,) = names["augment"].transforms
    if isinstance(transform, v2.RandomApply):
        assert transform.p == 0.3
        (transform,) = transform.transforms
    for field, value in HELD.get(effect, {}).items():
        held = getattr(transform, field)
        assert list(held) == value if isinstance(value, list) else held == value
    if effect == "quarter_turns":
        turned = [one.degrees for one in transform.transforms]
        assert turned == [[90, 90], [180, 180], [270, 270]]
    if effect == "gamma":
        assert "random.uniform(0.8, 1.3)" in torchvision_code(ON[effect])
    if effect == "noise":
        flat = torch.full((3, 64, 64), 128, dtype=torch.uint8)
        assert 4.5 < float(transform(flat).float().std()) < 11


@pytest.mark.parametrize(("effect", "strength"), STRENGTHS.items())
def test_torchvisions_code_does_the_same(effect: str, strength: float, picture: Image) -> None:
    always: Any = 1 if strength is True else (strength, strength)
    made: dict[str, Any] = {effect: strength}
    inner = (slice(8, 24), slice(8, 24))
    theirs = _augmented(AugmentationConfig(**{effect: always}), picture)[inner].astype(int)
    assert np.abs(theirs - apply(picture, Parameters.of(**made))[inner]).mean() < 1
    assert np.abs(theirs - picture[inner]).mean() > 3


def test_quarter_turns_are_those_of_training(picture: Image) -> None:
    turned = [apply(picture, Parameters.of(quarter_turns=turns)) for turns in (1, 2, 3)]
    seen = set()
    for _ in range(30):
        changed = _augmented(AugmentationConfig(quarter_turns=1), picture)
        seen.add(next(i for i, one in enumerate(turned) if np.array_equal(one, changed)))
    assert seen == {0, 1, 2}


def test_the_order_is_that_of_training() -> None:
    code = torchvision_code(EVERYTHING)
    words = ["HorizontalFlip", "Rotation((turn", "Rotation((-20", "ResizedCrop", "translate="]
    words += ["shear=", "Perspective", "brightness=", "hue=", "Lambda(gamma)", "Gray", "Blur"]
    words += ["Lambda(sharpness)", "Lambda(noise)", "JPEG", "Erasing"]
    places = [code.index(word) for word in words]
    assert places == sorted(places)


def test_a_fill_that_torchvision_cannot_make_is_said() -> None:
    constant = AugmentationConfig(rotation=(10, 10), fill_mode="constant", fill_color=(9, 8, 7))
    code = torchvision_code(constant)
    assert '"fill": [9, 8, 7]' in code
    modes = ("edge", "reflect", "wrap")
    filled = [torchvision_code(constant.model_copy(update={"fill_mode": one})) for one in modes]
    comments = [[line for line in one.splitlines() if "#" in line] for one in (code, *filled)]
    assert len({str(one) for one in comments}) == 4  # each names what training fills with
    flips = [AugmentationConfig(horizontal_flip=0.5, fill_mode=one) for one in modes]
    assert len({torchvision_code(one) for one in flips}) == 1


def test_strengths_that_the_libraries_refuse_are_not_written(picture: Image) -> None:
    extreme = AugmentationConfig(
        blur=(0, 20), brightness=(0, 4), hue=(-180, 180), shear=(60, 60), erasing_area=(0.9, 0.9)
    )
    assert _augmented(extreme, picture).shape == picture.shape


@pytest.mark.parametrize("name", [*PRESETS, "everything"])
def test_albumentations_code_is_python_with_documented_arguments(name: str) -> None:
    calls = _calls(albumentations_code(PRESETS.get(name, EVERYTHING)))
    assert calls
    for call in calls:
        arguments = {str(one.arg) for one in call.keywords}
        documented = {*DOCUMENTED[ast.unparse(call.func).removeprefix("A.")].split()}
        assert arguments <= documented
        assert "p" in arguments or not documented


@pytest.mark.parametrize("effect", ON)
def test_each_effect_has_its_range_in_albumentations_code(effect: str) -> None:
    code = albumentations_code(ON[effect], 32)
    call = next(one for one in _calls(code) if ast.unparse(one.func) != "A.Compose")
    given = {one.arg: one.value for one in call.keywords}
    assert ast.literal_eval(given["p"]) == 0.3
    for argument, value in RANGES.get(effect, {}).items():
        assert ast.literal_eval(given[argument]) == value
    if effect in ("rotation", "scale", "translation", "shear"):
        assert ast.unparse(given["border_mode"]) == "cv2.BORDER_REFLECT"
    if effect == "crop":
        assert ast.literal_eval(call.args[0]) == (32, 32)


def test_albumentations_fills_are_those_of_training() -> None:
    for mode, border in (("constant", "CONSTANT"), ("edge", "REPLICATE"), ("wrap", "WRAP")):
        config = AugmentationConfig.model_validate(
            {"rotation": 10, "fill_mode": mode, "fill_color": (1, 2, 3)}
        )
        code = albumentations_code(config)
        assert f"cv2.BORDER_{border}," in code
        assert ("fill=(1, 2, 3)" in code) == (mode == "constant")


def test_albumentations_has_our_perspective(
    picture: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 2)
    tree = ast.parse(albumentations_code(ON["perspective"], 32))
    helper = next(one for one in tree.body if isinstance(one, ast.FunctionDef))
    names = _run("import random, cv2, numpy as np\n" + ast.unparse(helper))
    changed = names["perspective"](picture)
    corner = (0.1, 0.1)
    ours = apply(picture, Parameters.of(perspective=(corner, corner, corner, corner)))
    assert np.abs(changed.astype(int) - ours).mean() < 0.5


def test_albumentations_has_our_sharpness(picture: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    tree = ast.parse(albumentations_code(ON["sharpness"], 32))
    helper = next(one for one in tree.body if isinstance(one, ast.FunctionDef))
    names = _run("import random, cv2, numpy as np\n" + ast.unparse(helper))
    changed, ours = names["sharpness"](picture), apply(picture, Parameters.of(sharpness=2))
    assert np.array_equal(changed[1:-1, 1:-1], ours[1:-1, 1:-1])


def test_trivialaugment_is_one_of_all_its_operations(picture: Image) -> None:
    config = AugmentationConfig(policy="trivial", fill_mode="constant", fill_color=(5, 6, 7))
    theirs, others = torchvision_code(config, 32), albumentations_code(config)
    assert "5, 6, 7" in theirs
    assert "5, 6, 7" in others
    chosen = others[others.index("TrivialAugment") :].splitlines()
    assert sum(line.strip().startswith("A.") for line in chosen) == 20  # with A.OneOf itself
    random_choice = _run(theirs)["augment"]
    assert isinstance(random_choice, v2.RandomChoice)
    assert len(random_choice.transforms) == 19
    for transform in random_choice.transforms:
        changed = transform(torch.from_numpy(picture).permute(2, 0, 1))
        assert (changed.shape, changed.dtype) == ((3, 32, 32), torch.uint8)
