"""The Resize panel: stretch, crop and pad seen on an image, chosen, and what they cost."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QColorDialog
from pytestqt.qtbot import QtBot

from core.dataset import health
from core.dataset.scan import look_through
from core.dataset.split import split
from core.dataset.summary import DatasetSummary, Sample, scan, summarize
from core.images import load as images
from core.images.load import Header
from core.recipe.config import DatasetConfig
from gui.data import words as data_words
from gui.data.resize.panel import FIT, FitPanel
from tests.support.window.acting import click, retype
from tests.support.window.data_page import emitted, numbers, on_screen
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


class Panel(FitPanel):
    """On screen with a dataset, and it waits."""

    def __init__(self, qtbot: QtBot, summary: DatasetSummary) -> None:
        super().__init__()
        self._qtbot, self.summary = qtbot, summary
        on_screen(qtbot, self, 615, 560, FitPanel.close)
        self.take()

    def take(self, summary: DatasetSummary | None = None, **chosen: object) -> DatasetConfig:
        """Show ``summary``, or the one of before, with a recipe of ``chosen``."""
        self.summary = summary or self.summary
        config = DatasetConfig.model_validate({"image_size": 32, **chosen})
        self.show_dataset(self.summary, split(self.summary, config), config)
        return config

    def take_sample(self, path: str) -> None:
        """Show the sample at ``path`` and wait for all that becomes of it."""
        self.show_sample(path)
        assert self.chooser.sample.path == path
        self._qtbot.waitUntil(lambda: not self.is_waiting)


@pytest.fixture
def panel(qtbot: QtBot, summary: DatasetSummary) -> Panel:
    return Panel(qtbot, summary)


def pixels(image: QImage | None) -> NDArray[np.uint8]:
    """uint8 [height, width, 3] of an image."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(rgb.height(), rgb.bytesPerLine())
    return rows[:, : 3 * rgb.width()].reshape(rgb.height(), rgb.width(), 3).copy()


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


@pytest.mark.parametrize("path", [WIDE, TURNED, CLEAR])
def test_cards_show_the_pixels_that_training_gets(panel: Panel, path: str) -> None:
    for color in ((255, 255, 255), (30, 90, 200)):
        config = panel.take(background_color=color)
        panel.take_sample(path)
        for fit in FITS:
            recipe = config.model_copy(update={"fit": fit})
            trained = images.load_for(recipe, panel.summary.folder / path)
            assert np.array_equal(pixels(panel.cards[fit].image), trained)
    if path == CLEAR:
        assert pixels(panel.cards["stretch"].image)[0, 0].tolist() == [30, 90, 200]


def test_a_frame_marks_what_a_crop_keeps(panel: Panel) -> None:
    panel.take_sample(WIDE)
    picture, frame = panel.original.picture_rect(), panel.original.frame_rect().toRect()
    assert frame.width() == frame.height() == picture.height()
    assert abs(frame.center().x() - picture.center().x()) <= 1
    assert picture.width() == pytest.approx(3 * picture.height(), abs=3)
    outside = picture.topLeft() + QPoint(4, 4)
    before = panel.original.grab().toImage().pixelColor(outside).lightness()
    panel.take(fit="crop")
    assert panel.original.grab().toImage().pixelColor(outside).lightness() < before


def test_the_image_is_named_with_what_each_way_does_to_it(panel: Panel) -> None:
    panel.take_sample(TURNED)
    assert panel.chooser.name.text == TURNED
    assert numbers(panel.chooser.words.text) == [30, 40, 2, 4]
    high = [panel.cards[fit].effect for fit in FITS]
    assert [numbers(one) for one in high] == [[75], [25], [25]]
    panel.take_sample(WIDE)
    wide = [panel.cards[fit].effect for fit in FITS]
    assert [numbers(one) for one in wide] == [[33], [67], [67]]
    stretched = [one[0].replace(share, "") for one, share in ((high, "75"), (wide, "33"))]
    assert stretched[0] != stretched[1], "one is squeezed in height, the other in width"
    panel.show_sample(SQUARE)
    (nothing,) = {panel.cards[fit].effect for fit in FITS}
    assert numbers(nothing) == []


def test_an_image_that_went_away_is_said_and_nothing_made_while_hidden(
    qtbot: QtBot, panel: Panel, own_summary: DatasetSummary
) -> None:
    panel.take(own_summary)
    panel.take_sample(WIDE)
    (own_summary.folder / TURNED).unlink()
    panel.show_sample(TURNED)
    qtbot.waitUntil(lambda: "file_missing" in said(panel.original.placeholder))
    assert not panel.original.has_picture
    assert all(card.image is None for card in panel.cards.values())
    panel.take_sample(WIDE)
    assert panel.original.has_picture
    panel.hide()
    panel.show_sample(SQUARE)
    assert not panel.is_waiting
    panel.show()
    assert panel.is_waiting
    panel.take_sample(SQUARE)


def test_the_buttons_go_from_image_to_image(panel: Panel) -> None:
    chooser = panel.chooser
    for button, path in (
        (chooser.forward, TURNED),
        (chooser.back, WIDE),
        (chooser.back, CLEAR),  # the last is before the first
        (chooser.oblong, WIDE),
        (chooser.transparent, CLEAR),
    ):
        click(button)
        assert chooser.name.text == path
    seen = set()
    for _ in range(40):
        before = chooser.name.text
        click(chooser.any)
        assert chooser.name.text != before
        seen.add(chooser.name.text)
    assert seen == {WIDE, TURNED, SQUARE, CLEAR}
    panel.take_sample(chooser.name.text)


def test_the_image_stays_when_others_leave(
    panel: Panel, own_summary: DatasetSummary, squares: DatasetSummary
) -> None:
    panel.take(own_summary)
    panel.show_sample(SQUARE)
    (own_summary.folder / WIDE).unlink()
    panel.take(scan(own_summary.folder))
    assert panel.chooser.name.text == SQUARE
    assert numbers(panel.chooser.words.text)[-2:] == [2, 3]
    panel.take(squares)
    assert panel.chooser.name.text == "cat/one.png"
    assert panel.chooser.transparent.isHidden()
    assert not panel.chooser.oblong.isEnabled()


def test_a_click_or_an_arrow_chooses(panel: Panel) -> None:
    assert [panel.cards[fit].isChecked() for fit in FITS] == [True, False, False]
    card = panel.cards["pad"]
    assert emitted(panel.changed, click, card, card.picture_rect().center()) == [FIT, "pad"]
    panel.take()
    card = panel.cards["stretch"]
    card.setFocus()
    assert emitted(panel.changed, QTest.keyClick, card, Qt.Key.Key_Right) == [FIT, "crop"]
    assert panel.cards["crop"].hasFocus()
    panel.take(fit="crop")
    assert emitted(panel.changed, click, panel.cards["crop"]) is None
    assert panel.cards["crop"].isChecked()


def test_what_a_crop_would_lose_and_odd_images_are_told(
    panel: Panel, squares: DatasetSummary
) -> None:
    help_lines = [panel.fields.boxes[key].help for key in (BACKGROUND, MEGAPIXELS)]
    # a third is kept of the wide one, three and four fifths of two, all of the square
    assert numbers(panel.loss.text) == [27.9, 1, 4]
    assert [numbers(one.text) for one in help_lines] == [[1], []]
    assert panel.loss.kind == "plain"
    limit = 0.002  # of a million pixels: 2000
    summary = summarize(look_through(panel.summary.folder, max_megapixels=limit))
    panel.take(summary, max_megapixels=limit, fit="crop")
    assert panel.loss.kind == "warning"
    assert [numbers(one.text) for one in help_lines] == [[1], [1]]
    panel.take(squares, fit="crop")
    assert numbers(panel.loss.text) == []
    assert panel.loss.kind == "plain"
    assert [numbers(one.text) for one in help_lines] == [[], []]


def test_the_background_is_chosen_and_what_the_recipe_refuses_marked(
    panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert panel.fields.background.text() == "#ffffff"
    answers = [QColor(1, 2, 3), QColor(), QColor(255, 255, 255)]
    monkeypatch.setattr(QColorDialog, "getColor", lambda *_: answers.pop(0))
    assert emitted(panel.changed, click, panel.fields.background) == [BACKGROUND, (1, 2, 3)]
    for _ in range(2):  # no answer, and the colour it is already
        assert emitted(panel.changed, click, panel.fields.background) is None
    panel.show_error(MEGAPIXELS, "Too large.")
    assert panel.problem.text == "Too large."
    assert panel.fields.boxes[MEGAPIXELS].error
    panel.take()
    assert panel.problem.isHidden()
    assert not panel.fields.boxes[MEGAPIXELS].error


def test_the_largest_image_is_told_once_it_is_whole(panel: Panel) -> None:
    field = panel.fields.megapixels
    told: list[tuple[str, object]] = []
    panel.changed.connect(lambda key, value: told.append((key, value)))
    retype(field, "50")
    assert told == []
    panel.take()  # another part of the window changed meanwhile
    assert field.text() == "50"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert told == [(MEGAPIXELS, 50.0)]
    retype(field, "60")
    panel.hide()
    assert told[1:] == [(MEGAPIXELS, 60.0)]
    retype(field, "0")
    assert not field.is_valid
    panel.start_afresh()
    assert field.is_valid
    assert len(told) == 2
