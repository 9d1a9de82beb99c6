"""What a training needs before its first epoch: network, labels, plans, optimizer, batches."""

import hashlib
import json
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import torch
from torch import Tensor, nn

from core import backbone, kept_budget, vgg16
from core.backbone import Backbone, FrozenPass
from core.config import RunConfig, StageConfig
from core.control import Control
from core.disk_features import DiskStore
from core.distributed import ALONE, Group, SharedControl
from core.feature_plan import StagePlan, plan
from core.features import FeatureSource
from core.heads import SoftmaxHead
from core.kept_pictures import KeptPictures
from core.loaders import PictureLoader
from core.messages import InputError, ThawError
from core.numerics import Numerics, decide, of_environment
from core.run_pictures import Picture
from core.runs import Run
from core.shared_features import SharedFeatureSource

SGD_MOMENTUM = 0.9


@dataclass
class Setup:
    """The network and the pictures of a run; ``train`` and ``validation`` are positions in
    ``pictures``, ``labels`` [N] has a class for each, ``skipped`` those found unreadable."""

    config: RunConfig
    classes: tuple[str, ...]
    backbone: Backbone
    head: SoftmaxHead
    numerics: Numerics
    pictures: Sequence[Picture]
    train: Sequence[int]
    validation: Sequence[int]
    labels: Tensor
    plans: Sequence[StagePlan]
    skipped: set[int] = field(default_factory=set)
    is_scaled: bool = False
    group: Group = ALONE

    def features(self, loader: PictureLoader, control: Control) -> FeatureSource:
        """The source of features for all stages, kept on disk where there is room."""
        root = kept_budget.root()
        given = (
            loader,
            self.backbone,
            self.numerics,
            self.plans,
            self.trained(),
            [one for one in self.validation if one not in self.skipped],
            self.config.dataset.image_size,
            control.stop,
            DiskStore(root, self.config, self.numerics, self.backbone, self.pictures),
            KeptPictures(root, self.config.dataset, self.pictures),
        )
        if isinstance(control, SharedControl):
            return SharedFeatureSource(control, *given)
        return FeatureSource(*given)

    def trained(self) -> list[int]:
        """The positions of the training pictures that can be read, as far as is known."""
        return [one for one in self.train if one not in self.skipped]

    def loss_weights(self) -> Tensor | None:
        """What each picture's loss counts in training, [N]; None where all count alike.

        They rest on the pictures that are trained on now, which the run's table also tells
        whoever goes on with it from an epoch's end.
        """
        if not self.config.class_weights:
            return None
        labels = self.labels.cpu()  # MPS has no float64
        weights = class_weights(labels[self.trained()], len(self.classes))[labels]
        return self.numerics.place(weights)

    def frozen_pass(self, stop: threading.Event) -> FrozenPass:
        """The whole backbone as it is now, without gradients."""
        return FrozenPass(self.backbone, self.numerics.dtype, stop)


def prepare(config: RunConfig, run: Run, stop: threading.Event, group: Group = ALONE) -> Setup:
    """Everything for ``config`` on the pictures of ``run``, on the device it computes on.

    What changes bits is as the run was begun with, if it was, and as the first rank of
    ``group`` has it. Raises ``ThawError`` where pictures, classes or weights are missing.
    """
    if not run.folder.is_dir():
        raise ThawError("folder_vanished", path=str(run.folder))
    training, validating = run.began_with("train"), run.began_with("validation")
    if not training:
        raise InputError("no_training_pictures", path=str(run.folder))
    if not validating:
        raise InputError("no_validation_pictures")
    numerics = _numerics(config, run, stop, group)
    numerics.apply()
    network = backbone.load(config.model.weights, config.model.depth, config.seed)
    network.to(numerics.device).watch(stop)
    count = vgg16.feature_count(config.model.depth, config.dataset.image_size)
    pictures = [*training, *validating]
    return Setup(
        config,
        run.classes,
        network,
        SoftmaxHead(count, len(run.classes)).to(numerics.device),
        numerics,
        pictures,
        range(len(training)),
        range(len(training), len(pictures)),
        torch.tensor([one.label for one in pictures], device=numerics.device),
        plan(config),
        group=group,
    )


def _numerics(config: RunConfig, run: Run, stop: threading.Event, group: Group) -> Numerics:
    told = b""
    if group.is_first:
        decided = of_environment(run.environment) or decide(config, stop)
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


def optimizer(
    setup: Setup, stage: StageConfig, head_rate: float, backbone_rate: float
) -> torch.optim.Optimizer:
    """A new optimizer over what learns in ``stage``: the head, and the thawed blocks."""
    groups = [{"params": list(setup.head.parameters()), "lr": head_rate}]
    thawed: list[nn.Parameter] = [one for one in setup.backbone.parameters() if one.requires_grad]
    if thawed:
        groups.append({"params": thawed, "lr": backbone_rate})
    decay = stage.weight_decay
    match stage.optimizer:
        case "sgd":
            return torch.optim.SGD(groups, momentum=SGD_MOMENTUM, weight_decay=decay, fused=True)
        case "adam":
            return torch.optim.Adam(groups, weight_decay=decay, fused=True)
        case "rmsprop":
            return torch.optim.RMSprop(groups, weight_decay=decay)
        case "adamw":
            return torch.optim.AdamW(groups, weight_decay=decay, fused=True)


def batch_groups(
    positions: Sequence[int], keys: Sequence[str], size: int, seed: int, epoch: int
) -> list[Sequence[int]]:
    """``positions`` in an order that (seed, epoch) and the pictures' names decide, in batches.

    Sorting by a keyed hash gives a uniform order that no library's version changes.
    """
    name = f"shuffle/{seed}/{epoch}".encode()

    def place(position: int) -> bytes:
        path = keys[position].encode("utf-8", "surrogateescape")
        return hashlib.blake2b(path, digest_size=16, person=_person(name)).digest()

    order = sorted(positions, key=place)
    return [order[first : first + size] for first in range(0, len(order), size)]


def _person(name: bytes) -> bytes:
    return hashlib.blake2b(name, digest_size=16).digest()
