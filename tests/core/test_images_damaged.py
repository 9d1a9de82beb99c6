import io
import os
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from core import image_errors, images
from core.images import ImageError
from core.messages import SENTENCES

pillow_heif.register_heif_opener()  # to write HEIC in these tests

CODES = {
    "empty_file",
    "not_an_image",
    "unreadable_image",
    "truncated_image",
    "image_too_large",
    "file_missing",
    "permission_denied",
    "file_unreadable",
}
FORMATS = ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF", "JPEG2000"]


def encoded(format: str, **options: Any) -> bytes:
    noise = np.random.default_rng(0).integers(0, 256, (36, 48, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).save(file, format, **options)
    return file.getvalue()


WHOLE = {format: encoded(format) for format in FORMATS}


def reason(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        images.decode(data)
    assert str(caught.value)
    return caught.value.code


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png_claiming(width: int, height: int) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    pixels = png_chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + png_chunk(b"IEND", b"")


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_cut_at_any_eighth_is_cut_short(tmp_path: Path, format: str) -> None:
    data = WHOLE[format]
    assert reason(b"") == "empty_file"
    for eighth in range(1, 8):
        part = data[: len(data) * eighth // 8]
        assert reason(part) == "truncated_image", eighth
        # Without decoding every picture, the scan must notice it all the same.
        (tmp_path / "part").write_bytes(part)
        with pytest.raises(ImageError) as caught:
            images.check(tmp_path / "part", thorough=format == "TIFF")
        assert caught.value.code == "truncated_image"


def test_what_only_looks_unfinished_is_still_used(tmp_path: Path) -> None:
    file = tmp_path / "picture"
    for data in (WHOLE["JPEG"] + bytes(1000), WHOLE["PNG"] + b"thumbnail" * 20):
        file.write_bytes(data)
        assert images.check(file).width == 48
        assert images.decode(data).shape == (36, 48, 3)


@settings(max_examples=150)
@given(st.sampled_from(FORMATS), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 7))))
def test_flipped_bits_never_raise_anything_else(format: str, flips: list[Any]) -> None:
    data = bytearray(WHOLE[format])
    for place, bit in flips:
        data[int(place * len(data))] ^= 1 << bit
    assert_picture_or_reason(bytes(data))


@given(st.binary(max_size=200), st.sampled_from([b"", *(WHOLE[one][:20] for one in FORMATS)]))
def test_junk_never_raises_anything_else(junk: bytes, start: bytes) -> None:
    assert_picture_or_reason(start + junk)


def assert_picture_or_reason(data: bytes) -> None:
    problem = None
    try:
        pixels = images.decode(data)
    except ImageError as error:
        problem = error
    if problem is None:
        assert pixels.dtype == np.uint8
        assert pixels.shape[2:] == (3,)
    else:
        assert problem.code in CODES
        assert str(problem)


@pytest.mark.parametrize(
    "data",
    [
        b"Not a picture at all.\n",
        b"BMW, Audi and others\n",
        b"P3 is the first of three parts\n",
        b"%PDF-1.7\n1 0 obj\n",
        b"\0\0\0\x20ftypisom" + bytes(60),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        bytes(500),
    ],
)
def test_what_is_no_picture_is_called_so(tmp_path: Path, data: bytes) -> None:
    assert reason(data) == "not_an_image"
    (tmp_path / "cat.jpg").write_bytes(data)
    with pytest.raises(ImageError, match="not a picture, whatever its name says"):
        images.read_header(tmp_path / "cat.jpg")


def test_a_broken_png_chunk_is_damage() -> None:
    data = bytearray(WHOLE["PNG"])
    data[data.index(b"IHDR") + 20] ^= 0xFF  # its checksum
    assert reason(bytes(data)) == "unreadable_image"
    data = bytearray(WHOLE["PNG"])
    start = data.index(b"IDAT") + 40
    data[start : start + 200] = bytes(200)
    assert reason(bytes(data)) == "unreadable_image"


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


def test_a_tiny_and_a_very_long_picture_are_pictures() -> None:
    for size in ((1, 1), (50_000, 1)):
        file = io.BytesIO()
        Image.new("RGB", size, (9, 9, 9)).save(file, "PNG")
        pixels = images.fit(images.decode(file.getvalue()), 32, "pad")
        assert pixels.shape == (32, 32, 3)
        assert (pixels[15, 15] == 9).all()


def junk_exif() -> bytes:
    return b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01\x03\0\xff\xff\xff\x00\x06\0\0\0\x1a\x01"


def test_junk_in_the_exif_costs_neither_the_picture_nor_a_warning() -> None:
    data = encoded("JPEG", exif=junk_exif())
    with pytest.warns(UserWarning, match="EXIF|Tag"):
        Image.open(io.BytesIO(data)).getexif()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert images.decode(data).shape == (36, 48, 3)
    assert seen == []


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def code(path: Path) -> str:
        with pytest.raises(ImageError) as caught:
            images.load(path, 32, "crop")
        return caught.value.code

    assert code(tmp_path / "gone.jpg") == "file_missing"
    assert code(tmp_path / "nul\0.jpg") == "file_unreadable"
    if os.name == "posix":
        (tmp_path / "folder.jpg").mkdir()
        assert code(tmp_path / "folder.jpg") == "file_unreadable"

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(image_errors, "open", denied, raising=False)
    assert code(tmp_path / "secret.jpg") == "permission_denied"


def test_a_disk_that_fails_while_reading_is_told_apart_from_a_damaged_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jpg").write_bytes(WHOLE["JPEG"])

    def failing(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(JpegImagePlugin.JpegImageFile, "_open", failing)
    with pytest.raises(ImageError, match="cannot be read: Input/output error"):
        images.read_header(tmp_path / "a.jpg")


def test_every_code_has_its_sentence() -> None:
    assert set(SENTENCES) >= CODES
