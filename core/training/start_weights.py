"""The weights that a run began with, kept in its directory so that it depends on no other file.

Those that come with Thaw and those drawn from the seed need no copy.
"""

import hashlib
import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load, save

from core.common.messages import ThawError
from core.model import backbone
from core.model.backbone import Backbone
from core.model.weights.file import StartWeights
from core.model.weights.normalization import THAW_KEY
from core.recipe import vgg16
from core.recipe.config import BUILT_IN, PUBLISHED_WEIGHTS, RANDOM, ModelConfig, RunConfig
from core.runs.places import START
from core.runs.run import Run
from core.training.distributed import Group

RECORD = "weights"  # in environment.json
_PREFIX = "features."


def network(config: RunConfig, run: Run, group: Group) -> Backbone:
    """The backbone that ``run`` begins with, the same on every rank of ``group``.

    At the beginning it comes from where the recipe says and is written into the run, and later
    from there. Raises ``ThawError``; start_weights_gone where the run's file was lost and the
    source is not what it was.
    """
    model = config.model
    if model.weights in (BUILT_IN, RANDOM):
        return backbone.load(model.weights, model.depth, config.seed)
    data = group.from_first(_contents(config, run) if group.is_first else b"")
    record = {"source": _source(model), "sha256": _digest(data)}
    if run.environment.get(RECORD) != record:
        run.write_environment({RECORD: record})
    return backbone.assembled(decode(data))


def encode(start: Backbone) -> bytes:
    """The contents of ``start.safetensors``: ``features.*`` in float32, by torchvision's names.

    All metadata is one key, JSON with sorted keys: equal weights are equal bytes.
    """
    state = start.features.state_dict()
    tensors = {f"{_PREFIX}{name}": one.contiguous() for name, one in state.items()}
    about = {"schema": 1, "mean": start.mean, "std": start.std, "depth": start.depth}
    return save(tensors, {THAW_KEY: json.dumps(about, sort_keys=True)})


def decode(data: bytes) -> StartWeights:
    """What ``encode`` gave. Raises ``ValueError`` where it is damaged."""
    try:
        tensors = {name.removeprefix(_PREFIX): one for name, one in load(data).items()}
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        about = json.loads(header["__metadata__"][THAW_KEY])
        mean, std = (tuple(map(float, about[name])) for name in ("mean", "std"))
        depth = int(about["depth"])
        if not 1 <= depth <= vgg16.BLOCK_COUNT:
            raise ValueError(f"a depth of {depth}")
        return StartWeights(tensors, mean, std, depth)
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


def _contents(config: RunConfig, run: Run) -> bytes:
    """The run's file, written now if it is not there yet."""
    record = run.environment.get(RECORD)
    recorded = record.get("sha256") if isinstance(record, dict) else None
    data = _kept(run.directory / START)
    if data and recorded in (None, _digest(data)):
        return data
    model = config.model
    gone = ThawError("start_weights_gone", path=run.directory, name=START, source=_source(model))
    try:
        made = backbone.load(model.weights, model.depth, config.seed, model.normalization)
    except ThawError:
        if recorded is None:
            raise
        raise gone from None
    data = encode(made)
    if recorded not in (None, _digest(data)):
        raise gone
    run.replace(START, data)
    return data


def _kept(path: Path) -> bytes:
    """What is in the file; nothing where it cannot be read or used."""
    try:
        data = path.read_bytes()
        decode(data)
    except (OSError, ValueError):
        return b""
    return data


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _source(model: ModelConfig) -> str:
    """The name of where the weights came from, which tells nothing of somebody's folders."""
    return model.weights if model.weights in PUBLISHED_WEIGHTS else Path(model.weights).name
