"""A list in words on two lines, and what doesn't fit."""

from pytestqt.qtbot import QtBot

from gui.augment.before_after import ShortList
from tests.support.window.tiles import shown

ITEMS = [f"effect {number} +0.5 degrees" for number in range(9)]


def test_all_is_seen_where_there_is_room_and_else_how_many_more(qtbot: QtBot) -> None:
    one = ShortList()
    one.show_items(ITEMS, "plus is up")
    shown(qtbot, one, 2000, 80)
    height = one.height()
    assert one.text() == ", ".join(ITEMS)
    assert one.toolTip() == "plus is up"
    one.resize(330, height)
    count = int(one.text().rpartition(" and ")[2].removesuffix(" more"))
    assert one.text() == ", ".join(ITEMS[:-count]) + f" and {count} more"
    assert one.toolTip().splitlines() == [*ITEMS, "plus is up"]
    assert one.height() == height
    one.show_items([])
    assert (one.text(), one.toolTip()) == ("", "")
