"""The large picture, and what is said of it."""

from pathlib import Path

from PIL import Image
from pytestqt.qtbot import QtBot

from gui.widgets.picture_dialog import PictureDialog


def opened(qtbot: QtBot, path: Path) -> PictureDialog:
    dialog = PictureDialog(path, ["hat", "training"])
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_it_shows_the_picture_with_its_size_and_words(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mũ.png"
    Image.new("RGB", (300, 20), (200, 30, 30)).save(path)
    dialog = opened(qtbot, path)
    qtbot.waitUntil(lambda: dialog.view.has_picture)
    assert dialog.facts.text() == "hat · training · 300 × 20 pixels"
    assert dialog.path.text == str(path)
    assert dialog.windowTitle() == "mũ.png"


def test_the_size_is_that_of_the_upright_picture(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: a quarter turn
    Image.new("RGB", (60, 40)).save(path, exif=exif)
    dialog = opened(qtbot, path)
    qtbot.waitUntil(lambda: dialog.view.has_picture)
    assert dialog.facts.text().endswith("40 × 60 pixels")


def test_a_picture_that_has_gone_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, tmp_path / "gone.png")
    qtbot.waitUntil(lambda: "the file has gone" in dialog.facts.text())
    assert not dialog.view.has_picture
