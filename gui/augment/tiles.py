"""The content of the augmentation preview: images, their augmented tiles, and the tiles' words.

A tile's parameters come from ``core.augmentation.augment.sample`` and its pixels from ``apply``, at
the network's size; only its showing is scaled. The draws stay until a reshuffle, so a slider moves
its own effect alone. Where views of each image are kept, the versions are those very views.
Otherwise training draws anew in every epoch, and the preview has seeds that no run shares.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.compute.feature_plan import kept_draws
from core.dataset.folder import key_of
from core.images import load as images
from core.recipe.config import SEEDS, AugmentationConfig, DatasetConfig, FillMode
from gui.augment import effects
from gui.base import words as base_words
from gui.base.words import say

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from core.augmentation.draws import Draws
    from core.augmentation.parameters import Parameters
    from core.dataset.split import Split
    from core.dataset.summary import Sample

TILES = 12
_LEFT, _RIGHT = "left", "right"


def seed(shuffle: int) -> int:
    """The seed of the draws after ``shuffle`` (from 0) reshuffles: negative, and a recipe's
    never is, so no run shares them."""
    return -1 - shuffle


def load(path: Path, config: DatasetConfig) -> NDArray[np.uint8]:
    """The picture at ``path`` as training gets it, uint8 [size, size, 3]; run it off the
    window's thread. Raises ``ImageError``."""
    import cv2  # noqa: F401 (here, so that the first warp need not wait for it)

    return images.load_for(config, path)


def versions(
    picture: NDArray[np.uint8],
    config: AugmentationConfig,
    key: str,
    shuffle: int = 0,
    count: int = TILES,
) -> list[NDArray[np.uint8]]:
    """``count`` augmented versions of ``picture``, whose sample has ``key``; same shapes.

    Version t takes the draws of view t. They don't depend on ``config``: moving one slider
    moves one effect of each version.
    """
    from core.augmentation.augment import augment  # brings numpy, which start-up can do without

    return [augment(picture, config, seed(shuffle), 0, key, view) for view in range(count)]


def mirrored_classes(classes: Sequence[str]) -> tuple[str, str] | None:
    """The first two classes whose names differ in "left" and "right" alone, or None."""
    by_name = {name.casefold(): name for name in classes}
    for name in classes:
        other = by_name.get(name.casefold().replace(_LEFT, _RIGHT))
        if other is not None and other != name:
            return name, other
    return None


@dataclass(frozen=True)
class TrainingPictures:
    """The pictures that may be looked at, by class: the validation pictures never are, because
    they are never augmented."""

    by_label: dict[int, tuple[Sample, ...]]

    @classmethod
    def of(cls, split: Split | None) -> TrainingPictures:
        """Those of ``split``; none without one."""
        groups: defaultdict[int, list[Sample]] = defaultdict(list)
        for sample in split.train if split is not None else ():
            groups[sample.label].append(sample)
        return cls({label: tuple(groups[label]) for label in sorted(groups)})

    def kept(self, sample: Sample | None) -> Sample | None:
        """``sample`` where it still trains, else the first of its class, else of all."""
        if sample is not None:
            for other in self.by_label.get(sample.label, ()):
                if other.path == sample.path:
                    return other
            if sample.label in self.by_label:
                return self.first(sample.label)
        return next((group[0] for group in self.by_label.values()), None)

    def first(self, label: int) -> Sample:
        """The first picture of a class."""
        return self.by_label[label][0]

    def stepped(self, sample: Sample, by: int) -> Sample:
        """The picture ``by`` places further in its class; the first follows the last."""
        group = self.by_label[sample.label]
        return group[(group.index(sample) + by) % len(group)]

    def place(self, sample: Sample) -> tuple[int, int]:
        """The number of ``sample`` in its class, from 1, and of how many."""
        group = self.by_label[sample.label]
        return group.index(sample) + 1, len(group)


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
    draw = scene.draw(0)
    return [
        Tile(place, one, _drawn(scene, one, draw), draw, one.name)
        for place, one in enumerate(scene.classes)
    ]


def fill_rows(scene: Scene, before: Sequence[int] = ()) -> list[FillRow]:
    """The few of the picture's versions that uncover most, each in all fill modes; none where
    nothing is uncovered. Those of the views ``before`` stay as long as they show nearly as much,
    so that rows don't jump about under a slider."""
    from core.augmentation.geometry import fill_share

    subject = scene.subject
    if subject is None:
        return []
    many = _versions(scene, subject)
    shares = {view: fill_share(one) for view, one in enumerate(many)}
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


def _versions(scene: Scene, subject: Subject) -> list[Parameters]:
    """The parameters of all versions of a picture."""
    return [_drawn(scene, subject, scene.draw(view)) for view in range(scene.versions)]


def _drawn(scene: Scene, subject: Subject, draw: Draw) -> Parameters:
    from core.augmentation.augment import sample

    return sample(scene.config, _draws(draw, subject.key))


def _most(shares: dict[int, float], before: Sequence[int]) -> list[int]:
    order = sorted(shares, key=lambda view: -shares[view])
    best = [view for view in order[:FILL_ROWS] if shares[view] >= _UNCOVERED]
    kept = [view for view in before if shares.get(view, 0) >= _UNCOVERED][: len(best)]
    for place, view in enumerate(kept):
        if shares[view] < _STAYS * shares[best[place]]:
            return best
    return kept + [view for view in best if view not in kept][: len(best) - len(kept)]


@lru_cache(maxsize=1024)
def _draws(draw: Draw, key: str) -> Draws:
    """Kept, because their hashes don't depend on the ranges."""
    from core.augmentation.draws import draws

    return draws(draw.seed, draw.epoch, key, draw.view)


_LEAST_SHARE = 0.0005

translate = QCoreApplication.translate


def tile_values(tile: Tile) -> list[str]:
    """What was done to it, a line for each effect, and how much of it is fill."""
    from core.augmentation.augment import describe
    from core.augmentation.geometry import fill_share

    lines = [
        base_words.with_minus(base_words.translate(code, values))
        for code, values in describe(tile.parameters)
    ]
    if not lines:
        return [translate("preview", "nothing: the picture stays as it is")]
    share = fill_share(tile.parameters)
    if share > 0:
        words = {"share": share_text(share), "mode": mode_name(tile.parameters.fill_mode).lower()}
        lines.append(say("preview", "{share} of it is fill ({mode})", **words))
    return lines


def tile_signs() -> str:
    """What a plus means where a value has a sign."""
    return "\n".join(effects.plus(effect) for effect in ("rotation", "translation", "shear"))


def version(number: int, count: int) -> str:
    """What a version is called, by its number from 1."""
    return say("preview", "Version {number} of {count}", number=number, count=count)


def origin(tile: Tile) -> str:
    """Of which picture it was made, and by whose random numbers."""
    words: dict[str, object] = {"picture": tile.subject.key}
    draw = tile.draw
    if draw is None:
        template = translate("preview", "Made of {picture}, by values that were chosen, not drawn.")
        return fill(template, words)
    if draw.seed < 0:
        template = translate(
            "preview",
            "Version {number} of {picture}. Its random numbers are the preview’s own: training "
            "draws others.",
        )
        return fill(template, words | {"number": draw.view + 1})
    template = translate(
        "preview",
        "Version {number} of {picture}, by the random numbers of training: those of seed {seed} "
        "and epoch {epoch}.",
    )
    more: dict[str, object] = {
        "number": draw.view + 1,
        "seed": draw.seed,
        "epoch": draw.epoch + 1,
    }
    return fill(template, words | more)


def place(tile: Tile) -> str:
    """What names its random numbers, exactly, so that it can be made again."""
    if tile.draw is None:
        template = translate("preview", "sample {sample}; chosen, not drawn")
        return fill(template, {"sample": tile.subject.key})
    template = translate("preview", "sample {sample}, seed {seed}, epoch {epoch}, view {view}")
    words = {
        "sample": tile.subject.key,
        "seed": tile.draw.seed,
        "epoch": tile.draw.epoch,
        "view": tile.draw.view,
    }
    return fill(template, words)


def report(tile: Tile) -> str:
    """All of it, to copy."""
    return "\n".join([place(tile), *tile_values(tile)])


def share_text(share: float) -> str:
    """A share of 1 that is seen to grow: "0.3 %", "7.2 %", "23 %"."""
    return base_words.percent(share, digits=1 if share < 0.1 else 0)


def typical_fill(share: float) -> str:
    """How much of a typical picture is fill, the number between <b> and </b>."""
    number = share_text(share) if share >= _LEAST_SHARE else translate("preview", "Nothing")
    return say("preview", "{share} of a typical picture is fill", share=f"<b>{number}</b>")


def mode_name(mode: FillMode) -> str:
    """A fill mode's name."""
    return {
        "constant": translate("preview", "Constant"),
        "edge": translate("preview", "Edge"),
        "reflect": translate("preview", "Reflect"),
        "wrap": translate("preview", "Wrap"),
    }[mode]
