"""The cards of the ways to transfer: which is marked, what they say, what they ask for."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.recipe.presets import PRESETS
from gui.model.cards import FIRST, OTHERS, MorePresets, PresetCards, TransferCard
from gui.recipe import words as recipe_words
from gui.recipe.words import Cost

WIDTHS = (940, 1056)  # of the page's inside at 1024 and 1280 pixels
COST = Cost(
    "7.28 M parameters train · about 2 min here",
    "7.28 M train · about 2 min",
    "On this machine.",
    "about 2 min",
)


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


def click(qtbot: QtBot, widget: QWidget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def seen(cards: PresetCards) -> list[str]:
    return [name for name, card in cards.cards.items() if card.isVisible()]


def test_three_are_seen_and_the_followed_one_is_marked(cards: PresetCards) -> None:
    assert seen(cards) == list(FIRST)
    assert [name for name in FIRST if cards.cards[name].isChecked()] == ["fine-tune-last"]
    assert cards.followed == "fine-tune-last"


def test_one_that_is_needed_less_often_has_a_card_while_it_is_followed(cards: PresetCards) -> None:
    cards.show_followed("early-features", (), 4)
    assert seen(cards) == [*FIRST, "early-features"]
    assert cards.followed == "early-features"
    cards.show_followed("fine-tune-all", (), 4)
    assert seen(cards) == list(FIRST)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("followed", ["fine-tune-last", *OTHERS])
def test_every_word_of_a_card_can_be_read(
    qtbot: QtBot, cards: PresetCards, width: int, followed: str
) -> None:
    cards.resize(width, 90)
    cards.show_followed(followed, ("stage 1: epochs",), 4)
    cards.show_costs(lambda _name: COST)
    card = cards.cards[followed]
    qtbot.waitUntil(lambda: cards.height() == card.height())
    for one in (cards.cards[name] for name in seen(cards)):
        assert one.suits.height() >= one.suits.heightForWidth(one.suits.width())
        assert one.rect().contains(one.suits.geometry())
    assert card.rect().contains(card.changes.geometry())
    assert card.rect().contains(card.title.geometry())
    qtbot.waitUntil(lambda: card.title.width() >= card.title.sizeHint().width())
    assert COST.words in card.toolTip()
    qtbot.waitUntil(lambda: not card.cost.is_elided)


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


def test_a_card_says_for_which_data_it_is_and_what_it_costs(cards: PresetCards) -> None:
    card = cards.cards["feature-extractor"]
    assert card.suits.text().startswith("For few pictures")
    assert card.cost.text == COST.words
    assert "few pictures" in card.toolTip()
    assert COST.hint in card.toolTip()
    assert COST.words in card.accessibleDescription()


def test_a_click_asks_for_the_preset_and_marks_nothing_by_itself(
    qtbot: QtBot, cards: PresetCards
) -> None:
    with qtbot.waitSignal(cards.chosen) as asked:
        click(qtbot, cards.cards["fine-tune-all"])
    assert asked.args[0] == "fine-tune-all"
    assert cards.followed == "fine-tune-last"


def test_the_keyboard_chooses_too(qtbot: QtBot, cards: PresetCards) -> None:
    card = cards.cards["feature-extractor"]
    card.setFocus()
    with qtbot.waitSignal(cards.chosen) as asked:
        qtbot.keyClick(card, Qt.Key.Key_Space)
    assert asked.args[0] == "feature-extractor"


def test_what_differs_can_be_put_back_without_choosing_the_card_anew(
    qtbot: QtBot, cards: PresetCards
) -> None:
    chosen: list[str] = []
    cards.chosen.connect(lambda name, _every: chosen.append(name))
    button = cards.cards["fine-tune-last"].changes
    assert not button.isVisible()
    cards.show_followed("fine-tune-last", ("stage 1: epochs", "kind of head"), 4)
    assert button.text() == "2 changes: put back"
    assert "stage 1: epochs, kind of head" in button.toolTip()
    assert not cards.cards["fine-tune-all"].changes.isVisible()
    with qtbot.waitSignal(cards.put_back):
        click(qtbot, button)
    assert chosen == []
    cards.show_followed("fine-tune-last", (), 4)
    assert not button.isVisible()


def test_others_open_with_their_costs_and_go_once_chosen(qtbot: QtBot, more: MorePresets) -> None:
    more.about_to_open.connect(
        lambda: more.show_costs(lambda name: Cost(f"cost of {name}", "", ""))
    )
    click(qtbot, more)
    assert more.panel.isVisible()
    assert list(more.cards) == list(OTHERS)
    assert more.cards["from-scratch"].cost.text == "cost of from-scratch"
    with qtbot.waitSignal(more.chosen) as asked:
        click(qtbot, more.cards["early-features"])
    assert asked.args[0] == "early-features"
    assert not more.panel.isVisible()


def test_escape_closes_the_others(qtbot: QtBot, more: MorePresets) -> None:
    click(qtbot, more)
    qtbot.keyClick(more.panel, Qt.Key.Key_Escape)
    assert not more.panel.isVisible()


def test_gradual_thawing_has_its_number_of_epochs(qtbot: QtBot, more: MorePresets) -> None:
    click(qtbot, more)
    card = more.cards["gradual-thawing"]
    assert card.every is not None
    card.every.setFocus()
    card.every.selectAll()
    qtbot.keyClicks(card.every, "7")
    assert more.panel.isVisible()  # typing chooses nothing
    with qtbot.waitSignal(more.chosen) as asked:
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=card.suits.geometry().center())
    assert asked.args == ["gradual-thawing", 7]


def test_the_number_of_the_one_that_is_followed_can_be_changed(
    qtbot: QtBot, cards: PresetCards
) -> None:
    cards.show_followed("gradual-thawing", (), 6)
    field = cards.cards["gradual-thawing"].every
    assert field is not None
    assert field.text() == "6"
    field.setFocus()
    field.selectAll()
    with qtbot.waitSignal(cards.every_changed) as changed:
        qtbot.keyClicks(field, "3")
    assert changed.args == [3]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_a_name_and_a_sentence(name: str) -> None:
    assert recipe_words.title(name)
    assert recipe_words.suits(name).endswith(".")


def test_the_cost_counts_what_some_stage_trains() -> None:
    told = recipe_words.cost(RunConfig(), 8, 100.0)
    assert told.words.replace("\N{NO-BREAK SPACE}", " ") == (
        "7.28 M parameters train · about 2 min here"
    )
    assert told.short.replace("\N{NO-BREAK SPACE}", " ") == "7.28 M train · about 2 min"
    assert told.shortest.replace("\N{NO-BREAK SPACE}", " ") == "about 2 min"
    frozen = recipes.make({"stages": [{}]})
    assert recipe_words.cost(frozen, 8, None).words == "201\N{NO-BREAK SPACE}k parameters train"
    assert recipe_words.cost(frozen, None, None).words == "only the head trains"
    assert "and the head train" in recipe_words.cost(RunConfig(), None, None).words


def test_what_a_card_costs_is_told_in_fewer_words_where_there_is_no_room(
    cards: PresetCards,
) -> None:
    card = cards.cards["fine-tune-last"]
    assert card.cost.text == COST.words
    card.resize(260, card.height())
    assert card.cost.text == COST.words
    cards.show_followed("fine-tune-last", ("stage 1: epochs",), 4)
    card.resize(330, card.height())
    assert (card.cost.text, card.changes.text()) == (COST.short, "1 change: put back")
    card.resize(200, card.height())
    assert (card.cost.text, card.changes.text()) == (COST.shortest, "1 change")
