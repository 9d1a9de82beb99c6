"""What a training needs before its first epoch: network, labels, plans and batches.

Keyed hashes of names decide which images an epoch trains on and in what order. Sorting by a keyed
hash gives a uniform order that no library's version changes.

The weights that a run began with are kept in its directory, so that it depends on no other file.
Weights that come with Thaw or are drawn from the seed need no copy.
"""

import hashlib
import json
import threading
from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import cycle, islice
from pathlib import Path

import torch
from torch import Tensor

from core.common.messages import InputError, ThawError
from core.compute.cache import budget as cache_budget
from core.compute.feature_plan import StagePlan, plan
from core.compute.features.source import FeatureSource
from core.compute.features.store import DiskStore
from core.compute.loaders import KeptPictures, PictureLoader, name_of, repeated
from core.compute.numerics import Numerics, deciding, of_environment
from core.model import backbone as model_backbone
from core.model import tensor_file
from core.model.backbone import Backbone
from core.model.heads import head as heads
from core.model.heads.head import Drawing, Head
from core.model.weights.file import StartWeights
from core.recipe import vgg16
from core.recipe.config import BUILT_IN, PUBLISHED_WEIGHTS, RANDOM, ModelConfig, RunConfig
from core.runs.events import Preparing, unheard
from core.runs.images import Picture
from core.runs.places import START
from core.runs.run import Run
from core.training.control import Control
from core.training.distributed import ALONE, Group, SharedControl, SharedFeatureSource


def batch_groups(
    positions: Sequence[int], keys: Sequence[str], size: int, seed: int, epoch: int
) -> list[Sequence[int]]:
    """``positions`` in an order that (seed, epoch) and the pictures' names decide, in batches.

    A position may be that of a picture's repeat (``core.compute.loaders``); ``keys`` has the
    pictures'.
    """
    place = _places(f"shuffle/{seed}/{epoch}")
    order = sorted(positions, key=lambda one: place(name_of(one, keys)))
    return [order[first : first + size] for first in range(0, len(order), size)]


def balanced(
    positions: Sequence[int], labels: Sequence[int], keys: Sequence[str], seed: int, epoch: int
) -> list[int]:
    """As many positions as there are in ``positions``, those of each class equally often: their
    numbers differ by one at most, and (seed, epoch) decides which classes have one more.

    ``labels`` and ``keys`` have those of all pictures. Of a class with more pictures than its
    share, (seed, epoch) and their names decide which are left out this time; those of a smaller
    one come again and again, in the order that their names give.
    """
    place = _places(f"balance/{seed}/{epoch}")
    classes: dict[int, list[int]] = {}
    for one in sorted(positions, key=lambda one: place(keys[one])):
        classes.setdefault(labels[one], []).append(one)
    share, more = divmod(len(positions), max(1, len(classes)))
    order = sorted(classes, key=lambda label: place(f"\0{label}"))
    chosen: list[int] = []
    for number, label in enumerate(order):
        pictures = classes[label]
        again = islice(cycle(pictures), share + (number < more))
        chosen += [repeated(one, turn // len(pictures)) for turn, one in enumerate(again)]
    return chosen


def _places(name: str) -> Callable[[str], bytes]:
    """What gives whatever has a name a place in the order that ``name`` names."""
    person = hashlib.blake2b(name.encode(), digest_size=16).digest()

    def place(key: str) -> bytes:
        named = key.encode("utf-8", "surrogateescape")
        return hashlib.blake2b(named, digest_size=16, person=person).digest()

    return place


RECORD = "weights"  # in environment.json
_PREFIX = "features."


def start_network(config: RunConfig, run: Run, group: Group) -> Backbone:
    """The backbone that ``run`` begins with, the same on every rank of ``group``.

    At the beginning it comes from where the recipe says and is written into the run, and later
    from there. Raises ``ThawError``; start_weights_gone where the run's file was lost and the
    source is not what it was.
    """
    model = config.model
    if model.weights in (BUILT_IN, RANDOM):
        return model_backbone.load(model.weights, model.depth, config.seed)
    data = group.from_first(_contents(config, run) if group.is_first else b"")
    record = {"source": _source(model), "sha256": _digest(data)}
    if run.environment.get(RECORD) != record:
        run.write_environment({RECORD: record})
    return model_backbone.assembled(decode_start(data))


def encode_start(start: Backbone) -> bytes:
    """The contents of ``start.safetensors``: ``features.*`` in float32, by torchvision's names."""
    tensors = {f"{_PREFIX}{name}": one for name, one in start.features.state_dict().items()}
    about = {"schema": 1, "mean": start.mean, "std": start.std, "depth": start.depth}
    return b"".join(tensor_file.parts(about, tensors))


def decode_start(data: bytes) -> StartWeights:
    """What ``encode_start`` gave. Raises ``ValueError`` where it is damaged."""
    about, tensors = tensor_file.of_bytes(data)
    try:
        mean, std = (tuple(map(float, about[name])) for name in ("mean", "std"))
        depth = int(about["depth"])
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
    if not 1 <= depth <= vgg16.BLOCK_COUNT:
        raise ValueError(f"a depth of {depth}")
    return StartWeights(tensor_file.below(_PREFIX, tensors), mean, std, depth)


def _contents(config: RunConfig, run: Run) -> bytes:
    """The run's file, written now if it is not there yet."""
    record = run.environment.get(RECORD)
    recorded = record.get("sha256") if isinstance(record, dict) else None
    with suppress(OSError, ValueError):  # then it is made again
        data = (run.directory / START).read_bytes()
        decode_start(data)
        if recorded in (None, _digest(data)):
            return data
    model = config.model
    gone = ThawError("start_weights_gone", path=run.directory, name=START, source=_source(model))
    try:
        made = model_backbone.load(model.weights, model.depth, config.seed, model.normalization)
    except ThawError:
        if recorded is None:
            raise
        raise gone from None
    data = encode_start(made)
    if recorded not in (None, _digest(data)):
        raise gone
    run.replace(START, data)
    return data


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _source(model: ModelConfig) -> str:
    """The name of where the weights came from, which tells nothing of somebody's folders."""
    return model.weights if model.weights in PUBLISHED_WEIGHTS else Path(model.weights).name


@dataclass(frozen=True)
class Setup:
    """The network and the images of a run; ``train``, ``validation``, ``test`` are positions in
    ``pictures``, and ``labels`` [N] has a class for each."""

    config: RunConfig
    classes: tuple[str, ...]
    backbone: Backbone
    head: Head
    numerics: Numerics
    pictures: Sequence[Picture]
    train: Sequence[int]
    validation: Sequence[int]
    test: Sequence[int]
    labels: Tensor
    plans: Sequence[StagePlan]
    group: Group = ALONE

    @property
    def held_out(self) -> Sequence[int]:
        """The positions of the images that are not learned from."""
        return [*self.validation, *self.test]

    @cached_property
    def keys(self) -> list[str]:
        """What each image's draws are named by."""
        return [image.key for image in self.pictures]

    def features(
        self, loader: PictureLoader, control: Control, skipped: Collection[int] = ()
    ) -> FeatureSource:
        """The source of features for all stages, cached on disk where there is room. Images in
        ``skipped`` are known to be unreadable."""
        root = cache_budget.root()
        given = (
            loader,
            self.backbone,
            self.numerics,
            self.plans,
            [one for one in self.train if one not in skipped],
            [one for one in self.held_out if one not in skipped],
            self.config.dataset.image_size,
            control.stop,
            DiskStore(root, self.config, self.numerics, self.backbone, self.pictures),
            KeptPictures(root, self.config.dataset, self.pictures),
        )
        if isinstance(control, SharedControl):
            return SharedFeatureSource(control, *given)
        return FeatureSource(*given)

    def batches(self, over_run: int, skipped: Collection[int] = ()) -> list[Sequence[int]]:
        """What an epoch, counted over the run from 0, trains on, batch by batch: positions, or
        those of an image's repeats (``core.compute.loaders``); nothing of ``skipped``."""
        config = self.config
        positions = [one for one in self.train if one not in skipped]
        if config.balanced_sampling:
            labels = self.labels.tolist()
            positions = balanced(positions, labels, self.keys, config.seed, over_run)
        return batch_groups(positions, self.keys, config.batch_size, config.seed, over_run)

    def loss_weights(self, skipped: Collection[int] = ()) -> Tensor | None:
        """What each image's loss counts in training, [N]; None where all count alike.

        They rest on the training images that are not in ``skipped``.
        """
        if not self.config.class_weights:
            return None
        labels = self.labels.cpu()  # MPS has no float64
        trained = [one for one in self.train if one not in skipped]
        weights = class_weights(labels[trained], len(self.classes))[labels]
        return self.numerics.place(weights)

    def drawing(self, positions: Sequence[int], epoch: int, features: float) -> Drawing:
        """What names the draws of dropout for those images; ``epoch`` counts over the run,
        ``features`` is the share of the head's input that is dropped."""
        names = [name_of(one, self.keys) for one in positions]
        return Drawing(self.config.seed, epoch, names, features)


def prepare(config: RunConfig, run: Run, stop: threading.Event, group: Group = ALONE) -> Setup:
    """``preparing``, without a word."""
    return unheard(preparing(config, run, stop, group))


def preparing(
    config: RunConfig, run: Run, stop: threading.Event, group: Group = ALONE
) -> Generator[Preparing, None, Setup]:
    """Everything for ``config`` on the pictures of ``run``, on the device it computes on; what
    takes a while is told.

    What changes bits is as the run was begun with, if it was, and as the first rank of
    ``group`` has it. Raises ``ThawError`` where pictures, classes or weights are missing.
    """
    if not run.folder.is_dir():
        raise ThawError("folder_vanished", path=str(run.folder))
    training, validating = run.began_with("train"), run.began_with("validation")
    testing = run.began_with("test")
    if not training:
        raise InputError("no_training_pictures", path=str(run.folder))
    if not validating:
        raise InputError("no_validation_pictures")
    numerics = yield from _numerics(config, run, stop, group)
    numerics.apply()
    network = start_network(config, run, group)
    network.to(numerics.device).watch(stop)
    shape = vgg16.feature_shape(config.model.depth, config.dataset.image_size)
    head = heads.build(config.model.head, shape, len(run.classes), config.seed)
    pictures = [*training, *validating, *testing]
    validated = len(training) + len(validating)
    return Setup(
        config,
        run.classes,
        network,
        head.to(numerics.device),
        numerics,
        pictures,
        range(len(training)),
        range(len(training), validated),
        range(validated, len(pictures)),
        torch.tensor([one.label for one in pictures], device=numerics.device),
        plan(config),
        group=group,
    )


def _numerics(
    config: RunConfig, run: Run, stop: threading.Event, group: Group
) -> Generator[Preparing, None, Numerics]:
    told = b""
    if group.is_first:
        decided = of_environment(run.environment) or (yield from deciding(config, stop))
        if not group.is_alone and config.threads is None:
            # a run that one process began may count on the whole machine
            decided.threads = min(decided.threads, torch.get_num_threads())
        told = json.dumps(asdict(decided)).encode()
    return Numerics(**json.loads(group.from_first(told)))


def class_weights(labels: Tensor, classes: int) -> Tensor:
    """What a picture of each class counts, [classes], float32: n / (k n_c), for ``labels`` [n]
    that hold k classes, n_c of class c.

    Over ``labels`` the mean is one, so that learning rates keep their meaning, and each class
    has the same sum. (scikit-learn calls these weights "balanced".) A class without any has one.
    """
    counts = torch.bincount(labels, minlength=classes).double()
    present = counts > 0
    weights = len(labels) / (present.sum() * counts.clamp(min=1))
    return torch.where(present, weights, 1.0).float()
