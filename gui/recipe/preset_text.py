"""What a person reads of the ways to transfer: their names, whom each suits, what each costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.recipe import network
from core.recipe.config import RunConfig
from core.recipe.presets import EVERY, PRESETS
from gui.base import words as base_words

translate = QCoreApplication.translate


def title(name: str) -> str:
    """A preset's name."""
    names = {
        "feature-extractor": translate("presets", "Feature extractor"),
        "early-features": translate("presets", "Early features"),
        "fine-tune-last": translate("presets", "Fine-tune the last block"),
        "fine-tune-all": translate("presets", "Fine-tune everything"),
        "gradual-thawing": translate("presets", "Gradual thawing"),
        "from-scratch": translate("presets", "From scratch"),
    }
    return names[name]


def suits(name: str) -> str:
    """For which data a preset is, a sentence."""
    return base_words.translate(PRESETS[name].suits, {}) + "."


def every_hint() -> str:
    """What the number of gradual thawing does."""
    return base_words.translate(EVERY.hint, {})


@dataclass(frozen=True)
class Cost:
    """What a preset costs: in words, in fewer words, what they mean, and in the fewest words."""

    words: str
    short: str
    hint: str
    shortest: str = ""


def cost(recipe: RunConfig, classes: int | None, seconds: float | None) -> Cost:
    """ "7.28 M parameters train · about 2 min here"; ``classes`` and ``seconds`` of the whole run
    are None where they are not known yet."""
    trained = max(network.thawed_parameters(recipe, number) for number in range(len(recipe.stages)))
    short = translate("presets", "{count} train")
    if classes is not None:
        words = translate("presets", "{count} parameters train")
        trained += network.head_parameters(recipe, classes)
    elif trained:
        words = translate("presets", "{count} parameters and the head train")
    else:
        words = short = translate("presets", "only the head trains")
    values = {"count": base_words.parameters(trained)}
    long, brief = [fill(words, values)], [fill(short, values)]
    if seconds is not None:
        time = base_words.duration(seconds)
        long.append(fill(translate("presets", "{time} here"), {"time": time}))
        brief.append(time)
    return Cost(" · ".join(long), " · ".join(brief), _hint(recipe, seconds), brief[-1])


def _hint(recipe: RunConfig, seconds: float | None) -> str:
    """What the numbers mean, for a tool tip."""
    parts = [translate("presets", "Parameters that the stage with most of them changes.")]
    if len(recipe.stages) == 1:
        parts = [translate("presets", "Parameters that this stage changes.")]
    if seconds is None:
        words = translate("presets", "How long it takes is told once this machine is measured.")
    else:
        words = translate(
            "presets",
            "The time is for all its epochs on this machine and these pictures, from a short "
            "measurement; epochs that were trained correct it.",
        )
    return " ".join([*parts, words])


def changes(names: Sequence[str]) -> tuple[str, str]:
    """How much of a recipe is not as the card has it, and the same in fewer words."""
    short = translate("presets", "1 change")
    if len(names) > 1:
        short = fill(translate("presets", "{count} changes"), {"count": len(names)})
    return fill(translate("presets", "{changes}: put back"), {"changes": short}), short


def changes_hint(names: Sequence[str]) -> str:
    """Which fields those are."""
    template = translate("presets", "Not as on this card: {names}. Click to put all of it back.")
    return fill(template, {"names": ", ".join(names)})
