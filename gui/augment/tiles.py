"""What the views of the augmentation preview show, tile by tile, as training would make it.

A tile's parameters come from ``core.augmentation.sample`` and its pixels from ``apply``, at the
network's size; only its showing is scaled. The draws stay until a reshuffle, so a slider moves
its own effect alone. Where views of each picture are kept, the versions are those very views;
otherwise training draws anew in every epoch, and the preview has seeds that no run shares.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from core.compute.feature_plan import kept_draws
from core.dataset.folder import key_of
from core.recipe.config import SEEDS, AugmentationConfig, DatasetConfig, FillMode
from gui.augment.preview import TILES, load, seed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.augmentation.draws import ManyDraws
    from core.augmentation.parameters import ManyParameters, Parameters

MODES: tuple[FillMode, ...] = get_args(FillMode)
FILL_ROWS = 3
_EPOCH = 0
_STAYS = 0.7  # a row stays while it uncovers so much of what the best would
_UNCOVERED = 0.002  # less than this share is no row worth looking at


@dataclass(frozen=True, eq=False)
class Subject:
    """A picture to look at: ``picture`` is uint8 [size, size, 3], as training loads it; ``key``
    is its sample's; ``name`` its class."""

    picture: NDArray[np.uint8]
    key: str
    name: str = ""


@dataclass(frozen=True)
class Draw:
    """What names the random numbers of a tile, beside the sample's key."""

    seed: int
    epoch: int
    view: int


@dataclass(frozen=True)
class Scene:
    """All that a view depends on: the picture looked at, the one of each class, the settings,
    and how often the draws were shuffled, which kept views don't heed."""

    subject: Subject | None = None
    classes: tuple[Subject, ...] = ()
    config: AugmentationConfig = field(default_factory=AugmentationConfig)
    shuffle: int = 0

    @property
    def versions(self) -> int:
        """How many versions of a picture there are to see."""
        return min(TILES, self.config.cached_views or TILES)

    def draw(self, view: int) -> Draw:
        """What names the draws of version ``view``."""
        if self.config.cached_views:
            named = kept_draws(self.config, view)
            return Draw(named.seed, named.epoch, named.view)
        return Draw(seed(self.shuffle), _EPOCH, view)


@dataclass(frozen=True)
class Tile:
    """One version of a picture. ``key`` names its place in the view, whatever is set; without a
    ``draw`` its parameters were not drawn but chosen, as ``caption`` says."""

    key: Hashable
    subject: Subject
    parameters: Parameters
    draw: Draw | None = None
    caption: str = ""

    @property
    def content(self) -> tuple[object, ...]:
        """What its pixels depend on."""
        return self.subject, self.parameters

    def pixels(self) -> NDArray[np.uint8]:
        """Its pixels, uint8 [size, size, 3], by the trainer's own call."""
        from core.augmentation.augment import apply

        return apply(self.subject.picture, self.parameters)


@dataclass(frozen=True)
class FillRow:
    """The same draw in each fill mode; ``share`` of it, 0 to 1, is fill."""

    view: int
    share: float
    tiles: tuple[Tile, ...]


def version_tiles(scene: Scene) -> list[Tile]:
    """Versions of the picture looked at, version t by the draws of view t: what
    ``core.augmentation.augment`` makes of it."""
    subject = scene.subject
    if subject is None:
        return []
    return [
        Tile(view, subject, parameters, scene.draw(view))
        for view, parameters in enumerate(_versions(scene, subject))
    ]


def class_tiles(scene: Scene) -> list[Tile]:
    """One version of each class's picture, as a first epoch would draw it: by view 0."""
    from core.augmentation.augment import sample

    keys = tuple(one.key for one in scene.classes)
    draw = scene.draw(0)
    many = sample(scene.config, _draws(draw, keys, (draw.view,) * len(keys)))
    pairs = enumerate(zip(scene.classes, many, strict=True))
    return [Tile(at, one, parameters, draw, one.name) for at, (one, parameters) in pairs]


def fill_rows(scene: Scene, before: Sequence[int] = ()) -> list[FillRow]:
    """The few of the picture's versions that uncover most, each in all fill modes; none where
    nothing is uncovered. Those of the views ``before`` stay as long as they show nearly as much,
    so that rows don't jump about under a slider."""
    from core.augmentation.augment import fill_share

    subject = scene.subject
    if subject is None:
        return []
    height, width = subject.picture.shape[:2]
    many = _versions(scene, subject)
    shares = {view: fill_share(one, width, height) for view, one in enumerate(many)}
    rows = []
    for view in _most(shares, before):
        draw = scene.draw(view)
        filled = {mode: replace(many[view], fill_mode=mode) for mode in MODES}
        tiles = [Tile((view, mode), subject, one, draw) for mode, one in filled.items()]
        rows.append(FillRow(view, shares[view], tuple(tiles)))
    return rows


def other_views(config: AugmentationConfig) -> AugmentationConfig:
    """The same settings with other kept views."""
    return config.model_copy(update={"seed": (config.seed + 1) % SEEDS})


def load_subjects(
    folder: Path,
    pictures: Sequence[tuple[str, str]],
    config: DatasetConfig,
    stop: threading.Event | None = None,
) -> list[Subject]:
    """The pictures (path in ``folder``, class) as training gets them; what cannot be read is
    left out. Reads files: run it off the window's thread."""
    from core.images.errors import ImageError

    subjects = []
    for path, name in pictures:
        if stop is not None and stop.is_set():
            break
        try:
            subjects.append(Subject(load(folder / path, config), key_of(path), name))
        except ImageError:
            continue
    return subjects


def _versions(scene: Scene, subject: Subject) -> ManyParameters:
    """The parameters of all versions of a picture, drawn in one call."""
    from core.augmentation.augment import sample

    count = scene.versions
    keys, views = (subject.key,) * count, tuple(range(count))
    return sample(scene.config, _draws(scene.draw(0), keys, views))


def _most(shares: dict[int, float], before: Sequence[int]) -> list[int]:
    order = sorted(shares, key=lambda view: -shares[view])
    best = [view for view in order[:FILL_ROWS] if shares[view] >= _UNCOVERED]
    kept = [view for view in before if shares.get(view, 0) >= _UNCOVERED][: len(best)]
    for place, view in enumerate(kept):
        if shares[view] < _STAYS * shares[best[place]]:
            return best
    return kept + [view for view in best if view not in kept][: len(best) - len(kept)]


@lru_cache(maxsize=128)
def _draws(like: Draw, keys: tuple[str, ...], views: tuple[int, ...]) -> ManyDraws:
    """Those of ``views`` of the seed and epoch of ``like``; kept, because their hashes don't
    depend on the ranges."""
    from core.augmentation.draws import draws

    return draws(like.seed, like.epoch, keys, views)
