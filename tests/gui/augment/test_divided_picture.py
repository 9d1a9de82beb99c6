"""Before and after, with a divider to drag."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from gui.augment.before_after import DividedPicture
from tests.support.window.tiles import shown

RED, BLUE = QColor(200, 0, 0), QColor(0, 0, 200)


def plain(color: QColor) -> QImage:
    image = QImage(32, 32, QImage.Format.Format_RGB888)
    image.fill(color)
    return image


@pytest.fixture
def picture(qtbot: QtBot) -> DividedPicture:
    made = DividedPicture("untouched", "augmented")
    made.show_images(plain(RED), plain(BLUE))
    shown(qtbot, made, 300, 240)
    return made


def at(picture: DividedPicture, share: float) -> QPoint:
    """A point so far across the picture, below its words and its knob."""
    place = picture.picture_rect()
    return QPoint(place.left() + round(share * place.width()), place.bottom() - 20)


def color(picture: DividedPicture, share: float) -> QColor:
    return picture.grab().toImage().pixelColor(at(picture, share))


def test_each_side_shows_its_picture(picture: DividedPicture) -> None:
    assert picture.divider == 0.5
    assert color(picture, 0.25) == RED
    assert color(picture, 0.75) == BLUE


def test_the_divider_follows_the_mouse(qtbot: QtBot, picture: DividedPicture) -> None:
    button = Qt.MouseButton.LeftButton
    qtbot.mousePress(picture, button, pos=at(picture, 0.5))
    qtbot.mouseMove(picture, at(picture, 0.9))
    assert picture.divider == pytest.approx(0.9, abs=0.01)
    assert color(picture, 0.8) == RED
    qtbot.mouseMove(picture, QPoint(-50, 10))
    assert picture.divider == 0
    assert color(picture, 0.1) == BLUE
    qtbot.mouseRelease(picture, button, pos=at(picture, 0))
    qtbot.mouseMove(picture, at(picture, 0.7))
    assert picture.divider == 0


def test_keys_move_the_divider(qtbot: QtBot, picture: DividedPicture) -> None:
    qtbot.keyClick(picture, Qt.Key.Key_Right)
    assert picture.divider == pytest.approx(0.52)
    qtbot.keyClick(picture, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert picture.divider == pytest.approx(0.42)
    assert picture.accessibleDescription() == "Divider at 42 percent"
    qtbot.keyClick(picture, Qt.Key.Key_Home)
    assert picture.divider == 0
    qtbot.keyClick(picture, Qt.Key.Key_End)
    assert picture.divider == 1
    assert color(picture, 0.9) == RED


def test_up_and_down_ask_for_other_versions_and_enter_opens(
    qtbot: QtBot, picture: DividedPicture
) -> None:
    with qtbot.waitSignal(picture.turned) as turned:
        qtbot.keyClick(picture, Qt.Key.Key_Down)
    assert turned.args == [1]
    with qtbot.waitSignal(picture.opened):
        qtbot.keyClick(picture, Qt.Key.Key_Return)


def test_what_training_does_not_use_is_marked_and_keeps_its_colors(
    picture: DividedPicture,
) -> None:
    before = picture.grab().toImage()
    picture.unused = True
    assert picture.grab().toImage() != before
    assert color(picture, 0.25) == RED
    assert color(picture, 0.75) == BLUE


def test_a_name_is_never_sliced_by_the_divider(picture: DividedPicture) -> None:
    corner = picture.picture_rect().topLeft() + QPoint(8, 8)
    assert picture.grab().toImage().pixelColor(corner) != RED
    picture.divider = 0.15
    assert picture.grab().toImage().pixelColor(corner) == RED


def test_without_a_picture_the_message_is_shown(picture: DividedPicture) -> None:
    before = picture.grab().toImage()
    picture.message = "gone"
    picture.show_images(None, None)
    assert picture.grab().toImage() != before
