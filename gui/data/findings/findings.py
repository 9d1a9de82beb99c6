"""What the health report says, before it is drawn: findings with what can be done about them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.dataset.health import Health
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary
from core.recipe.config import RunConfig
from gui.data.findings.pairs_ import Pair, PairKind

Level = Literal["wrong", "warning", "note", "right"]
CardKind = Literal[
    "fine",
    "leaks",
    "conflicts",
    "copies",
    "problems",
    "unlabelled",
    "warnings",
    "imbalance",
    "few_training",
    "few_validation",
    "crop",
    "excluded",
]
# The most serious first.
CARD_KINDS: tuple[CardKind, ...] = (
    "fine",
    "leaks",
    "conflicts",
    "copies",
    "problems",
    "unlabelled",
    "warnings",
    "imbalance",
    "few_training",
    "few_validation",
    "crop",
    "excluded",
)


@dataclass(frozen=True)
class Looked:
    """All that is known of a dataset. ``pairs`` are None until duplicates were looked for;
    ``verified``: every file was decoded; ``unlabelled``: how many pictures have no class."""

    summary: DatasetSummary
    split: Split
    config: RunConfig
    health: Health
    pairs: Sequence[Pair] | None = None
    verified: bool = False
    unlabelled: int = 0

    def of_kind(self, kind: PairKind) -> list[Pair]:
        """The pairs that are leaks, conflicts or copies."""
        return [pair for pair in self.pairs or () if pair.kind == kind]


@dataclass(frozen=True)
class Action:
    """A button: ``code`` says what it does."""

    code: str
    label: str
    tooltip: str = ""


@dataclass(frozen=True)
class Card:
    """One finding in words. Wrong ones and warnings count, notes don't."""

    kind: CardKind
    level: Level
    title: str
    text: str = ""
    actions: tuple[Action, ...] = field(default_factory=tuple)

    @property
    def counts(self) -> bool:
        """Whether a person should do something about it."""
        return self.level in ("wrong", "warning")
