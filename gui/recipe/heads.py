"""What a person reads of each kind of head."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.common.messages import SENTENCES
from core.recipe.heads import HEADS
from gui.base import words as base_words
from gui.base.words import say

translate = QCoreApplication.translate


@dataclass(frozen=True)
class HeadText:
    """A kind of head: ``what`` it is, in ``short`` and in a sentence; the ``loss`` that it
    learns by; what its ``probabilities`` mean."""

    name: str
    short: str
    what: str
    loss: str
    probabilities: str

    @property
    def all(self) -> str:
        """Everything, for a tool tip."""
        values = {"what": self.what, "loss": self.loss, "probabilities": self.probabilities}
        return say("head", "{what} Loss: {loss} Probabilities: {probabilities}", **values)


def kinds() -> dict[str, HeadText]:
    """By their names in recipes."""
    return {kind: _text(kind) for kind in HEADS}


def within(kind: str) -> str:
    """The name of a kind of head within a sentence; what no version of Thaw knows, as it is."""
    return base_words.translate(f"value_head_{kind}", {}) if kind in HEADS else kind


def _text(kind: str) -> HeadText:
    name, own = within(kind), f"head_{kind}_probabilities"
    short, what, loss, probabilities = (
        base_words.translate(code, {})
        for code in (
            *(f"head_{kind}_{part}" for part in ("short", "what", "loss")),
            own if own in SENTENCES else "head_probabilities",
        )
    )
    return HeadText(name[:1].upper() + name[1:], short, what, loss, probabilities)
