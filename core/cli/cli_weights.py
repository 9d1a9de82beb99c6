"""A recipe's weights on the command line: looked at or downloaded before a run is made."""

import sys

from tqdm import tqdm

from core.common.messages import sentence
from core.model.weights import download as weight_download
from core.model.weights.normalization import PUBLISHED
from core.recipe.config import ModelConfig


def make_ready(model: ModelConfig) -> None:
    """See to it that a run with these weights can begin, lest a folder be made for nothing.

    A file is looked at, published weights are downloaded, their size told first. Raises
    ``InputError`` and ``ThawError``.
    """
    if weight_download.is_missing(model):
        _download(model.weights)
    else:
        weight_download.check(model)


def _download(name: str) -> None:
    size = PUBLISHED[name].bytes
    values = {"name": name, "megabytes": f"{size / weight_download.MEGABYTE:.0f}"}
    print(sentence("download_size", {**values, "host": weight_download.host()}), file=sys.stderr)
    with tqdm(total=size, unit="B", unit_scale=True, dynamic_ncols=True, file=sys.stderr) as bar:
        for progress in weight_download.download(name):
            bar.total = progress.total
            bar.update(progress.done - bar.n)
