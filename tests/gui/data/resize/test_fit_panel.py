"""Stretch, crop and pad: seen on a picture, chosen, and what they cost on the dataset."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QColorDialog, QWidget
from pytestqt.qtbot import QtBot

from core.dataset.summary import DatasetSummary, scan
from core.images import load as images
from gui.controls.layouts import ScrollColumn
from gui.data.resize.panel import FIT, FitPanel
from tests.support.window.data_page import click, retype
from tests.support.window.fitting import draw_shapes, pixels, show, squares

FITS = ("stretch", "crop", "pad")
WIDE, TURNED, SQUARE, CLEAR = (
    "cat/a wide.png",
    "cat/b turned.jpg",
    "dog/c square.png",
    "dog/d clear.png",
)


@pytest.fixture
def summary(tmp_path: Path) -> DatasetSummary:
    return scan(draw_shapes(tmp_path / "shapes"))


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[FitPanel]:
    made = FitPanel()
    qtbot.addWidget(made)
    made.resize(615, 560)
    with qtbot.waitExposed(made):
        made.show()
    yield made
    made.close()


def wait_for_pictures(qtbot: QtBot, panel: FitPanel, path: str) -> None:
    """Until the panel shows the sample at ``path`` and all that becomes of it."""
    assert panel.chooser.sample is not None
    assert panel.chooser.sample.path == path
    qtbot.waitUntil(lambda: not panel.is_waiting)


# -- what is seen ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", [WIDE, TURNED, CLEAR])
def test_the_cards_show_the_very_pixels_that_training_gets(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary, path: str
) -> None:
    config = show(panel, summary, background_color=(30, 90, 200))
    panel.show_sample(path)
    wait_for_pictures(qtbot, panel, path)
    for fit in FITS:
        trained = images.load_for(config.model_copy(update={"fit": fit}), summary.folder / path)
        assert np.array_equal(pixels(panel.cards[fit].image), trained)


def test_the_frame_is_the_square_in_the_middle_that_a_crop_keeps(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    wait_for_pictures(qtbot, panel, WIDE)
    picture, frame = panel.original.picture_rect(), panel.original.frame_rect().toRect()
    assert frame.width() == frame.height() == picture.height()
    assert abs(frame.center().x() - picture.center().x()) <= 1
    assert picture.width() == pytest.approx(3 * picture.height(), abs=3)


def test_what_a_crop_loses_is_dark_while_crop_is_chosen(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    wait_for_pictures(qtbot, panel, WIDE)
    outside = panel.original.picture_rect().topLeft() + QPoint(4, 4)
    before = panel.original.grab().toImage().pixelColor(outside).lightness()
    show(panel, summary, fit="crop")
    assert panel.original.grab().toImage().pixelColor(outside).lightness() < before


def test_the_picture_is_named_with_its_upright_size_and_what_each_way_does_to_it(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    panel.show_sample(TURNED)
    wait_for_pictures(qtbot, panel, TURNED)
    assert panel.chooser.name.text == TURNED
    assert panel.chooser.words.text == "30 × 40 px · picture 2 of 4"
    effects = [panel.cards[fit].effect.replace("\N{NO-BREAK SPACE}", " ") for fit in FITS]
    assert effects == [
        "Here: squeezed to 75 % of its height.",
        "Here: 25 % of the picture is lost.",
        "Here: 25 % of the square is border.",
    ]
    panel.show_sample(SQUARE)
    assert {panel.cards[fit].effect for fit in FITS} == {"Here: a square already, nothing changes."}


def test_another_background_shows_behind_what_is_transparent(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    panel.show_sample(CLEAR)
    wait_for_pictures(qtbot, panel, CLEAR)
    assert pixels(panel.cards["stretch"].image)[0, 0].tolist() == [255, 255, 255]
    show(panel, summary, background_color=(10, 20, 30))
    wait_for_pictures(qtbot, panel, CLEAR)
    assert pixels(panel.cards["stretch"].image)[0, 0].tolist() == [10, 20, 30]


def test_a_picture_that_went_away_is_said_in_its_place(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    wait_for_pictures(qtbot, panel, WIDE)
    (summary.folder / TURNED).unlink()
    panel.show_sample(TURNED)
    qtbot.waitUntil(lambda: "the file has gone" in panel.original.placeholder)
    assert not panel.original.has_picture
    assert all(card.image is None for card in panel.cards.values())
    panel.show_sample(WIDE)
    wait_for_pictures(qtbot, panel, WIDE)
    assert panel.original.has_picture


def test_nothing_is_made_while_the_panel_is_not_seen(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    panel.hide()
    show(panel, summary)
    assert not panel.is_waiting
    panel.show()
    assert panel.is_waiting
    wait_for_pictures(qtbot, panel, WIDE)


# -- which picture --------------------------------------------------------------------------


def test_the_buttons_go_from_picture_to_picture(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    chooser = panel.chooser
    click(qtbot, chooser.forward)
    assert chooser.name.text == TURNED
    click(qtbot, chooser.back)
    click(qtbot, chooser.back)  # the last is before the first
    assert chooser.name.text == CLEAR
    click(qtbot, chooser.oblong)
    assert chooser.name.text == WIDE
    click(qtbot, chooser.transparent)
    assert chooser.name.text == CLEAR
    seen = set()
    for _ in range(40):
        before = chooser.name.text
        click(qtbot, chooser.any)
        assert chooser.name.text != before
        seen.add(chooser.name.text)
    assert seen == {WIDE, TURNED, SQUARE, CLEAR}
    wait_for_pictures(qtbot, panel, chooser.name.text)


def test_the_picture_looked_at_stays_when_others_leave_the_dataset(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary, tmp_path: Path
) -> None:
    show(panel, summary)
    panel.show_sample(SQUARE)
    (summary.folder / WIDE).unlink()
    show(panel, scan(summary.folder))
    assert panel.chooser.name.text == SQUARE
    assert panel.chooser.words.text.endswith("picture 2 of 3")
    show(panel, squares(tmp_path / "others"))
    assert panel.chooser.name.text == "cat/one.png"
    assert panel.chooser.transparent.isHidden()
    assert not panel.chooser.oblong.isEnabled()


# -- choosing -------------------------------------------------------------------------------


def test_a_click_anywhere_on_a_card_chooses_it(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    assert [panel.cards[fit].isChecked() for fit in FITS] == [True, False, False]
    card = panel.cards["pad"]
    with qtbot.waitSignal(panel.changed) as changed:
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=card.picture_rect().center())
    assert changed.args == [FIT, "pad"]


def test_the_arrow_keys_choose_among_the_cards(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    panel.cards["stretch"].setFocus()
    with qtbot.waitSignal(panel.changed) as changed:
        qtbot.keyClick(panel.cards["stretch"], Qt.Key.Key_Right)
    assert changed.args == [FIT, "crop"]
    assert panel.cards["crop"].hasFocus()


def test_the_chosen_card_says_nothing_when_clicked_again(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary, fit="crop")
    with qtbot.assertNotEmitted(panel.changed):
        click(qtbot, panel.cards["crop"])
    assert panel.cards["crop"].isChecked()


# -- what it costs --------------------------------------------------------------------------


def test_what_a_crop_would_lose_is_a_warning_only_while_crop_is_chosen(
    panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    # a third is kept of the wide one, three and four fifths of two, all of the square
    assert panel.loss.text.replace("\N{NO-BREAK SPACE}", " ") == (
        "Crop loses 27.9 % of the picture area on average, in 1 of 4 pictures more than a quarter."
    )
    assert panel.loss.kind == "plain"
    show(panel, summary, fit="crop")
    assert panel.loss.kind == "warning"


def test_where_all_are_squares_there_is_nothing_to_lose(panel: FitPanel, tmp_path: Path) -> None:
    show(panel, squares(tmp_path / "squares"), fit="crop")
    assert panel.loss.text == "All pictures are squares: each way gives the same."
    assert panel.loss.kind == "plain"


# -- fields ---------------------------------------------------------------------------------


def test_the_background_is_chosen_in_a_dialog(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(panel, summary)
    assert panel.fields.background.text() == "#ffffff"
    answers = [QColor(1, 2, 3), QColor(), QColor(255, 255, 255)]
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: answers.pop(0))
    with qtbot.waitSignal(panel.changed) as changed:
        click(qtbot, panel.fields.background)
    assert changed.args == ["dataset.background_color", (1, 2, 3)]
    with qtbot.assertNotEmitted(panel.changed):  # no answer, and the colour it is already
        click(qtbot, panel.fields.background)
        click(qtbot, panel.fields.background)


def test_it_is_said_whether_any_picture_is_transparent(
    panel: FitPanel, summary: DatasetSummary, tmp_path: Path
) -> None:
    show(panel, summary)
    words = panel.fields.boxes["dataset.background_color"].help
    assert words.text == "1 may be transparent"
    show(panel, squares(tmp_path / "squares"))
    assert words.text == "no picture is transparent"


def test_the_largest_picture_is_told_once_it_is_whole(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    field = panel.fields.megapixels
    told = []
    panel.changed.connect(lambda key, value: told.append((key, value)))
    retype(qtbot, field, "50")
    assert told == []
    show(panel, summary)  # another part of the window changed meanwhile
    assert field.text() == "50"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told == [("dataset.max_megapixels", 50.0)]
    retype(qtbot, field, "60")
    panel.hide()
    assert told[1:] == [("dataset.max_megapixels", 60.0)]
    retype(qtbot, field, "0")
    assert not field.is_valid
    panel.start_afresh()
    assert field.is_valid
    assert len(told) == 2


def test_pictures_over_the_limit_are_counted(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    limit = 0.002  # of a million pixels: 2000
    show(panel, scan(summary.folder, max_megapixels=limit), max_megapixels=limit)
    assert panel.fields.boxes["dataset.max_megapixels"].help.text == "1 is larger and left out"


def test_the_picture_size_leads_to_where_it_is_set(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    assert panel.fields.picture_size.text() == "32 px"
    with qtbot.waitSignal(panel.size_asked):
        click(qtbot, panel.fields.picture_size)


def test_what_the_recipe_refuses_is_marked_until_the_next_change(
    panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    key = "dataset.max_megapixels"
    assert panel.field_name(key) == "Largest (megapixels)"
    assert panel.field_name(FIT) == "Fit"
    assert panel.field_name("seed") == "seed"
    panel.show_error(key, "Too large.")
    assert panel.problem.text == "Too large."
    assert panel.fields.boxes[key].error
    show(panel, summary)
    assert panel.problem.isHidden()
    assert not panel.fields.boxes[key].error


# -- room -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(615, 560), (480, 460)])
def test_everything_is_within_reach(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary, width: int, height: int
) -> None:
    show(panel, summary, fit="crop")
    panel.resize(width, height)
    qtbot.waitUntil(lambda: panel.width() == width)
    area = panel.findChild(ScrollColumn)
    assert isinstance(area, ScrollColumn)
    assert area.horizontalScrollBar().maximum() == 0
    wanted: list[QWidget] = [*panel.cards.values(), *panel.fields.boxes.values(), panel.loss]
    for part in wanted:
        inside = QRect(part.mapTo(area.widget(), QPoint()), part.size())
        assert area.widget().rect().contains(inside)
    assert all(card.picture_rect().width() >= 110 for card in panel.cards.values())
