"""Whether a run with a recipe's weights can begin, asked before its folder is made."""

from pathlib import Path

from core.common import lazy
from core.model.weights import download as weight_download
from core.model.weights.normalization import settle
from core.recipe.config import PUBLISHED_WEIGHTS, ModelConfig


def is_missing(model: ModelConfig) -> bool:
    """Whether the weights have to be downloaded first. Opens no file."""
    return model.weights in PUBLISHED_WEIGHTS and weight_download.find(model.weights) is None


def check(model: ModelConfig) -> None:
    """See that the weights are there and are VGG16's, and what they are normalised by.

    Of a file only the shapes are looked at. Raises ``InputError``, and ``ThawError``
    (weights_not_downloaded, weights_download_damaged, torch_missing).
    """
    if model.is_file:
        found = lazy.load("model.weights.file").look(Path(model.weights), model.depth)
        settle(found.path, found.stated, model.normalization)
    elif model.weights in PUBLISHED_WEIGHTS:
        weight_download.verified(model.weights)
