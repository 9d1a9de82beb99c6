"""The cards of the presets, and the facts of a stage: parameters, time, memory."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.common import lazy
from core.compute import estimate, memory
from core.recipe import files as recipes
from core.recipe import network
from core.recipe.config import RunConfig
from core.recipe.presets import PRESETS
from gui.base import words as base_words
from gui.model import costs
from gui.model.cards import FIRST, OTHERS, MorePresets, PresetCards, TransferCard
from gui.model.costs import Fact, FreeMemory, facts, free_memory
from gui.recipe.words import Cost
from gui.session.engine import EngineState
from gui.session.session import Session
from tests.support.window.acting import click, press, retype
from tests.support.window.fakes import SPEED

WIDTHS = (940, 1056)  # of the page's inside at 1024 and 1280 pixels
COST = Cost("7.28 M parameters train · about 2 min here", "7.28 M · about 2 min", "a hint", "2 min")
SPACE = "\N{NO-BREAK SPACE}"
GIGABYTE = 10**9
MACHINE, CARD = 8 * GIGABYTE, 80 * GIGABYTE
ENOUGH = FreeMemory(MACHINE)


@pytest.fixture
def cards(qtbot: QtBot) -> PresetCards:
    made = PresetCards()
    qtbot.addWidget(made)
    made.resize(1056, 90)
    with qtbot.waitExposed(made):
        made.show()
    made.show_followed("fine-tune-last", (), 4)
    made.show_costs(lambda _name: COST)
    return made


@pytest.fixture
def more(qtbot: QtBot) -> MorePresets:
    made = MorePresets()
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def seen(cards: PresetCards) -> list[str]:
    return [name for name, card in cards.cards.items() if card.isVisible()]


def test_three_are_seen_and_another_one_while_it_is_followed(cards: PresetCards) -> None:
    assert set(cards.cards) == set(PRESETS)
    assert seen(cards) == list(FIRST)
    assert [name for name in FIRST if cards.cards[name].isChecked()] == ["fine-tune-last"]
    cards.show_followed("early-features", (), 4)
    assert seen(cards) == [*FIRST, "early-features"]
    assert cards.followed == "early-features"
    cards.show_followed("fine-tune-all", (), 4)
    assert seen(cards) == list(FIRST)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_word_of_a_card_can_be_read(qtbot: QtBot, cards: PresetCards, width: int) -> None:
    for followed in ("fine-tune-last", *OTHERS):
        cards.resize(width, 90)
        cards.show_followed(followed, ("stage 1: epochs",), 4)
        cards.show_costs(lambda _name: COST)
        card = cards.cards[followed]
        qtbot.waitUntil(lambda card=card: cards.height() == card.height())
        for one in (cards.cards[name] for name in seen(cards)):
            assert one.suits.height() >= one.suits.heightForWidth(one.suits.width())
            assert one.rect().contains(one.suits.geometry())
        assert card.rect().contains(card.changes.geometry())
        assert card.rect().contains(card.title.geometry())
        qtbot.waitUntil(lambda card=card: card.title.width() >= card.title.sizeHint().width())
        qtbot.waitUntil(lambda card=card: not card.cost.is_elided)
        assert COST.words in card.accessibleDescription()
        for words in (COST.words, COST.hint, card.suits.text()):
            assert words in card.toolTip()


def test_no_width_of_a_card_cuts_off_what_it_costs(qtbot: QtBot) -> None:
    card = TransferCard(FIRST[0])
    qtbot.addWidget(card)
    card.show_cost(COST)
    card.show_changes(("stage 1: epochs", "stage 2: epochs"))
    with qtbot.waitExposed(card):
        card.show()
    for width in range(180, 480):
        card.resize(width, 90)
        card.layout().activate()
        assert not card.cost.is_elided, width


def test_cost_and_changes_get_shorter_where_there_is_no_room(cards: PresetCards) -> None:
    card = cards.cards["fine-tune-last"]
    assert card.cost.text == COST.words
    card.resize(260, card.height())
    assert card.cost.text == COST.words
    cards.show_followed("fine-tune-last", ("stage 1: epochs",), 4)
    card.resize(330, card.height())
    changes = card.changes.text()
    assert card.cost.text == COST.short
    card.resize(200, card.height())
    assert card.cost.text == COST.shortest
    assert changes.startswith(card.changes.text() + ":")


def test_putting_back_chooses_no_card_anew(qtbot: QtBot, cards: PresetCards) -> None:
    chosen: list[str] = []
    cards.chosen.connect(lambda name, _every: chosen.append(name))
    button = cards.cards["fine-tune-last"].changes
    assert not button.isVisible()
    cards.show_followed("fine-tune-last", ("one field", "another"), 4)
    assert "one field, another" in button.toolTip()
    assert not cards.cards["fine-tune-all"].changes.isVisible()
    with qtbot.waitSignal(cards.put_back):
        click(button)
    assert chosen == []
    click(cards.cards["fine-tune-all"])
    assert chosen == ["fine-tune-all"]
    assert not cards.cards["fine-tune-all"].isChecked()  # the recipe decides, not the click


def test_others_are_open_until_one_is_chosen(qtbot: QtBot, more: MorePresets) -> None:
    more.about_to_open.connect(lambda: more.show_costs(lambda name: Cost(f"of {name}", "", "")))
    click(more)
    assert list(more.cards) == list(OTHERS)
    assert more.cards["from-scratch"].cost.text == "of from-scratch"
    press(more.panel, Qt.Key.Key_Escape)
    assert not more.panel.isVisible()
    click(more)
    card = more.cards["gradual-thawing"]
    assert card.every is not None
    retype(card.every, "7")
    assert more.panel.isVisible()  # typing chooses nothing
    with qtbot.waitSignal(more.chosen) as asked:
        click(card, card.suits.geometry().center())
    assert asked.args == ["gradual-thawing", 7]
    assert not more.panel.isVisible()


# -- the facts of a stage ---------------------------------------------------------------------


def told(
    recipe: RunConfig,
    index: int = 0,
    seconds: float | None = 12.0,
    measured: bool = False,
    free: FreeMemory = ENOUGH,
) -> dict[str, Fact]:
    found = estimate.stage_facts(recipe, index, SPEED, 80, 20, 3)
    return {one.name: one for one in facts(found, 3, seconds, measured, free)}


def test_what_trains_and_what_is_frozen_is_the_whole_network() -> None:
    found = told(RunConfig(), 1)
    head = network.head_parameters(RunConfig(), 3)
    assert found["trainable"].value == base_words.parameters(7_079_424 + head)
    assert base_words.count(7_079_424 + head) in found["trainable"].hint
    assert base_words.count(14_714_688 - 7_079_424) in found["frozen"].hint


def test_before_the_classes_are_known_the_head_is_not_counted() -> None:
    def trainable(recipe: RunConfig) -> Fact:
        found = estimate.stage_facts(recipe, len(recipe.stages) - 1, None, 1, 0, 0)
        return facts(found, None, None, False, ENOUGH)[0]

    assert trainable(RunConfig()).value == base_words.parameters(7_079_424)
    head = trainable(recipes.make({"stages": [{}]}))
    assert "head" in head.value
    assert head.value in head.in_words() != head.value


def test_the_boundary_is_shown_with_the_room_that_features_take() -> None:
    found = told(RunConfig(), 1)["kept"]
    assert "4" in found.in_words()
    assert 100 * 14 * 14 * 512 * 4 == 40_140_800
    assert f"40{SPACE}MB" in found.hint
    for without in (
        recipes.make({"stages": [{"thawed": [1, 2, 3, 4, 5]}]}),
        recipes.changed(RunConfig(), "augmentation.rotation", 9),
    ):
        assert told(without)["kept"].value == "none"


def test_frozen_blocks_behind_a_thawed_one_are_explained() -> None:
    hint = told(recipes.make({"stages": [{"thawed": [1]}]}))["frozen"].hint
    assert "2–5" in hint
    assert len(hint) > len(told(RunConfig(), 1)["frozen"].hint)


def test_an_epoch_tells_whether_it_was_measured() -> None:
    expected, measured = (told(RunConfig(), measured=one)["epoch"] for one in (False, True))
    assert expected.value == measured.value == base_words.duration(12.0)
    assert expected.hint != measured.hint
    assert "epoch" not in told(RunConfig(), seconds=None)


def test_more_memory_than_there_is_is_doubtful() -> None:
    enough, short, card, short_card = (
        told(RunConfig(), 1, free=FreeMemory(size, on_card=on_card))["memory"]
        for on_card in (False, True)
        for size in (MACHINE, 10**8)
    )
    doubtful = [one.is_doubtful for one in (enough, short, card, short_card)]
    assert doubtful == [False, True, False, True]
    assert enough.value == short.value == short_card.value
    assert len({one.hint for one in (enough, short, card, short_card)}) == 4
    need = estimate.stage_facts(RunConfig(), 1, SPEED, 80, 20, 3).memory
    parts = (need.weights, need.gradients, need.optimizer, need.activations, need.pictures)
    for size in (MACHINE, *parts):
        assert costs._size(size) in enough.hint
    assert f"8.0{SPACE}GB" in card.hint
    assert f"100{SPACE}MB" in short.hint


# -- the memory that is free ------------------------------------------------------------------


@pytest.fixture
def with_card(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with a graphics card, which ``auto`` takes."""
    devices = SimpleNamespace(choose=lambda asked: "cuda" if asked == "auto" else asked)
    monkeypatch.setattr(lazy, "load", lambda _name: devices)
    monkeypatch.setattr(memory, "available", lambda: MACHINE)
    monkeypatch.setattr(costs, "_card_memory", lambda: CARD)
    cached: tuple[Any, ...] = costs._free, costs._is_card
    for one in cached:
        one.cache_clear()
    yield
    for one in cached:
        one.cache_clear()


def test_it_is_the_cards_once_pytorch_is_there(session: Session, with_card: None) -> None:
    assert session.engine.state == EngineState.NOT_STARTED
    assert free_memory(session) == FreeMemory(MACHINE)
    session.engine.state = EngineState.READY
    assert free_memory(session) == FreeMemory(CARD, on_card=True)
    session.change("device", "cpu")
    assert free_memory(session) == FreeMemory(MACHINE)
    session.change("device", "mps")  # has the machine's memory
    assert free_memory(session) == FreeMemory(MACHINE)
