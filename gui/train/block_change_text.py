"""How far each block has come since its stage began, in words."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.runs.history import History
from gui.base import words

_COARSE = 0.1  # a change from which on one decimal is enough
translate = QCoreApplication.translate


@dataclass(frozen=True)
class BlockChange:
    """Of block ``number`` (from 1), how long the change of its weights is, as a share of their
    length when the stage began; and whether it is frozen."""

    number: int
    change: float
    frozen: bool

    @property
    def is_wrong(self) -> bool:
        """Whether weights moved that must not."""
        return self.frozen and self.change != 0


def changes(history: History) -> tuple[int, list[BlockChange]]:
    """The number of the stage of the last epoch that tells them, and each kept block's; (0, [])
    where none does."""
    last = history.epochs[-1] if history.epochs else None
    if last is None or not last.block_changes:
        return 0, []
    thawed = next((one.thawed for one in history.stages if one.stage == last.stage), ())
    return last.stage, [
        BlockChange(number, change, number not in thawed)
        for number, change in enumerate(last.block_changes, start=1)
    ]


def heading(stage: int) -> str:
    """ "Change since stage 2 began"."""
    return fill(translate("changes", "Change since stage {stage} began"), {"stage": stage})


def name(one: BlockChange) -> str:
    """ "block 5"."""
    return fill(translate("changes", "block {number}"), {"number": one.number})


def value(one: BlockChange) -> str:
    """ "2.14 %", or "0, frozen": only weights that did not move at all are 0."""
    if one.change == 0:
        return translate("changes", "0, frozen") if one.frozen else "0"
    share = words.percent(one.change, digits=1 if one.change >= _COARSE else 2)
    if one.is_wrong:
        return fill(translate("changes", "{share}, though frozen"), {"share": share})
    return share


def tip() -> str:
    """What is measured."""
    return translate(
        "changes",
        "After each epoch: the length (L2 norm) of what has been added to the block’s weights "
        "since the stage began, as a share of their own length then. A frozen block’s weights "
        "don’t change by a single bit.",
    )
