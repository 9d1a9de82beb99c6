"""Which features of the frozen blocks a recipe needs, and how often they are computed.

Trainer and estimate follow the same plan; this module only counts.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from core import memory, vgg16
from core.config import RunConfig, boundary

SHARE_OF_FREE_MEMORY = 0.25


@dataclass(frozen=True, order=True)
class Key:
    """Outputs after ``boundary`` blocks, as those blocks were after stage ``version``
    (0: as the run started), the last one before that changed any of them."""

    boundary: int
    version: int


@dataclass(frozen=True)
class StagePlan:
    """Where a stage's features stand, and whether its training pictures are augmented."""

    key: Key
    augmented: bool

    @property
    def boundary(self) -> int:
        return self.key.boundary


@dataclass(frozen=True)
class StagePasses:
    """How many pictures are read and go through a stage's frozen blocks: in its first epoch,
    and in each later one."""

    first: int
    later: int


def plan(config: RunConfig) -> list[StagePlan]:
    """The features that each stage of a recipe needs."""
    plans = []
    for number, stage in enumerate(config.stages):
        start = boundary(stage.thawed, config.model.depth)
        changed = [
            earlier + 1
            for earlier, one in enumerate(config.stages[:number])
            if min(one.thawed, default=vgg16.BLOCK_COUNT + 1) <= start
        ]
        plans.append(StagePlan(Key(start, max(changed, default=0)), config.augments(stage)))
    return plans


def memory_budget(share: float = SHARE_OF_FREE_MEMORY) -> int:
    """Bytes that features may take: a quarter of what is free now."""
    return int(memory.available() * share)


def sizes(
    plans: Sequence[StagePlan], image_size: int, number_bytes: int, train: int, validation: int
) -> list[tuple[Key, int]]:
    """The bytes of each key's features: of all validation pictures and, where some stage
    trains on them without augmentation, of all training pictures."""
    pictures: dict[Key, int] = {}
    for one in plans:
        needed = validation if one.augmented else validation + train
        pictures[one.key] = max(needed, pictures.get(one.key, 0))
    return [
        (key, count * picture_bytes(key, image_size, number_bytes))
        for key, count in pictures.items()
    ]


def picture_bytes(key: Key, image_size: int, number_bytes: int) -> int:
    """Memory for one picture's features whose numbers take ``number_bytes`` each, in bytes."""
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
    plans: Sequence[StagePlan], train: int, validation: int, kept: Collection[Key]
) -> list[StagePasses]:
    """How often pictures go through the frozen blocks where ``kept`` have room.

    A pass in some stage gives the features at its own boundary and before it, as the blocks
    are then; what a later stage needs of them is kept. Augmented pictures never are.
    """
    pictures = {"train": train, "validation": validation}
    held: set[tuple[Key, str]] = set()
    counted = []
    for number, one in enumerate(plans, start=1):
        needed = {later.key for later in plans[number - 1 :]}
        made = {
            key
            for key in needed.intersection(kept)
            if key.boundary <= one.boundary and key.version < number
        }
        first = later = 0
        for part, count in pictures.items():
            if part == "train" and one.augmented:
                first, later = first + count, later + count
            elif (one.key, part) not in held:
                first += count
                later += 0 if one.key in made else count
                held |= {(key, part) for key in made}
        counted.append(StagePasses(first, later))
    return counted
