"""What is said of a tile of the augmentation preview: the values drawn for it, how to find it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from gui.augment import effects
from gui.augment.tiles import Tile
from gui.base import words as base_words

if TYPE_CHECKING:
    from core.recipe.config import FillMode

_LEAST_SHARE = 0.0005

translate = QCoreApplication.translate


def values(tile: Tile) -> list[str]:
    """What was done to it, a line for each effect, and how much of it is fill."""
    from core.augmentation.augment import describe, fill_share

    lines = [
        base_words.with_minus(base_words.translate(code, values))
        for code, values in describe(tile.parameters)
    ]
    if not lines:
        return [translate("preview", "nothing: the picture stays as it is")]
    height, width = tile.subject.picture.shape[:2]
    share = fill_share(tile.parameters, width, height)
    if share > 0:
        template = translate("preview", "{share} of it is fill ({mode})")
        words = {"share": share_text(share), "mode": mode_name(tile.parameters.fill_mode).lower()}
        lines.append(fill(template, words))
    return lines


def signs() -> str:
    """What a plus means where a value has a sign."""
    return "\n".join(effects.plus(effect) for effect in ("rotation", "translation", "shear"))


def version(number: int, count: int) -> str:
    """What a version is called, by its number from 1."""
    words = {"number": number, "count": count}
    return fill(translate("preview", "Version {number} of {count}"), words)


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
    return "\n".join([place(tile), *values(tile)])


def share_text(share: float) -> str:
    """A share of 1 that is seen to grow: "0.3 %", "7.2 %", "23 %"."""
    return base_words.percent(share, digits=1 if share < 0.1 else 0)


def typical_fill(share: float) -> str:
    """How much of a typical picture is fill, the number between <b> and </b>."""
    number = share_text(share) if share >= _LEAST_SHARE else translate("preview", "Nothing")
    template = translate("preview", "{share} of a typical picture is fill")
    return fill(template, {"share": f"<b>{number}</b>"})


def mode_name(mode: FillMode) -> str:
    """A fill mode's name."""
    return {
        "constant": translate("preview", "Constant"),
        "edge": translate("preview", "Edge"),
        "reflect": translate("preview", "Reflect"),
        "wrap": translate("preview", "Wrap"),
    }[mode]
