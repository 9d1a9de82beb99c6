"""The Resize panel: stretch, crop and pad seen on an image, chosen, and what they cost."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QColorDialog, QWidget
from pytestqt.qtbot import QtBot

from core.dataset import health
from core.dataset.split import split
from core.dataset.summary import DatasetSummary, Sample, scan
from core.images import load as images
from core.images.load import Header
from core.recipe.config import DatasetConfig
from gui.controls.layouts import ScrollColumn
from gui.data import words as data_words
from gui.data.resize.panel import FIT, FitPanel
from tests.support.window.data_page import click, numbers, retype
from tests.support.window.datasets import made, parted
from tests.support.wording import said

FITS = ("stretch", "crop", "pad")
BACKGROUND, MEGAPIXELS = "dataset.background_color", "dataset.max_megapixels"
WIDE, TURNED = "cat/a wide.png", "cat/b turned.jpg"
SQUARE, CLEAR = "dog/c square.png", "dog/d clear.png"


@pytest.fixture(scope="module")
def summary(tmp_path_factory: pytest.TempPathFactory) -> DatasetSummary:
    """A wide image, one turned by its EXIF, a square, one that is transparent; read-only."""
    folder = tmp_path_factory.mktemp("shapes")
    for name in ("cat", "dog"):
        (folder / name).mkdir()
    rng = np.random.default_rng(5)
    wide = rng.integers(0, 256, (30, 90, 3), dtype=np.uint8)
    Image.fromarray(wide).save(folder / WIDE)
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: a quarter turn
    turned = Image.fromarray(rng.integers(0, 256, (30, 40, 3), dtype=np.uint8))
    turned.save(folder / TURNED, exif=exif)
    Image.new("RGB", (32, 32), (200, 40, 40)).save(folder / SQUARE)
    Image.new("RGBA", (40, 32), (0, 0, 0, 0)).save(folder / CLEAR)
    return scan(folder)


@pytest.fixture
def own_summary(summary: DatasetSummary, tmp_path: Path) -> DatasetSummary:
    """A copy of it to change."""
    return scan(Path(shutil.copytree(summary.folder, tmp_path / "shapes")))


@pytest.fixture
def squares(tmp_path: Path) -> DatasetSummary:
    """Two classes of square images alone."""
    for name in ("cat", "dog"):
        (tmp_path / "squares" / name).mkdir(parents=True)
        Image.new("RGB", (32, 32), (9, 99, 9)).save(tmp_path / "squares" / name / "one.png")
    return scan(tmp_path / "squares")


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[FitPanel]:
    made_one = FitPanel()
    qtbot.addWidget(made_one)
    made_one.resize(615, 560)
    with qtbot.waitExposed(made_one):
        made_one.show()
    yield made_one
    made_one.close()


def show(panel: FitPanel, summary: DatasetSummary, **chosen: object) -> DatasetConfig:
    """Show ``summary`` with a recipe of ``chosen``."""
    config = DatasetConfig.model_validate({"image_size": 32, **chosen})
    panel.show_dataset(summary, split(summary, config), config)
    return config


def show_image(qtbot: QtBot, panel: FitPanel, path: str) -> None:
    """Show the sample at ``path`` and wait for all that becomes of it."""
    panel.show_sample(path)
    assert panel.chooser.sample is not None
    assert panel.chooser.sample.path == path
    qtbot.waitUntil(lambda: not panel.is_waiting)


def pixels(image: QImage | None) -> NDArray[np.uint8]:
    """uint8 [height, width, 3] of an image."""
    assert image is not None
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


# -- what is known of a dataset -------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 90), st.integers(1, 90)), min_size=1, max_size=12))
def test_the_loss_is_that_of_the_health_report(sizes: list[tuple[int, int]]) -> None:
    samples = tuple(
        Sample(f"cat/{number}.png", 0, header=Header("PNG", *size, "RGB"))
        for number, size in enumerate(sizes)
    )
    summary = made({"cat": (0, 0, 0)}, samples=samples)
    loss = data_words.resize_facts(summary).loss
    shapes = health.report(summary, parted(summary)).shapes
    assert shapes is not None
    assert loss.mean == pytest.approx(shapes.crop_loss)
    assert loss.many == shapes.losing_much
    assert loss.is_costly == shapes.is_crop_costly


def test_palettes_and_alpha_may_be_transparent() -> None:
    modes = ("RGB", "P", "LA", "L", "RGBA", "PA")
    samples = tuple(
        Sample(f"cat/{mode}.png", 0, header=Header("PNG", 9, 9, mode)) for mode in modes
    )
    facts = data_words.resize_facts(made({"cat": (0, 0, 0)}, samples=samples))
    assert [modes[place] for place in facts.transparent] == ["P", "LA", "RGBA", "PA"]


# -- what is seen ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", [WIDE, TURNED, CLEAR])
def test_the_cards_show_the_very_pixels_that_training_gets(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary, path: str
) -> None:
    for color in ((255, 255, 255), (30, 90, 200)):
        config = show(panel, summary, background_color=color)
        show_image(qtbot, panel, path)
        for fit in FITS:
            trained = images.load_for(config.model_copy(update={"fit": fit}), summary.folder / path)
            assert np.array_equal(pixels(panel.cards[fit].image), trained)
    if path == CLEAR:
        assert pixels(panel.cards["stretch"].image)[0, 0].tolist() == [30, 90, 200]


def test_a_frame_marks_the_square_that_a_crop_keeps_and_all_else_gets_dark(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    show_image(qtbot, panel, WIDE)
    picture, frame = panel.original.picture_rect(), panel.original.frame_rect().toRect()
    assert frame.width() == frame.height() == picture.height()
    assert abs(frame.center().x() - picture.center().x()) <= 1
    assert picture.width() == pytest.approx(3 * picture.height(), abs=3)
    outside = picture.topLeft() + QPoint(4, 4)
    before = panel.original.grab().toImage().pixelColor(outside).lightness()
    show(panel, summary, fit="crop")
    assert panel.original.grab().toImage().pixelColor(outside).lightness() < before


def test_the_image_is_named_with_its_upright_size_and_what_each_way_does_to_it(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    show_image(qtbot, panel, TURNED)
    assert panel.chooser.name.text == TURNED
    assert numbers(panel.chooser.words.text) == [30, 40, 2, 4]
    high = [panel.cards[fit].effect for fit in FITS]
    assert [numbers(one) for one in high] == [[75], [25], [25]]
    show_image(qtbot, panel, WIDE)
    wide = [panel.cards[fit].effect for fit in FITS]
    assert [numbers(one) for one in wide] == [[33], [67], [67]]
    stretched = [one[0].replace(share, "") for one, share in ((high, "75"), (wide, "33"))]
    assert stretched[0] != stretched[1], "one is squeezed in height, the other in width"
    panel.show_sample(SQUARE)
    (nothing,) = {panel.cards[fit].effect for fit in FITS}
    assert numbers(nothing) == []


def test_an_image_that_went_away_is_said_in_its_place(
    qtbot: QtBot, panel: FitPanel, own_summary: DatasetSummary
) -> None:
    show(panel, own_summary)
    show_image(qtbot, panel, WIDE)
    (own_summary.folder / TURNED).unlink()
    panel.show_sample(TURNED)
    qtbot.waitUntil(lambda: "file_missing" in said(panel.original.placeholder))
    assert not panel.original.has_picture
    assert all(card.image is None for card in panel.cards.values())
    show_image(qtbot, panel, WIDE)
    assert panel.original.has_picture


def test_nothing_is_made_while_the_panel_is_not_seen(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    panel.hide()
    show(panel, summary)
    assert not panel.is_waiting
    panel.show()
    assert panel.is_waiting
    show_image(qtbot, panel, WIDE)


# -- which image ----------------------------------------------------------------------------


def test_the_buttons_go_from_image_to_image(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    chooser = panel.chooser
    for button, path in (
        (chooser.forward, TURNED),
        (chooser.back, WIDE),
        (chooser.back, CLEAR),  # the last is before the first
        (chooser.oblong, WIDE),
        (chooser.transparent, CLEAR),
    ):
        click(qtbot, button)
        assert chooser.name.text == path
    seen = set()
    for _ in range(40):
        before = chooser.name.text
        click(qtbot, chooser.any)
        assert chooser.name.text != before
        seen.add(chooser.name.text)
    assert seen == {WIDE, TURNED, SQUARE, CLEAR}
    show_image(qtbot, panel, chooser.name.text)


def test_the_image_looked_at_stays_when_others_leave_the_dataset(
    panel: FitPanel, own_summary: DatasetSummary, squares: DatasetSummary
) -> None:
    show(panel, own_summary)
    panel.show_sample(SQUARE)
    (own_summary.folder / WIDE).unlink()
    show(panel, scan(own_summary.folder))
    assert panel.chooser.name.text == SQUARE
    assert numbers(panel.chooser.words.text)[-2:] == [2, 3]
    show(panel, squares)
    assert panel.chooser.name.text == "cat/one.png"
    assert panel.chooser.transparent.isHidden()
    assert not panel.chooser.oblong.isEnabled()


# -- choosing -------------------------------------------------------------------------------


def test_a_click_anywhere_on_a_card_or_an_arrow_chooses(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    assert [panel.cards[fit].isChecked() for fit in FITS] == [True, False, False]
    card = panel.cards["pad"]
    with qtbot.waitSignal(panel.changed) as changed:
        qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=card.picture_rect().center())
    assert changed.args == [FIT, "pad"]
    show(panel, summary)
    panel.cards["stretch"].setFocus()
    with qtbot.waitSignal(panel.changed) as changed:
        qtbot.keyClick(panel.cards["stretch"], Qt.Key.Key_Right)
    assert changed.args == [FIT, "crop"]
    assert panel.cards["crop"].hasFocus()
    show(panel, summary, fit="crop")
    with qtbot.assertNotEmitted(panel.changed):
        click(qtbot, panel.cards["crop"])
    assert panel.cards["crop"].isChecked()


def test_what_a_crop_would_lose_is_a_warning_only_while_crop_is_chosen(
    panel: FitPanel, summary: DatasetSummary, squares: DatasetSummary
) -> None:
    show(panel, summary)
    # a third is kept of the wide one, three and four fifths of two, all of the square
    assert numbers(panel.loss.text) == [27.9, 1, 4]
    assert panel.loss.kind == "plain"
    show(panel, summary, fit="crop")
    assert panel.loss.kind == "warning"
    show(panel, squares, fit="crop")
    assert numbers(panel.loss.text) == []
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
    assert changed.args == [BACKGROUND, (1, 2, 3)]
    with qtbot.assertNotEmitted(panel.changed):  # no answer, and the colour it is already
        click(qtbot, panel.fields.background)
        click(qtbot, panel.fields.background)


def test_transparent_images_and_those_over_the_limit_are_counted(
    panel: FitPanel, summary: DatasetSummary, squares: DatasetSummary
) -> None:
    boxes, limit = panel.fields.boxes, 0.002  # of a million pixels: 2000
    show(panel, summary)
    assert numbers(boxes[BACKGROUND].help.text) == [1]
    assert numbers(boxes[MEGAPIXELS].help.text) == []
    show(panel, scan(summary.folder, max_megapixels=limit), max_megapixels=limit)
    assert numbers(boxes[MEGAPIXELS].help.text) == [1]
    show(panel, squares)
    assert numbers(boxes[BACKGROUND].help.text) == []


def test_the_largest_image_is_told_once_it_is_whole(
    qtbot: QtBot, panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    field = panel.fields.megapixels
    told: list[tuple[str, object]] = []
    panel.changed.connect(lambda key, value: told.append((key, value)))
    retype(qtbot, field, "50")
    assert told == []
    show(panel, summary)  # another part of the window changed meanwhile
    assert field.text() == "50"
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told == [(MEGAPIXELS, 50.0)]
    retype(qtbot, field, "60")
    panel.hide()
    assert told[1:] == [(MEGAPIXELS, 60.0)]
    retype(qtbot, field, "0")
    assert not field.is_valid
    panel.start_afresh()
    assert field.is_valid
    assert len(told) == 2


def test_what_the_recipe_refuses_is_marked_until_the_next_change(
    panel: FitPanel, summary: DatasetSummary
) -> None:
    show(panel, summary)
    names = {panel.field_name(key) for key in (MEGAPIXELS, FIT)}
    assert len(names | {MEGAPIXELS, FIT}) == 4
    assert panel.field_name("seed") == "seed"
    panel.show_error(MEGAPIXELS, "Too large.")
    assert panel.problem.text == "Too large."
    assert panel.fields.boxes[MEGAPIXELS].error
    show(panel, summary)
    assert panel.problem.isHidden()
    assert not panel.fields.boxes[MEGAPIXELS].error


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
