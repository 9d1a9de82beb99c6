import io
import os
import random
import unicodedata
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, JpegImagePlugin

from core.common.messages import SENTENCES
from core.images import decode
from core.images import errors as image_errors
from core.images import load as images
from core.images.errors import ImageError
from tests.support.image_files import bitmap, png, saved

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
PILLOWS = ["JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF", "JPEG2000", "PPM"]


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (36, 48, 3), dtype=np.uint8)


def encoded(format: str, **options: Any) -> bytes:
    return saved(Image.fromarray(noise()), format, **options)


def animated(format: str) -> bytes:
    return encoded(format, save_all=True, append_images=[Image.new("RGB", (48, 36))] * 2)


WHOLE = {
    **{format: encoded(format) for format in PILLOWS},
    "GIF, animated": animated("GIF"),
    "WEBP, animated": animated("WEBP"),
    "TIFF, LZW": encoded("TIFF", compression="tiff_lzw"),
    "TIFF, float": cv2.imencode(".tiff", noise().astype(np.float32))[1].tobytes(),
    "PNG, 16 bit": png(noise().astype(int) * 257, 16, interlaced=True),
    "BMP, 32 bit": bitmap(48, 36, 32, bytes(48 * 36 * 4), compression=3),
    "JPEG, CMYK": saved(Image.fromarray(noise()).convert("CMYK"), "JPEG", progressive=True),
}
FORMATS = list(WHOLE)
# These tell only when they are decoded that their end is missing.
NOT_TOLD = {"TIFF, float"}


def reason(data: bytes) -> str:
    with pytest.raises(ImageError) as caught:
        images.decode(data)
    assert str(caught.value)
    return caught.value.code


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
            images.check(tmp_path / "part", thorough=format in NOT_TOLD)
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


@pytest.mark.parametrize("format", FORMATS)
def test_a_bit_flipped_anywhere_never_raises_anything_else(tmp_path: Path, format: str) -> None:
    generator = random.Random(format)
    file = tmp_path / "picture"
    for number in range(60):
        data = bytearray(WHOLE[format])
        # half of them where the formats say how they are to be read
        place = generator.randrange(min(len(data), 300) if number % 2 else len(data))
        data[place] ^= 1 << generator.randrange(8)
        assert_picture_or_reason(bytes(data))
        file.write_bytes(data)
        try:
            assert images.check(file, max_megapixels=1).width > 0
        except ImageError as error:
            assert_is_known(error)


@given(st.binary(max_size=200), st.sampled_from([b"", *(WHOLE[one][:20] for one in FORMATS)]))
def test_junk_never_raises_anything_else(junk: bytes, start: bytes) -> None:
    assert_picture_or_reason(start + junk)


def assert_picture_or_reason(data: bytes) -> None:
    try:
        pixels = images.decode(data, max_megapixels=1)
    except ImageError as error:
        assert_is_known(error)
    else:
        assert pixels.dtype == np.uint8
        assert pixels.shape[2:] == (3,)


def assert_is_known(error: ImageError) -> None:
    assert error.code in CODES
    assert str(error)


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


NAMES = [
    "two  spaces .jpg",
    'it\'s "quoted".jpg',
    "line\nbreak\tand tab.jpg",
    "🍁🍂.jpg",
    "lá bàng.jpg",
    unicodedata.normalize("NFD", "lá bàng.jpg"),
    "x" * 251 + ".jpg",
    "-rf.jpg",
    "$HOME %s {0}.jpg",
    "photo",
]


@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"caf\xe9.jpg")])
def test_any_name_that_the_system_allows(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    try:
        file.write_bytes(WHOLE["JPEG"])
    except OSError as error:
        pytest.skip(f"not here: {error.strerror}")
    assert images.check(file, thorough=True).upright == (48, 36)
    assert images.load(file, 32, "pad").shape == (32, 32, 3)
    assert images.thumbnail(file, 24).shape == (18, 24, 3)
    file.write_bytes(b"no picture")
    with pytest.raises(ImageError, match="not a picture"):
        images.check(file)


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


@pytest.mark.skipif(getattr(os, "geteuid", lambda: 0)() == 0, reason="nothing is forbidden")
def test_a_file_that_nobody_may_read(tmp_path: Path) -> None:
    file = tmp_path / "secret.jpg"
    file.write_bytes(WHOLE["JPEG"])
    file.chmod(0)
    with pytest.raises(ImageError, match="no permission to read the file"):
        images.check(file)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "the file cannot be read: not enough memory"),
        (ImportError("no libheif"), "the file cannot be read: no libheif"),
    ],
)
def test_what_the_machine_lacks_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, sentence: str
) -> None:
    def failing(*_: object) -> None:
        raise error

    (tmp_path / "a.jpg").write_bytes(WHOLE["JPEG"])
    monkeypatch.setattr(decode, "load_upright", failing)
    with pytest.raises(ImageError) as caught:
        images.check(tmp_path / "a.jpg", thorough=True)
    assert caught.value.code == "file_unreadable"
    assert str(caught.value) == sentence


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
