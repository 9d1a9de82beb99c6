"""The large picture, and what is said of it."""

import os
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QSize, Qt
from pytestqt.qtbot import QtBot

from gui.data.images import dialog as images_dialog
from gui.data.images.dialog import PictureDialog


def opened(qtbot: QtBot, path: Path) -> PictureDialog:
    dialog = PictureDialog(path, ["hat", "training"])
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog.facts.facts) or bool(dialog.view.placeholder))
    return dialog


def picture(path: Path, size: tuple[int, int], **options: object) -> Path:
    Image.new("RGB", size, (200, 30, 30)).save(path, **options)
    return path


def test_it_shows_the_picture_with_its_words_and_facts(qtbot: QtBot, tmp_path: Path) -> None:
    path = picture(tmp_path / "mũ.png", (300, 20))
    dialog = opened(qtbot, path)
    assert dialog.view.has_picture
    assert dialog.words.text() == "hat · training"
    facts = dialog.facts.facts
    assert facts["Size"] == "300 × 20 pixels"
    assert (facts["Format"], facts["Colours"]) == ("PNG", "RGB")
    assert facts["File"].endswith("bytes")
    assert list(facts)[-1] == "Changed"
    assert dialog.path.text == str(path)
    assert dialog.windowTitle() == "mũ.png"


def test_camera_time_and_orientation_are_told(qtbot: QtBot, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x0110] = 6, "Canon", "Canon EOS 5D"
    exif.get_ifd(0x8769)[0x9003] = "2021:07:14 09:05:00"
    dialog = opened(qtbot, picture(tmp_path / "a.jpg", (60, 40), exif=exif))
    facts = dialog.facts.facts
    assert facts["Size"] == "40 × 60 pixels"
    assert facts["Camera"] == "Canon EOS 5D"
    assert facts["Turned"] == "by 90° to the right"
    assert "9:05" in facts["Taken"]
    assert dialog.view.image_size == QSize(40, 60)


def test_a_picture_that_has_gone_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, tmp_path / "gone.png")
    assert dialog.view.placeholder == "the file has gone"
    assert not dialog.view.has_picture
    assert not dialog.actual.isEnabled()


def test_a_damaged_picture_still_has_its_facts(qtbot: QtBot, tmp_path: Path) -> None:
    path = picture(tmp_path / "a.jpg", (200, 100))
    path.write_bytes(path.read_bytes()[:700])
    dialog = opened(qtbot, path)
    assert dialog.view.placeholder == "the picture is cut short"
    assert dialog.facts.facts["Size"] == "200 × 100 pixels"


def test_another_picture_takes_its_place(qtbot: QtBot, tmp_path: Path) -> None:
    os.utime(picture(tmp_path / "a.png", (30, 20)), (0, 0))
    dialog = opened(qtbot, tmp_path / "a.png")
    dialog.show_picture(picture(tmp_path / "b.png", (50, 40)), ["shoe"])
    assert dialog.view.dim
    assert dialog.words.text() == "shoe"
    qtbot.waitUntil(lambda: dialog.facts.facts["Size"] == "50 × 40 pixels")
    assert not dialog.view.dim
    assert dialog.windowTitle() == "b.png"


@pytest.mark.parametrize("way", ["button", "key", "double click"])
def test_pixel_by_pixel_and_back(qtbot: QtBot, tmp_path: Path, way: str) -> None:
    dialog = opened(qtbot, picture(tmp_path / "a.png", (1500, 900)))

    def toggle() -> None:
        if way == "button":
            qtbot.mouseClick(dialog.actual, Qt.MouseButton.LeftButton)
        elif way == "key":
            qtbot.waitUntil(dialog.isActiveWindow)
            qtbot.keyClick(dialog, Qt.Key.Key_Z)
        else:
            qtbot.mouseDClick(dialog.view, Qt.MouseButton.LeftButton)

    assert dialog.view.width() < 1500
    toggle()
    qtbot.waitUntil(lambda: dialog.view.size() == QSize(1500, 900))
    bar = dialog.area.horizontalScrollBar()
    assert abs(bar.value() - bar.maximum() // 2) < 20 < bar.maximum()
    toggle()
    qtbot.waitUntil(lambda: dialog.view.size() == dialog.area.viewport().size())


def test_a_large_picture_is_dragged_about(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = opened(qtbot, picture(tmp_path / "a.png", (1500, 900)))
    dialog.actual.click()
    bar = dialog.area.horizontalScrollBar()
    before, start, left = bar.value(), QPoint(700, 450), Qt.MouseButton.LeftButton
    qtbot.mousePress(dialog.view, left, pos=start)
    qtbot.mouseMove(dialog.view, start - QPoint(40, 0))
    qtbot.mouseRelease(dialog.view, left, pos=start)
    assert bar.value() == before + 40


def test_all_pixels_are_read_only_when_they_are_wanted(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images_dialog, "_LARGEST", 100)
    dialog = opened(qtbot, picture(tmp_path / "a.png", (300, 150)))
    assert dialog.view.image_size == QSize(100, 50)
    dialog.actual.click()
    qtbot.waitUntil(lambda: dialog.view.image_size == QSize(300, 150))
    assert dialog.view.size() == QSize(300, 150)


def test_more_pixels_than_memory_should_hold_are_not_offered(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images_dialog, "_LARGEST", 100)
    monkeypatch.setattr(images_dialog, "_MOST_ACTUAL", 1000)
    dialog = opened(qtbot, picture(tmp_path / "a.png", (300, 150)))
    assert dialog.view.has_picture
    assert not dialog.actual.isEnabled()
