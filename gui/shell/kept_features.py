"""What is kept on disk so that no later run computes it again: looked at and changed off the
window's thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.common.messages import ThawError, fill
from gui.base import words as base_words
from gui.base.background import Work

if TYPE_CHECKING:
    from core.compute.cache.budget import Kept

_PICTURES = "pictures"
translate = QCoreApplication.translate


@dataclass(frozen=True)
class KeptState:
    """All stores of records, and what they may take: ``chosen`` by a person, in bytes, or None
    where the ``budget`` follows the disk."""

    kept: Sequence["Kept"]
    budget: int
    chosen: int | None
    folder: Path

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.kept)


@dataclass(frozen=True)
class Row:
    """Stores that are about the same, as far as a person cares."""

    words: str
    bytes: int
    last_used: float


def looking() -> Work:
    """See what is kept: a ``KeptState``."""
    return _work(lambda: None)


def clearing() -> Work:
    """Delete all of it; a ``KeptState`` afterwards."""

    def clear() -> None:
        # Here: it brings NumPy, which the window need not wait for.
        from core.compute.cache import budget as cache_budget

        cache_budget.clear()

    return _work(clear)


def choosing(budget: int | None) -> Work:
    """Let no more than ``budget`` bytes be kept, None for what follows the disk; a
    ``KeptState`` afterwards."""

    def choose() -> None:
        # Here: it brings NumPy, which the window need not wait for.
        from core.compute.cache import budget as cache_budget

        cache_budget.choose_budget(budget)

    return _work(choose)


def rows(kept: Sequence["Kept"]) -> list[Row]:
    """What is kept, the last used first; views of one kind together."""
    groups: dict[tuple[object, ...], list[Kept]] = {}
    for one in kept:
        about = one.about
        key = (one.kind, about.get("image_size"), about.get("boundary"), "view" in about)
        groups.setdefault(key, []).append(one)
    made = [
        Row(_words(group), sum(one.bytes for one in group), max(one.last_used for one in group))
        for group in groups.values()
    ]
    return sorted(made, key=lambda one: -one.last_used)


def total(state: KeptState) -> str:
    """How much is kept, of how much may be."""
    values = {
        "kept": base_words.file_size(state.bytes),
        "budget": base_words.file_size(state.budget),
    }
    template = translate("kept", "{kept} of at most {budget} are kept.")
    if not state.bytes:
        template = translate("kept", "Nothing is kept. At most {budget} will be.")
    elif state.bytes > state.budget:
        template = translate(
            "kept",
            "{kept} are kept, more than the {budget} that may be: what was used just now stays "
            "until a later run needs the room.",
        )
    return fill(template, values)


def _words(group: Sequence["Kept"]) -> str:
    first = group[0]
    values = {
        "size": first.about.get("image_size", "?"),
        "block": first.about.get("boundary", "?"),
        "views": len({_view(one) for one in group}),
    }
    if first.kind == _PICTURES:
        return fill(translate("kept", "Pictures, decoded and fitted to {size} px"), values)
    if "boundary" not in first.about:
        return translate("kept", "Something that Thaw kept")
    words = fill(translate("kept", "Outputs of blocks 1 to {block} at {size} px"), values)
    if first.about["boundary"] == 1:
        words = fill(translate("kept", "Outputs of block 1 at {size} px"), values)
    if "view" in first.about:
        words += fill(translate("kept", ", augmented views: {views}"), values)
    return words


def _view(one: "Kept") -> str:
    """Which view of which augmentation it is."""
    return f"{one.about.get('augmentation')} {one.about.get('view')}"


def _work(act: Callable[[], None]) -> Work:
    def work(_stop: object, _progress: object) -> KeptState:
        # Here: it brings NumPy, which the window need not wait for.
        from core.compute.cache import budget as cache_budget

        try:
            act()
        except OSError as error:
            raise ThawError("file_system", reason=error.strerror or str(error)) from error
        chosen = cache_budget.chosen_budget()
        return KeptState(cache_budget.usage(), cache_budget.budget(), chosen, cache_budget.root())

    return work
