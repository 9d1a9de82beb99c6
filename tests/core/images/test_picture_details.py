"""What a picture says of itself, and nothing worse than less of it."""

import os
from pathlib import Path

import pytest
from PIL import Image

from core.images.load import details


def camera_of(tmp_path: Path, make: object, model: object) -> str:
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = make, model
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=exif)
    return details(tmp_path / "a.jpg").camera


def test_size_time_format_and_orientation(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (60, 40)).save(path, exif=exif)
    os.utime(path, ns=(7, 7_000_000_000))
    found = details(path)
    assert found.header is not None
    assert (found.header.format, found.header.mode, found.header.upright) == ("JPEG", "L", (40, 60))
    assert (found.size, found.mtime) == (path.stat().st_size, 7_000_000_000)
    assert (found.orientation, found.camera, found.error) == (6, "", None)


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("FUJIFILM  ", "X-T5\0", "FUJIFILM X-T5"),
        ("", "SM-G991B", "SM-G991B"),
        ("a\nb", "x" * 900, f"ab {'x' * 60}"),
    ],
)
def test_the_camera_is_named_once(tmp_path: Path, make: str, model: str, camera: str) -> None:
    assert camera_of(tmp_path, make, model) == camera


def test_a_damaged_file_has_its_size_and_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_text("no picture")
    found = details(path)
    assert found.error is not None
    assert (found.size, found.header, found.error.code) == (10, None, "not_an_image")


def test_a_file_that_has_gone_has_the_reason(tmp_path: Path) -> None:
    found = details(tmp_path / "gone.png")
    assert found.error is not None
    assert (found.size, found.mtime, found.error.code) == (-1, -1, "file_missing")
