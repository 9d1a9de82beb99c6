"""Pictures that are too large, or say so, to fill the memory; and the smallest and the longest."""

import struct
import zlib
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from core.images import decode
from core.images import load as images
from core.images.errors import ImageError
from tests.support.image_files import PNG, chunk, png, png_claiming, saved, tiff

pillow_heif.register_heif_opener()  # to write HEIC in these tests

PICTURE = Image.new("RGB", (64, 64), (200, 100, 50))


def test_a_picture_of_too_many_megapixels_is_refused_before_it_fills_the_memory(
    tmp_path: Path,
) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(png_claiming(30_000, 20_000))
    for attempt in (images.read_header, lambda path: images.load(path, 32, "crop")):
        with pytest.raises(ImageError, match="600 megapixels, more than 200") as caught:
            attempt(file)
        assert caught.value.code == "image_too_large"
    file.write_bytes(png_claiming(14_000, 14_000))  # where Pillow alone would warn
    assert images.read_header(file).width == 14_000
    file.write_bytes(png_claiming(20_001, 10_001))
    with pytest.raises(ImageError, match="201 megapixels, more than 200"):
        images.check(file)
    assert images.read_header(file, max_megapixels=1000).width == 20_001
    with pytest.raises(ImageError, match=r"more than 2\.5"):
        images.check(file, max_megapixels=2.5)


def claiming(format: str, width: int, height: int) -> bytes:
    """A small file of that format that says it is as large as that."""
    data = bytearray(saved(PICTURE, format))
    place, kind = {
        "JPEG": (data.find(b"\xff\xc0") + 5, ">HH"),
        "BMP": (18, "<ii"),
        "HEIF": (data.find(b"ispe") + 8, ">II"),
        "JPEG2000": (data.find(b"ihdr") + 4, ">II"),
        "GIF": (6, "<HH"),
        "PNG": (16, ">II"),
    }[format]
    if format in ("JPEG", "JPEG2000"):  # the height comes first
        width, height = height, width
    struct.pack_into(kind, data, place, width, height)
    return bytes(data)


BOMBS = {
    **{one: claiming(one, 60_000, 50_000) for one in ("JPEG", "BMP", "HEIF", "JPEG2000", "GIF")},
    "TIFF": tiff({256: [60_000], 257: [50_000], 258: [8], 259: [1], 262: [1], 278: [1]}, b"\0" * 9),
    "TIFF, float": tiff(
        {256: [60_000], 257: [50_000], 258: [64], 262: [1], 277: [1], 278: [1], 339: [3]}, b"\0" * 9
    ),
    "PPM": b"P6 60000 50000 255\n" + bytes(99),
    "WEBP": saved(PICTURE, "WEBP")[:26]
    + struct.pack("<HH", 16383, 16383)
    + saved(PICTURE, "WEBP")[30:],
    # the frame is larger than the screen that holds it
    "GIF, frame": b"GIF89a\4\0\4\0\x80\0\0"
    + bytes(6)
    + b",\0\0\0\0"
    + b"\xff" * 4
    + b"\0\2\2L\1\0;",
}


@pytest.mark.parametrize("format", BOMBS)
def test_a_bomb_of_any_format_is_known_by_its_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(decode, "load_upright", decoded)
    file = tmp_path / "bomb"
    file.write_bytes(BOMBS[format])
    for attempt in (images.read_header, images.check, lambda path: images.load(path, 32, "crop")):
        with pytest.raises(ImageError) as caught:
            attempt(file)
        assert caught.value.code == "image_too_large"


def test_three_hundred_megapixels_of_one_colour_are_for_who_allows_them(tmp_path: Path) -> None:
    file = tmp_path / "one colour.png"
    pixels = zlib.compressobj(1)
    row = b"\0" + bytes(20_000 // 8)
    data = b"".join(pixels.compress(row) for _ in range(15_000)) + pixels.flush()
    shape = struct.pack(">IIBBBBB", 20_000, 15_000, 1, 0, 0, 0, 0)
    file.write_bytes(PNG + chunk(b"IHDR", shape) + chunk(b"IDAT", data) + chunk(b"IEND", b""))
    with pytest.raises(ImageError, match="300 megapixels, more than 200"):
        images.check(file)
    header = images.check(file, max_megapixels=300)
    assert header.upright == (20_000, 15_000)
    assert images.too_large(*header.upright, 300) is None
    assert str(images.too_large(*header.upright, 299.5)) == (
        "the picture has 300 megapixels, more than 299.5"
    )


@pytest.mark.parametrize("kind", [b"iCCP", b"zTXt", b"iTXt"])
def test_a_text_that_would_fill_the_memory_does_not(kind: bytes) -> None:
    start = b"a\0\1\0\0\0" if kind == b"iTXt" else b"a\0\0"
    packed = zlib.compressobj(9)
    bomb = b"".join(packed.compress(bytes(2**20)) for _ in range(64)) + packed.flush()
    with pytest.raises(ImageError, match=r"too large|too much"):
        images.decode(png([[0]], 8, chunk(kind, start + bomb)))


def test_tags_that_all_name_the_same_bytes_stay_cheap(tmp_path: Path) -> None:
    entries = b"".join(struct.pack("<HHII", tag, 2, 59_000, 8) for tag in range(500, 5500))
    block = b"Exif\0\0II*\0" + struct.pack("<IH", 8, 5000) + entries
    file = tmp_path / "a.jpg"
    file.write_bytes(saved(PICTURE, "JPEG", exif=block))
    assert images.check(file, thorough=True).taken is None


@pytest.mark.parametrize("size", [(1, 1), (50_000, 1), (1, 50_000), (3, 2)])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP", "PPM"])
def test_a_tiny_and_a_very_long_picture_are_pictures(
    tmp_path: Path, format: str, size: tuple[int, int]
) -> None:
    file = tmp_path / "picture"
    file.write_bytes(saved(Image.new("RGB", size, (9, 9, 9)), format))
    assert images.check(file, thorough=True).upright == size
    for policy in ("stretch", "crop", "pad"):
        pixels = images.load(file, 32, policy)
        assert pixels.shape == (32, 32, 3)
        assert (pixels[15, 15] == 9).all()
    assert max(images.thumbnail(file, 96).shape) == 96
