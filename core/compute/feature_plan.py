"""Which features of the frozen blocks a recipe needs, and how often they are computed.

Trainer and estimate follow the same plan; this module only counts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from core.compute import memory
from core.recipe import vgg16
from core.recipe.config import AugmentationConfig, RunConfig, StageConfig, boundary

SHARE_OF_FREE_MEMORY = 0.25
PLAIN = -1  # the view of a picture that is not augmented

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True, order=True)
class Key:
    """Outputs after ``boundary`` blocks, as those blocks were when the stage after ``version``
    began (0: as the run started), the last one before whose beginning any of them changed; of
    pictures as they are, or of one of the augmented ``view``s that are kept (from 0)."""

    boundary: int
    version: int
    view: int = PLAIN


@dataclass(frozen=True)
class StagePlan:
    """Where a stage's features stand, and whether its training pictures are augmented.

    ``epochs`` counts over the run, from 0. With ``views`` an epoch trains on one of that many
    kept views, in turn; without, augmented pictures are new ones in every epoch.
    """

    key: Key
    augmented: bool
    epochs: range = range(1)
    views: int = 0

    @property
    def boundary(self) -> int:
        return self.key.boundary

    @property
    def is_fresh(self) -> bool:
        """Whether every epoch's training pictures are new ones, whose features nobody keeps."""
        return self.augmented and not self.views

    def training_key(self, over_run: int) -> Key | None:
        """What an epoch, counted over the run, trains on; None where nobody keeps it."""
        if self.is_fresh:
            return None
        return replace(self.key, view=over_run % self.views) if self.augmented else self.key

    def training_keys(self) -> list[Key]:
        """What its epochs train on, each once, in their order."""
        keys = (self.training_key(one) for one in self.epochs)
        return list(dict.fromkeys(key for key in keys if key is not None))

    def needs(self) -> list[Key]:
        """All that it needs: for validation, and for training."""
        return list(dict.fromkeys([self.key, *self.training_keys()]))


@dataclass(frozen=True)
class StagePasses:
    """How many pictures are read and go through a stage's frozen blocks: in each of its
    ``epochs``, and in a ``later`` one, when all that is kept is there."""

    epochs: tuple[int, ...]
    later: float

    @property
    def first(self) -> int:
        return self.epochs[0]


@dataclass(frozen=True)
class NamedDraws:
    """The arguments that name an epoch's draws, beside the picture."""

    seed: int
    epoch: int
    view: int


def plan(config: RunConfig) -> list[StagePlan]:
    """The features that each stage of a recipe needs."""
    plans = []
    first = 0
    for number, stage in enumerate(config.stages):
        start = boundary(stage.thawed, config.model.depth)
        changed = _changed(config.stages[: number + 1], start)
        augmented = config.augments(stage)
        views = config.augmentation.cached_views if augmented else 0
        epochs = range(first, first + stage.epochs)
        key = Key(start, max(changed, default=0))
        plans.append(StagePlan(key, augmented, epochs, views))
        first = epochs.stop
    return plans


def _changed(stages: Sequence[StageConfig], start: int) -> list[int]:
    """The stages (from 1) after which, when the last of ``stages`` begins, one of the first
    ``start`` blocks may have another weight: by learning, or because the next stage begins with
    the best epoch's weights."""
    learned = [
        number
        for number, one in enumerate(stages[:-1], start=1)
        if min(one.thawed, default=vgg16.BLOCK_COUNT + 1) <= start
    ]
    put_back = [
        before
        for before, one in enumerate(stages)
        if one.start_from == "best" and any(other <= before for other in learned)
    ]
    return learned + put_back


def named_draws(config: RunConfig, over_run: int) -> NamedDraws:
    """What names the draws of the epoch ``over_run``, counted over the run from 0."""
    augmentation = config.augmentation
    if augmentation.cached_views:
        return kept_draws(augmentation, over_run % augmentation.cached_views)
    return NamedDraws(config.seed, over_run, 0)


def kept_draws(augmentation: AugmentationConfig, view: int) -> NamedDraws:
    """What names the draws of a kept view (from 0), whatever recipe it is part of."""
    return NamedDraws(augmentation.seed, 0, view)


def view_of_repeat(augmentation: AugmentationConfig, view: int, times: int) -> int:
    """The view that a picture has after it was in an epoch ``times`` times: fresh ones differ,
    a kept one is the epoch's."""
    return view if augmentation.cached_views else view + times


def memory_budget(share: float = SHARE_OF_FREE_MEMORY) -> int:
    """Bytes that features may take: a quarter of what is free now."""
    return int(memory.available() * share)


def needed(
    plans: Sequence[StagePlan], train: Iterable[int], validation: Iterable[int]
) -> dict[Key, list[int]]:
    """The positions whose features each key has to keep: all of validation, and those of
    training where some stage sees them as kept features."""
    train, validation = list(train), list(validation)
    positions: dict[Key, set[int]] = {}
    for one in plans:
        positions.setdefault(one.key, set()).update(validation)
        for key in one.training_keys():
            positions.setdefault(key, set()).update(train)
    return {key: sorted(some) for key, some in positions.items()}


def reads_again(plans: Sequence[StagePlan], kept: Collection[Key]) -> bool:
    """Whether stages whose features are ``kept`` read pictures that they have read before."""
    again = any(
        one.is_fresh or one.views > 1 or not set(one.needs()).issubset(kept) for one in plans
    )
    return again and sum(len(one.epochs) for one in plans) > 1


def sizes(
    plans: Sequence[StagePlan], image_size: int, number_bytes: int, train: int, validation: int
) -> list[tuple[Key, int]]:
    """The bytes of each key's features of ``train`` and ``validation`` pictures."""
    parts: dict[Key, dict[Part, int]] = {}
    for one in plans:
        parts.setdefault(one.key, {})["validation"] = validation
        for key in one.training_keys():
            parts.setdefault(key, {})["train"] = train
    return [
        (key, sum(counts.values()) * picture_bytes(key, image_size, number_bytes))
        for key, counts in parts.items()
    ]


def picture_bytes(key: Key, image_size: int, number_bytes: int) -> int:
    """Room for one picture's features whose numbers take ``number_bytes`` each, in bytes."""
    return vgg16.feature_count(key.boundary, image_size) * number_bytes


def share_out(
    needed: Iterable[tuple[Key, int]], budget: int
) -> tuple[list[Key], list[tuple[Key, int]]]:
    """The keys whose bytes fit into ``budget``, and those left out with the bytes they need.

    Boundary 0 is the picture itself and in neither, nor is what takes no bytes.
    """
    kept, left_out = [], []
    # the deepest first: they are the smallest and spare the most work
    for key, size in sorted(needed, key=lambda pair: -pair[0].boundary):
        if key.boundary == 0 or not size:
            continue
        if size > budget:
            left_out.append((key, size))
            continue
        budget -= size
        kept.append(key)
    return kept, left_out


def passes(
    plans: Sequence[StagePlan],
    train: int,
    validation: int,
    kept: Collection[Key],
    held: Mapping[tuple[Key, Part], int] | None = None,
) -> list[StagePasses]:
    """How often pictures go through the frozen blocks where ``kept`` have room.

    A pass in some stage gives the features at its own boundary and before it, as the blocks
    are then; what a later stage needs of them is kept. Freshly augmented pictures never are.
    ``held`` has how many pictures are there before the run, from another one. Balanced sampling
    spreads the pictures of a large class over some epochs; here the first one that needs what is
    kept counts for them all.
    """
    counts: dict[Part, int] = {"train": train, "validation": validation}
    there = dict(held or {})
    counted = []
    for number, one in enumerate(plans, start=1):
        wanted = {key for later in plans[number - 1 :] for key in later.needs()}
        made = [
            key
            for key in wanted.intersection(kept)
            if key.boundary <= one.boundary and key.version < number
        ]
        epochs = []
        for over_run in one.epochs:
            passed = 0
            for part, count in counts.items():
                key = one.training_key(over_run) if part == "train" else one.key
                if key is None:
                    passed += count
                    continue
                missing = count - (there.get((key, part), 0) if key in kept else 0)
                passed += missing
                for other in made if missing else ():
                    if other.view == key.view:
                        before = there.get((other, part), 0)
                        there[other, part] = min(count, before + missing)
            epochs.append(passed)
        counted.append(StagePasses(tuple(epochs), _later(one, train, validation, kept)))
    return counted


def _later(one: StagePlan, train: int, validation: int, kept: Collection[Key]) -> float:
    keys = one.training_keys()
    again = fmean(key not in kept for key in keys) if keys else 1.0
    return train * again + (0 if one.key in kept else validation)
