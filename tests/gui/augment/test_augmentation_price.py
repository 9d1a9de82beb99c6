"""Off, kept views, new ones: which is chosen, and what each costs."""

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.compute import estimate
from core.compute.cache import budget as cache_budget
from core.recipe.config import AugmentationConfig
from gui.augment.price import AugmentationPrice
from gui.session.session import Session
from tests.support.pictures import PictureFolder
from tests.support.window.fakes import SPEED, open_folder


@pytest.fixture
def price(qtbot: QtBot, session: Session, picture_folder: PictureFolder) -> AugmentationPrice:
    open_folder(qtbot, session, picture_folder(per_class=40))
    session.engine.speed = SPEED
    made = AugmentationPrice()
    qtbot.addWidget(made)
    made.show()
    made.show_session(session)
    return made


def _said(price: AugmentationPrice, way: str) -> str:
    return price.prices[way].text().replace("\xa0", " ")  # type: ignore[index]


def _gigabytes(price: AugmentationPrice, way: str) -> float:
    number, unit = _said(price, way).split(" · ")[2].split(" ")[:2]
    return float(number) / {"MB": 1000, "GB": 1}[unit]


def test_each_line_tells_time_epochs_and_disk(price: AugmentationPrice) -> None:
    for way in ("off", "views", "fresh"):
        total, epoch, disk = _said(price, way).split(" · ")
        assert total
        assert epoch.startswith("then ")
        assert disk.endswith(" on disk")
    assert "take them in turn" in " ".join(price.comparison.text().split())


def test_the_lines_are_a_tight_block_with_their_prices_in_one_column(
    price: AugmentationPrice,
) -> None:
    assert price.minimumSizeHint().height() <= 3 * (price.fontMetrics().height() + 8)
    assert len({label.x() for label in price.prices.values()}) == 1
    assert price.comparison.x() > max(label.x() for label in price.prices.values())


def test_more_views_take_more_of_the_disk(price: AugmentationPrice, session: Session) -> None:
    before = _gigabytes(price, "views")
    assert _gigabytes(price, "off") < before
    session.set_views(20)
    price.show_session(session)
    assert price.views.value() == 20
    assert _gigabytes(price, "views") > 2 * before
    assert price.buttons["views"].isChecked()


def test_a_click_and_the_number_ask_for_a_way(qtbot: QtBot, price: AugmentationPrice) -> None:
    with qtbot.waitSignal(price.chosen) as chosen:
        qtbot.mouseClick(price.buttons["fresh"], Qt.MouseButton.LeftButton)
    assert chosen.args == ["fresh", 5]
    with qtbot.waitSignal(price.chosen) as chosen:
        price.views.selectAll()
        qtbot.keyClicks(price.views, "12")
        qtbot.keyClick(price.views, Qt.Key.Key_Return)
    assert chosen.args == ["views", 12]


def test_showing_asks_for_nothing(qtbot: QtBot, price: AugmentationPrice, session: Session) -> None:
    session.set_views(7)
    with qtbot.assertNotEmitted(price.chosen):
        price.show_session(session)
    assert price.views.value() == 7


def test_the_number_stays_while_another_way_is_chosen(
    price: AugmentationPrice, session: Session
) -> None:
    for views in (7, 0):
        session.set_views(views)
        price.show_session(session)
    assert price.buttons["fresh"].isChecked()
    assert price.views.value() == 7


def test_what_has_no_room_says_so(price: AugmentationPrice, session: Session) -> None:
    cache_budget.choose_budget(10**6)
    session.engine.speed = SPEED
    estimate._room.cache_clear()
    price.show_session(session)
    assert _said(price, "views").endswith("more than may be kept")


def test_without_a_measurement_there_are_lines_but_no_prices(
    price: AugmentationPrice, session: Session
) -> None:
    session.engine.speed = None
    price.show_session(session)
    assert price.isVisible()
    assert [_said(price, way) for way in ("off", "views", "fresh")] == ["", "", ""]


def test_without_an_effect_there_is_nothing_to_choose(
    price: AugmentationPrice, session: Session
) -> None:
    session.set_augmentation(AugmentationConfig())
    price.show_session(session)
    assert not price.isVisible()
    session.set_augmentation(AugmentationConfig(rotation=(-5.0, 5.0)))
    price.show_session(session)
    assert price.isVisible()
