"""What the augmentation page says: whether training uses it, and what that costs."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from gui.augment import presets
from gui.augment.images import Unreadable
from gui.augment.tiles import TILES
from gui.base import words as base_words
from gui.base.words import say
from gui.recipe import words as recipe_words
from gui.session.choices import LIGHT
from gui.session.session import Session

_NAMED = 3  # classes, of those that are left out
_LAID_OUT = ("strips", "fills")  # views that show more than training draws

translate = QCoreApplication.translate


def is_used(session: Session) -> bool:
    """Whether some stage would train on augmented pictures."""
    return any(session.recipe.augments(stage) for stage in session.recipe.stages)


def basis(session: Session) -> tuple[object, ...]:
    """All that ``state``, ``cost`` and ``turn_on`` depend on: not how strong an effect is, so
    that nothing is estimated again under a slider."""
    return (
        session.with_augmentation(False),
        session.choices.augmenting,
        session.tried_augmentation.is_identity,
        session.tried_augmentation.cached_views,
        session.engine.speed,
        session.split and (len(session.split.train), len(session.split.validation)),
        session.is_training,
    )


def state(session: Session) -> str:
    """Whether training uses it, in a few words; "" where the chosen line of prices says so."""
    if is_used(session):
        return _used(session)
    if not session.choices.augmenting:
        return ""
    if session.tried_augmentation.is_identity:
        return translate("augment", "On, but no effect is set.")
    return translate("augment", "On, but used in no stage.")


def is_proposed(session: Session) -> bool:
    """Whether the settings are those that the page begins with, neither changed nor used."""
    return not session.choices.augmenting and session.tried_augmentation == LIGHT


def heading(session: Session, view: str = "versions") -> str:
    """What the tiles of a view are."""
    nothing = session.tried_augmentation.is_identity
    if view in _LAID_OUT and not nothing:
        return _laid_out(view, is_used(session))
    if is_used(session):
        return _drawn(view, session.recipe.augmentation.cached_views)
    if session.choices.augmenting and nothing:
        return translate("augment", "No effect is set: the pictures stay as they are")
    name = presets.matching_preset(session.tried_augmentation)
    if name is None or name == "none":
        return translate("augment", "What these settings would do: not used in training")
    template = translate("augment", "What “{preset}” would do: not used in training")
    return fill(template, {"preset": presets.preset_title(name)})


def left_out(unreadable: Sequence[Unreadable]) -> tuple[str, str]:
    """Which classes are not shown, because their picture cannot be read, and a line on each."""
    if not unreadable:
        return "", ""
    names = [say("augment", "“{name}”", name=one.name) for one in unreadable]
    listed = ", ".join(names[:_NAMED])
    if len(names) > _NAMED:
        template = translate("augment", "{names} and {count} more")
        listed = fill(template, {"names": listed, "count": base_words.count(len(names) - _NAMED)})
    if len(names) == 1:
        template = translate("augment", "{names} is left out: its picture cannot be read.")
    else:
        template = translate(
            "augment", "{count} classes are left out, because their picture cannot be read: {names}"
        )
    sentence = fill(template, {"names": listed, "count": base_words.count(len(names))})
    return sentence, "\n".join(
        f"{one.key}: {base_words.error_text(one.error)}" for one in unreadable
    )


def turn_on(session: Session) -> str:
    """The button that turns it on, with the time that this adds where it is known."""
    on, off = (session.estimate(session.with_augmentation(one)) for one in (True, False))
    if on is None or off is None or base_words.duration(on.total) == base_words.duration(off.total):
        return translate("augment", "Use in training")
    added = base_words.duration(on.total - off.total)
    return say("augment", "Use in training (adds {time})", time=added)


def cost(session: Session) -> str:
    """Why there is nothing to pay for; "" where the lines of prices tell what it costs."""
    if session.tried_augmentation.is_identity:
        return translate("augment", "The pictures stay as they are.")
    on_recipe = session.with_augmentation(True)
    if not any(on_recipe.augments(stage) for stage in on_recipe.stages):
        return translate("augment", "No stage of the recipe takes augmented pictures.")
    return ""


def _laid_out(view: str, used: bool) -> str:
    """Of a view whose tiles nothing draws by chance."""
    words = {
        "strips": translate("augment", "Each effect alone, from one end of its range to the other"),
        "fills": translate("augment", "The same versions in each fill mode"),
    }[view]
    if used:
        return words
    return say("augment", "{words}: not used in training", words=words)


def _drawn(view: str, views: int) -> str:
    if view == "classes":
        return translate("augment", "As training draws them, a picture of each class")
    if view == "compare":
        return translate("augment", "The picture itself, and a version as training draws it")
    if not views:
        return translate("augment", "As training draws them, new ones each epoch")
    if views == 1:
        return translate("augment", "As training draws them, one for each picture")
    template = translate("augment", "As training draws them, {views} for each picture")
    if views > TILES:
        template = translate(
            "augment", "As training draws them, the first {shown} of {views} for each picture"
        )
    return fill(template, {"views": views, "shown": TILES})


def _used(session: Session) -> str:
    exception = recipe_words.exception(session.recipe)
    if not exception:
        return translate("augment", "Used in training.")
    return say("augment", "Used in training, {exception}.", exception=exception)
