"""How much memory is free where the chosen recipe would train."""

from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

from core.common import lazy
from core.common.messages import ThawError
from core.compute import memory
from gui.session.engine import EngineState
from gui.session.session import Session

_STILL_TRUE = 2.0  # seconds: asking the system takes longer than all else at a change


@dataclass(frozen=True)
class FreeMemory:
    """Bytes that are free: this machine's, or ``on_card`` those of its graphics card."""

    size: int
    on_card: bool = False


def free_memory(session: Session) -> FreeMemory:
    """What is free for ``session``'s recipe; on the machine until PyTorch tells of a card."""
    is_loaded = session.engine.state == EngineState.READY
    on_card = is_loaded and _is_card(session.recipe.device)
    return _free(on_card, monotonic() // _STILL_TRUE)


@lru_cache(maxsize=2)
def _free(on_card: bool, _now: float) -> FreeMemory:
    return FreeMemory(_card_memory() if on_card else memory.available(), on_card)


@lru_cache
def _is_card(device: str) -> bool:
    """Whether a recipe's ``device`` is a card with memory of its own; Apple's has the machine's."""
    if device in ("cpu", "mps"):
        return False
    try:
        return bool(lazy.load("compute.devices").choose(device) == "cuda")
    except ThawError:  # no such device: told where training would begin
        return False


def _card_memory() -> int:
    """Bytes free on the card, with those that PyTorch holds for later."""
    import torch

    free, _ = torch.cuda.mem_get_info()
    return int(free + torch.cuda.memory_reserved() - torch.cuda.memory_allocated())
