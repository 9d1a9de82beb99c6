"""The words about the weights that a network starts with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication

from core.common.messages import ThawError, fill
from core.dataset.folder import printable
from core.model.weights.normalization import settle
from core.recipe import vgg16
from core.recipe.config import BUILT_IN, PUBLISHED_WEIGHTS, RANDOM, ModelConfig, Normalization
from gui.base import words as base_words
from gui.controls.setting_fields import Choice

if TYPE_CHECKING:
    from core.model.weights.file import WeightFile

FILE, RUN = "file", "run"
SUFFIXES = (".pth", ".pt", ".safetensors", ".h5", ".keras")
OWN = "own"
translate = QCoreApplication.translate


@dataclass(frozen=True)
class SourceText:
    """Where weights come from: a name, a few words under it, and a sentence or two."""

    name: str
    words: str
    about: str


def sources() -> dict[str, SourceText]:
    """By the recipe's names; a file and a run by ``FILE`` and ``RUN``."""
    return {
        BUILT_IN: SourceText(
            translate("weights", "Built-in ImageNet"),
            translate("weights", "come with Thaw"),
            translate(
                "weights",
                "The authors’ own VGG16, which learned 1,000 classes from 1.2 million photographs. "
                "The right start for nearly everything.",
            ),
        ),
        PUBLISHED_WEIGHTS[0]: SourceText(
            translate("weights", "torchvision V1"),
            translate("weights", "PyTorch’s own training"),
            translate(
                "weights",
                "VGG16 trained anew on the same photographs by the makers of PyTorch: what most "
                "programs call “pretrained”. Its features differ from the authors’.",
            ),
        ),
        PUBLISHED_WEIGHTS[1]: SourceText(
            translate("weights", "torchvision features"),
            translate("weights", "at full precision"),
            translate(
                "weights",
                "The authors’ training as torchvision publishes it: at full precision, without a "
                "classifier.",
            ),
        ),
        FILE: SourceText(
            translate("weights", "A file…"),
            translate("weights", "of your own, or VGGFace"),
            translate(
                "weights",
                "A VGG16 of your own, of a lab, or VGGFace: .pth, .pt, .safetensors, .h5 or "
                ".keras. What its layers are called doesn’t matter. It may be dropped here.",
            ),
        ),
        RUN: SourceText(
            translate("weights", "An earlier run…"),
            translate("weights", "trained here before"),
            translate(
                "weights",
                "The blocks as a run of Thaw kept them. The head is new: it "
                "belongs to that run’s classes.",
            ),
        ),
        RANDOM: SourceText(
            translate("weights", "Random"),
            translate("weights", "nothing learned yet"),
            translate(
                "weights",
                "Every block has to be thawed and learn from nothing: for very many pictures, or "
                "to see what transfer is worth.",
            ),
        ),
    }


def source_of(model: ModelConfig) -> str:
    """Which of ``sources`` a recipe has. A run is a folder."""
    if not model.is_file:
        return model.weights
    path = Path(model.weights)
    return RUN if path.is_dir() or not path.suffix else FILE


def changed(model: ModelConfig, weights: str) -> dict[str, Any]:
    """``model`` in plain values, with other ``weights``: what was said of the normalisation of
    the old ones is not true of them."""
    return {**model.model_dump(mode="json"), "weights": weights, "normalization": None}


def depths() -> dict[int, str]:
    """What the first 1 to 5 blocks are good for."""
    return {
        1: translate("weights", "Edges and colours only: the most general there is."),
        2: translate("weights", "Edges, corners and small textures: general."),
        3: translate(
            "weights", "Textures and simple shapes: for few pictures unlike any photograph."
        ),
        4: translate("weights", "Parts of things: between general and specific."),
        vgg16.BLOCK_COUNT: translate(
            "weights", "All of them. The last ones know things: for pictures like photographs."
        ),
    }


def normalizations() -> Mapping[str, Choice]:
    """The named ones, by the recipe's names, and one's own."""
    return {
        "caffe": Choice(
            translate("weights", "Caffe: ImageNet, BGR"),
            translate("weights", "means 103.939 116.779 123.68 of 0 to 255; Keras’s VGG16"),
        ),
        "torchvision": Choice(
            translate("weights", "torchvision: ImageNet, RGB"),
            translate("weights", "means 0.485 0.456 0.406, std 0.229 0.224 0.225"),
        ),
        "vggface": Choice(
            translate("weights", "VGGFace: faces, BGR"),
            translate("weights", "means 93.594 104.762 129.186 of 0 to 255"),
        ),
        "unit": Choice(
            translate("weights", "0 to 1, RGB"), translate("weights", "values as they are")
        ),
        OWN: Choice(
            translate("weights", "Own numbers"),
            translate("weights", "for values of 0 to 1: divide those for 0 to 255 by 255"),
        ),
    }


def normalization_text(normal: Normalization) -> str:
    """ "mean 0.485 0.456 0.406, std 0.229 0.224 0.225, RGB"."""
    mean, std = (_numbers(part) for part in (normal.mean, normal.std))
    template = translate("weights", "mean {mean}, std {std}, {order}")
    return fill(template, {"mean": mean, "std": std, "order": normal.order.upper()})


def _numbers(values: Iterable[float]) -> str:
    """Three numbers; one where all are the same."""
    return " ".join(dict.fromkeys(f"{one:.4g}" for one in values))


def found_text(found: "WeightFile") -> str:
    """What is in a file: its format, and how far its layers go."""
    formats = {"pytorch": "PyTorch", "safetensors": "safetensors", "keras": "Keras"}
    template = translate(
        "weights", "{format}: {layers} convolutions, the first {depth} blocks of VGG16 ({names})."
    )
    if found.depth == vgg16.BLOCK_COUNT:
        template = translate("weights", "{format}: the {layers} convolutions of VGG16 ({names}).")
    elif found.depth == 1:
        template = translate(
            "weights", "{format}: {layers} convolutions, the first block of VGG16 ({names})."
        )
    names = f"{found.layers[0]} … {found.layers[-1]}"
    values = {"format": formats[found.kind], "layers": len(found.layers), "names": names}
    return fill(template, {**values, "depth": found.depth})


def unfit(found: "WeightFile", model: ModelConfig) -> ThawError | None:
    """Why ``model`` can't begin with what was ``found``, apart from a normalisation that is
    still to be chosen."""
    path = found.path
    if found.depth < model.depth:
        return ThawError("weights_too_shallow", path=path, found=found.depth, depth=model.depth)
    if found.stated is not None:
        try:
            settle(path, found.stated, model.normalization)
        except ThawError as error:
            return error
    return None


def problem(error: ThawError) -> str:
    """What is wrong with a file that is named beside it: without the way to it."""
    values = dict(error.values)
    if "path" in values:
        values["path"] = printable(Path(str(values["path"])).name)
    return base_words.translate(error.code, values)
