"""What a training needs before its first epoch: network, labels, plans."""

import json
import threading
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property

import torch
from torch import Tensor

from core.common.messages import InputError, ThawError
from core.compute.cache import budget as cache_budget
from core.compute.feature_plan import StagePlan, plan
from core.compute.features.source import FeatureSource
from core.compute.features.store import DiskStore
from core.compute.loaders import KeptPictures, PictureLoader, name_of
from core.compute.numerics import Numerics, deciding, of_environment
from core.model import heads
from core.model.backbone import Backbone, FrozenPass
from core.model.heads import Drawing, Head
from core.recipe import vgg16
from core.recipe.config import RunConfig
from core.runs.events import Preparing, unheard
from core.runs.images import Picture
from core.runs.run import Run
from core.training import start_weights
from core.training.control import Control
from core.training.distributed import ALONE, Group, SharedControl
from core.training.epoch_batches import balanced, batch_groups
from core.training.shared_features import SharedFeatureSource


@dataclass
class Setup:
    """The network and the pictures of a run; ``train`` and ``validation`` are positions in
    ``pictures``, ``labels`` [N] has a class for each, ``skipped`` those found unreadable."""

    config: RunConfig
    classes: tuple[str, ...]
    backbone: Backbone
    head: Head
    numerics: Numerics
    pictures: Sequence[Picture]
    train: Sequence[int]
    validation: Sequence[int]
    labels: Tensor
    plans: Sequence[StagePlan]
    skipped: set[int] = field(default_factory=set)
    is_scaled: bool = False
    group: Group = ALONE

    @cached_property
    def keys(self) -> list[str]:
        """What each picture's draws are named by."""
        return [one.key for one in self.pictures]

    def features(self, loader: PictureLoader, control: Control) -> FeatureSource:
        """The source of features for all stages, kept on disk where there is room."""
        root = cache_budget.root()
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

    def batches(self, over_run: int) -> list[Sequence[int]]:
        """What an epoch, counted over the run from 0, trains on, batch by batch: positions, or
        those of a picture's repeats (``core.repeats``)."""
        config, positions = self.config, self.trained()
        if config.balanced_sampling:
            labels = self.labels.tolist()
            positions = balanced(positions, labels, self.keys, config.seed, over_run)
        return batch_groups(positions, self.keys, config.batch_size, config.seed, over_run)

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

    def drawing(self, positions: Sequence[int], epoch: int) -> Drawing:
        """What names the draws of dropout for those pictures; ``epoch`` counts over the run."""
        names = [name_of(one, self.keys) for one in positions]
        return Drawing(self.config.seed, epoch, names)

    def frozen_pass(self, stop: threading.Event) -> FrozenPass:
        """The whole backbone as it is now, without gradients."""
        return FrozenPass(self.backbone, self.numerics.dtype, stop)


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
    if not training:
        raise InputError("no_training_pictures", path=str(run.folder))
    if not validating:
        raise InputError("no_validation_pictures")
    numerics = yield from _numerics(config, run, stop, group)
    numerics.apply()
    network = start_weights.network(config, run, group)
    network.to(numerics.device).watch(stop)
    shape = vgg16.feature_shape(config.model.depth, config.dataset.image_size)
    head = heads.build(config.model.head, shape, len(run.classes), config.seed)
    pictures = [*training, *validating]
    return Setup(
        config,
        run.classes,
        network,
        head.to(numerics.device),
        numerics,
        pictures,
        range(len(training)),
        range(len(training), len(pictures)),
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
