"""A picture is shown whole, in its proportions and colours."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from gui.controls.image_view import PictureView, to_qimage

RED = np.full((40, 80, 3), (255, 0, 0), np.uint8)


@pytest.fixture
def view(qtbot: QtBot) -> PictureView:
    view = PictureView()
    qtbot.addWidget(view)
    view.resize(200, 200)
    view.show()
    return view


def color_at_center(view: PictureView) -> QColor:
    center = view.picture_rect().center()
    return view.grab().toImage().pixelColor(center)


def test_an_image_has_the_array_s_pixels() -> None:
    array = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    image = to_qimage(array)
    assert (image.width(), image.height()) == (7, 5)
    shown = [[image.pixelColor(x, y).getRgb()[:3] for x in range(7)] for y in range(5)]
    assert np.array_equal(shown, array)


@pytest.mark.parametrize("view_of", ["rows", "columns", "mirrored"])
def test_an_image_is_a_copy_of_any_view(view_of: str) -> None:
    whole = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)
    array = {"rows": whole[::2], "columns": whole[:, 1:4], "mirrored": whole[:, ::-1]}[view_of]
    first = array[0, 0].copy()
    image = to_qimage(array)
    whole[:] = 0
    assert list(image.pixelColor(0, 0).getRgb()[:3]) == list(first)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        to_qimage(array)


def test_it_fits_and_keeps_its_proportions(view: PictureView) -> None:
    view.set_picture(RED)
    assert view.picture_rect().size().toTuple() == (200, 100)
    assert color_at_center(view) == QColor("red")
    view.resize(100, 300)
    assert view.picture_rect().size().toTuple() == (100, 50)
    assert color_at_center(view) == QColor("red")


def test_dim_pales_it(view: PictureView) -> None:
    view.set_picture(RED)
    view.dim = True
    assert color_at_center(view).green() > 100
    view.dim = False
    assert color_at_center(view) == QColor("red")


def test_a_caption_takes_room_below(view: PictureView) -> None:
    view.set_picture(np.full((80, 80, 3), 255, np.uint8))
    before = view.grab().toImage()
    view.caption = "untouched"
    assert view.picture_rect().height() < 200
    assert view.accessibleName() == "untouched"
    assert view.grab().toImage() != before


def test_without_a_picture_it_says_so(view: PictureView) -> None:
    assert not view.has_picture
    empty = view.grab().toImage()
    view.placeholder = "Choose a picture"
    said = view.grab().toImage()
    assert said != empty
    view.set_image(QImage(10, 10, QImage.Format.Format_RGB888))
    assert view.has_picture
    view.set_picture(None)
    assert view.grab().toImage() == said
