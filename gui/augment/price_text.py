"""What each way of augmenting costs: the time of a run and of an epoch, and room on the disk."""

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.compute import estimate
from core.recipe.config import RunConfig
from gui.base import words as base_words
from gui.session.session import Session

Way = Literal["off", "views", "fresh"]
WAYS: tuple[Way, ...] = ("off", "views", "fresh")
USUAL_VIEWS = 5
SEPARATOR = " · "
translate = QCoreApplication.translate


@dataclass(frozen=True)
class Price:
    """What a way costs, in words; empty where it is not known yet. ``fits`` on the disk."""

    words: str = ""
    fits: bool = True


def way(session: Session) -> Way:
    """The way that is chosen."""
    if not session.choices.augmenting:
        return "off"
    return "views" if session.tried_augmentation.cached_views else "fresh"


def choose(session: Session, chosen: Way, views: int) -> None:
    """Take a way, with so many views if any are kept: one step of the undo history."""
    kept = {"off": None, "views": views, "fresh": 0}
    session.set_views(kept[chosen])


def prices(session: Session, views: int) -> dict[Way, Price]:
    """What each way costs; nothing where it cannot be told."""
    return {one: _price(session, _recipe(session, one, views)) for one in WAYS}


def is_choice(session: Session) -> bool:
    """Whether there is anything to choose: an effect, and a stage that takes it; or it is on."""
    if session.choices.augmenting:
        return True
    recipe = session.with_augmentation(True)
    return any(recipe.augments(stage) for stage in recipe.stages)


def comparison() -> str:
    """How the ways compare."""
    return translate(
        "price",
        "New pictures must be computed in every epoch. Kept views are computed once, and the "
        "epochs take them in turn.",
    )


def _recipe(session: Session, way: Way, views: int) -> RunConfig:
    recipe = session.with_augmentation(way != "off")
    kept = {"cached_views": views if way == "views" else 0}
    return recipe.model_copy(update={"augmentation": recipe.augmentation.model_copy(update=kept)})


def _price(session: Session, recipe: RunConfig) -> Price:
    speed, split = session.engine.speed, session.split
    if speed is None or split is None:
        return Price()
    counts = len(split.train), len(split.validation)
    room, held = estimate.kept_room(), session.held.of(recipe)
    cost = estimate.kept_cost(recipe, speed, *counts, room, held)
    expected = session.estimate(recipe)
    parts = [base_words.duration(cost.seconds)]
    if expected is not None:
        epoch = {"time": base_words.elapsed(max(expected.epochs[0], 0.1))}
        parts.append(fill(translate("price", "then {time} an epoch"), epoch))
    size = {"size": base_words.file_size(cost.bytes)}
    template = translate("price", "{size} on disk")
    if not cost.fits:
        template = translate("price", "{size} on disk, more than may be kept")
    parts.append(fill(template, size))
    return Price(SEPARATOR.join(parts), cost.fits)
