"""Whether training uses the augmentation, what that costs, and how the page says so."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.compute import estimate
from core.compute.cache import budget as cache_budget
from core.recipe.config import AugmentationConfig
from gui.augment import presets as augment_presets
from gui.augment import words as augment_words
from gui.augment.page import AugmentPage
from gui.augment.price import SEPARATOR, AugmentationPrice, prices
from gui.augment.views import VIEWS
from gui.session.session import Session
from tests.support.window.augmenting import TURNED, click, numbers
from tests.support.window.fakes import SPEED

KEYS = Qt.Key


# -- used or not ------------------------------------------------------------------------------


def test_a_line_turns_it_on_and_off(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    price, turn_on = page.head.price, page.preview.turn_on
    assert price.buttons["off"].isChecked()
    assert page.grid.dim
    assert not page.head.state.isVisible()
    assert not page.head.cost.isVisible()
    session.engine.speed = SPEED
    session.engine_changed.emit()
    qtbot.waitUntil(lambda: price.prices["fresh"].text() != "")
    session.change("augmentation.rotation", (-30, 30))
    qtbot.waitUntil(lambda: not page.grid.dim)  # tuned: in its true colours, though not used
    assert page.grid.unused
    click(qtbot, turn_on)
    qtbot.waitUntil(lambda: not turn_on.isVisible())
    assert session.recipe.augmentation == session.tried_augmentation
    assert not session.recipe.augmentation.is_identity
    assert price.buttons["fresh"].isChecked()
    assert page.focusWidget() is price.buttons["fresh"]
    assert not page.grid.unused
    click(qtbot, price.buttons["off"])
    assert session.recipe.augmentation.is_identity
    qtbot.waitUntil(lambda: page.grid.unused)


def test_a_choice_of_way_is_one_step(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    lines = page.head.price.buttons
    click(qtbot, lines["views"])
    assert session.recipe.augmentation.cached_views == 5
    page.head.price.views.setValue(7)
    assert session.recipe.augmentation.cached_views == 7
    qtbot.waitUntil(lambda: lines["views"].isChecked() and not page.preview.turn_on.isVisible())
    assert page.preview.heading.text() == augment_words.heading(session)
    lines["fresh"].setFocus()
    qtbot.keyClick(lines["fresh"], KEYS.Key_Space)
    assert session.recipe.augmentation.cached_views == 0
    assert session.choices.augmenting
    qtbot.keyClick(lines["fresh"], KEYS.Key_Up)
    assert session.recipe.augmentation.cached_views == 7
    qtbot.keyClick(lines["views"], KEYS.Key_Up)
    assert not session.choices.augmenting
    for views in (7, 0, 7):
        session.undo()
        assert session.choices.augmenting
        assert session.recipe.augmentation.cached_views == views
    session.undo()
    assert not session.choices.augmenting
    qtbot.waitUntil(lines["off"].isChecked)


def test_on_without_effect_is_not_used(qtbot: QtBot, session: Session, page: AugmentPage) -> None:
    head = page.head
    session.set_augmentation(AugmentationConfig())
    session.set_augmenting(True)
    qtbot.waitUntil(head.state.isVisible)
    assert head.state.text() == augment_words.state(session)
    assert head.cost.text() == augment_words.cost(session) != ""
    click(qtbot, head.price.buttons["off"])
    assert not session.choices.augmenting
    session.undo()
    session.change("augmentation.crop", 0.5)
    for stage in range(2):
        session.change(f"stages.{stage}.augment", False)
    qtbot.waitUntil(lambda: page.grid.unused)
    assert not page.grid.dim


def test_each_situation_is_said_in_words_of_its_own(session: Session) -> None:
    def step(act: object, *values: object) -> tuple[str, str]:
        act(*values)  # type: ignore[operator]
        return augment_words.state(session), augment_words.cost(session)

    off = augment_words.state(session), augment_words.cost(session)
    used = step(session.set_augmenting, True)
    partly = step(session.change, "stages.0.augment", False)
    unused = step(session.change, "stages.1.augment", False)
    empty = step(session.set_augmentation, AugmentationConfig())
    assert off == ("", "")
    assert len({state for state, _ in (off, used, partly, unused, empty)}) == 5
    assert used[1] == partly[1] == ""
    assert len({unused[1], empty[1], ""}) == 3
    assert "1" in partly[0]
    assert not augment_words.is_used(session)


def test_the_heading_is_true_of_each_view(session: Session) -> None:
    def headings() -> list[str]:
        return [augment_words.heading(session, view) for view in VIEWS]

    off = headings()
    title = augment_presets.preset_title("light")
    assert [title in words for words in off] == [True, True, True, False, False]
    session.set_augmenting(True)
    on = headings()
    assert len(set(on)) == len(VIEWS)
    assert not set(on) & set(off)
    for views, told in ((1, []), (5, [5]), (40, [12, 40])):
        session.set_views(views)
        assert numbers(headings()[0]) == told
    session.set_augmentation(AugmentationConfig())
    assert len({*headings(), *on, *off}) > len({*on, *off})
    session.set_augmenting(False)
    assert not any(title in words for words in headings())


def test_the_button_that_turns_it_on_tells_the_time_that_it_adds(session: Session) -> None:
    words = augment_words.turn_on(session)
    assert words
    session.engine.speed = SPEED
    assert augment_words.turn_on(session).startswith(f"{words} (")


# -- prices -----------------------------------------------------------------------------------


@pytest.fixture
def price(qtbot: QtBot, session: Session) -> AugmentationPrice:
    session.engine.speed = SPEED
    made = AugmentationPrice()
    qtbot.addWidget(made)
    made.show()
    made.show_session(session)
    return made


def megabytes(price: AugmentationPrice, way: str) -> float:
    room = price.prices[way].text().split(SEPARATOR)[2]  # type: ignore[index]
    number, unit = room.replace("\N{NO-BREAK SPACE}", " ").split(" ")[:2]
    return float(number) * {"kB": 0.001, "MB": 1, "GB": 1000}[unit]


def test_each_line_tells_time_epochs_and_disk_in_a_tight_block(price: AugmentationPrice) -> None:
    for label in price.prices.values():
        total, epoch, disk = label.text().split(SEPARATOR)
        assert total
        assert numbers(epoch)
        assert numbers(disk)
    assert price.minimumSizeHint().height() <= 3 * (price.fontMetrics().height() + 8)
    assert len({label.x() for label in price.prices.values()}) == 1
    assert price.comparison.x() > max(label.x() for label in price.prices.values())


def test_more_views_take_more_of_the_disk(price: AugmentationPrice, session: Session) -> None:
    before = megabytes(price, "views")
    assert megabytes(price, "off") < before
    session.set_views(20)
    price.show_session(session)
    assert price.views.value() == 20
    assert megabytes(price, "views") > 2 * before
    assert price.buttons["views"].isChecked()
    fits, color = price.prices["views"].text(), price.prices["views"].palette().windowText()
    cache_budget.choose_budget(10**6)
    session.engine.speed = SPEED
    estimate._room.cache_clear()
    session.change("dataset.image_size", 224)
    assert not prices(session, 20)["views"].fits
    price.show_session(session)
    assert price.prices["views"].palette().windowText() != color
    assert len(price.prices["views"].text()) > len(fits) + 10


def test_a_click_and_the_number_ask_for_a_way(qtbot: QtBot, price: AugmentationPrice) -> None:
    with qtbot.waitSignal(price.chosen) as chosen:
        click(qtbot, price.buttons["fresh"])
    assert chosen.args == ["fresh", 5]
    with qtbot.waitSignal(price.chosen) as chosen:
        price.views.selectAll()
        qtbot.keyClicks(price.views, "12")
        qtbot.keyClick(price.views, KEYS.Key_Return)
    assert chosen.args == ["views", 12]


def test_showing_emits_no_choice(qtbot: QtBot, price: AugmentationPrice, session: Session) -> None:
    for views in (7, 0):
        session.set_views(views)
        with qtbot.assertNotEmitted(price.chosen):
            price.show_session(session)
    assert price.buttons["fresh"].isChecked()
    assert price.views.value() == 7


def test_without_measurement_there_is_no_price(price: AugmentationPrice, session: Session) -> None:
    session.engine.speed = None
    price.show_session(session)
    assert price.isVisible()
    assert [label.text() for label in price.prices.values()] == ["", "", ""]
    for config, is_choice in ((AugmentationConfig(), False), (TURNED, True)):
        session.set_augmentation(config)
        price.show_session(session)
        assert price.isVisible() == is_choice
