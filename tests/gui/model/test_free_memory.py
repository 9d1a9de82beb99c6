"""The memory that is free: the machine's, or that of a card that would train the recipe."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from core.common import lazy
from core.compute import memory
from gui.model import costs
from gui.model.costs import FreeMemory, free_memory
from gui.session.engine import EngineState
from gui.session.session import Session

MACHINE, CARD = 8_000_000_000, 80_000_000_000


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One with a graphics card, which ``auto`` takes."""
    devices = SimpleNamespace(choose=lambda asked: "cuda" if asked == "auto" else asked)
    monkeypatch.setattr(lazy, "load", lambda _name: devices)
    monkeypatch.setattr(memory, "available", lambda: MACHINE)
    monkeypatch.setattr(costs, "_card_memory", lambda: CARD)
    _forget()
    yield
    _forget()


def _forget() -> None:
    cached: tuple[Any, ...] = costs._free, costs._is_card
    for one in cached:
        one.cache_clear()


def test_it_is_the_cards_where_that_trains(session: Session) -> None:
    session.engine.state = EngineState.READY
    assert free_memory(session) == FreeMemory(CARD, on_card=True)
    session.change("device", "cpu")
    assert free_memory(session) == FreeMemory(MACHINE)
    session.change("device", "mps")  # has the machine's memory
    assert free_memory(session) == FreeMemory(MACHINE)


def test_nothing_is_asked_of_pytorch_before_it_is_there(session: Session) -> None:
    assert session.engine.state == EngineState.NOT_STARTED
    assert free_memory(session) == FreeMemory(MACHINE)
