"""What is in a file is what comes out of it: pixels of every format and mode, and EXIF facts."""

import hashlib
import io
import json
import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from core.images import exif
from core.images import load as images
from core.images.errors import ImageError
from tests.support.image_files import chunk, png, saved, tiff

pillow_heif.register_heif_opener()  # to write HEIC in these tests

# -- a corpus of small files ------------------------------------------------------------------

# Files that Pillow 13, pillow-heif 1.8 and OpenCV wrote, or that were made byte by byte, each
# with what comes out of it: format, width, height, and how it looks over white and, if that
# differs, over BLUE. Pixels are pinned by their SHA-256 where the format says what each must be.
# JPEG, lossy WebP, AVIF and HEIC leave the rounding to the decoder, as littleCMS does the colours
# of a profile: another version may give other last bits, so that there the mean colours of a grid
# of 4 x 4 are pinned, in hexadecimal, and need only be near.
CORPUS = Path(__file__).parent / "corpus"
EXPECTED: dict[str, list[Any]] = json.loads((CORPUS / "expected.json").read_text("utf-8"))
WHITE, BLUE = (255, 255, 255), (9, 90, 200)
NEAR = 3  # levels of 255


def look(pixels: np.ndarray, expected: str) -> str:
    """How ``pixels`` look, in the way of ``expected``, which is given back where it is near."""
    if " " not in expected:
        return hashlib.sha256(pixels.tobytes()).hexdigest()
    rows = np.array_split(pixels.astype(float), 4)
    parts = [part.mean(axis=(0, 1)) for row in rows for part in np.array_split(row, 4, axis=1)]
    wanted = [list(bytes.fromhex(cell)) for cell in expected.split()]
    if np.abs(np.array(parts) - wanted).max() <= NEAR:
        return expected
    return " ".join(bytes(np.rint(part).astype(np.uint8)).hex() for part in parts)


def test_every_file_of_the_corpus_is_looked_at() -> None:
    names = {path.name for path in CORPUS.iterdir()} - {"expected.json"}
    assert names == set(EXPECTED)
    assert len(names) > 140


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_of_the_corpus(name: str) -> None:
    format, width, height, *looks = EXPECTED[name]
    path, data = CORPUS / name, (CORPUS / name).read_bytes()
    header = images.read_header(path)
    assert (header.format, header.upright) == (format, (width, height))
    assert images.check(path, thorough=True) == header
    for background, expected in zip((WHITE, BLUE), (*looks, looks[0]), strict=False):
        pixels = images.decode(data, background=background)
        assert (pixels.shape, pixels.dtype) == ((height, width, 3), np.uint8)
        assert look(pixels, expected) == expected
        small = images.load(path, 32, "stretch", background=background)
        resized = images.fit(pixels, 32, "stretch").astype(float)
        # A profile's colours are converted after the resizing.
        assert np.abs(small - resized).mean() <= (0 if " " not in expected else 1.5)


# -- turned and dated -------------------------------------------------------------------------

FORMATS = ["JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF"]
RED, GREEN, YELLOW = (220, 30, 30), (20, 160, 60), (230, 210, 40)
# How an upright image is stored so that each EXIF orientation turns it back.
STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
NOON = datetime(2024, 5, 17, 12, 0, 0, tzinfo=UTC).timestamp()


def block(orientation: int | None = None, **times: Any) -> bytes:
    """EXIF as Pillow writes it."""
    written = Image.Exif()
    if orientation is not None:
        written[ExifTags.Base.Orientation] = orientation
    inner = written.get_ifd(ExifTags.IFD.Exif)
    for name, value in times.items():
        inner[ExifTags.Base[name]] = value
    return written.tobytes()


def quadrants() -> Image.Image:
    """Red and green above, blue and yellow below: no two turns of it look alike."""
    image = Image.new("RGB", (48, 32), RED)
    image.paste(GREEN, (24, 0, 48, 16))
    image.paste(BLUE, (0, 16, 24, 32))
    image.paste(YELLOW, (24, 16, 48, 32))
    return image


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_upright(tmp_path: Path, format: str, orientation: int) -> None:
    stored = quadrants()
    if orientation in STORED_AS:
        stored = stored.transpose(STORED_AS[orientation])
    written = block(orientation, DateTimeOriginal="2024:05:17 12:00:00")
    data = saved(stored, format, exif=written, quality=95)
    pixels = images.decode(data).astype(float)
    assert pixels.shape == (32, 48, 3)
    assert np.abs(pixels - np.asarray(quadrants())).mean() <= 6
    (tmp_path / "image").write_bytes(data)
    header = images.read_header(tmp_path / "image")
    assert (header.upright, header.taken) == ((48, 32), NOON)
    if format != "HEIF":  # its decoder turns it, and the header says what comes out
        assert header.turned == (orientation >= 5)
        assert (header.width, header.height) == stored.size


# -- odd files --------------------------------------------------------------------------------


def test_a_png_with_a_long_history_in_it_is_an_image() -> None:
    history = chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(bytes(5 * 2**20)))
    assert images.decode(png(history)).tolist() == [[[0, 0, 0]]]


def test_a_kind_of_tiff_that_nothing_reads_is_not_called_damaged() -> None:
    tags = {256: [2], 257: [1], 258: [8] * 6, 259: [1], 262: [9], 277: [6], 278: [1]}
    with pytest.raises(ImageError) as caught:
        images.decode(tiff(tags, bytes(12)))
    assert caught.value.code == "unreadable_image"
    assert "damaged or" in caught.value.values["reason"]


@pytest.mark.parametrize("policy", ["stretch", "crop", "pad"])
def test_the_border_of_a_padded_image_is_not_converted(policy: Any) -> None:
    path = CORPUS / "png-display-p3.png"
    pixels = images.decode(path.read_bytes())
    loaded = images.load(path, 32, policy)
    assert np.abs(loaded - images.fit(pixels, 32, policy).astype(float)).mean() <= 1.5
    assert (images.thumbnail(path, 24) == pixels).all()
    if policy == "pad":
        assert (loaded[0] == images.PAD_COLOR).all()


# -- EXIF -------------------------------------------------------------------------------------


def big_endian(time: bytes) -> bytes:
    """As cameras of another byte order write it: orientation 8 and one time, in order."""
    main = struct.pack(">HHHIHH", 2, 0x0112, 3, 1, 8, 0) + struct.pack(">HHII", 0x8769, 4, 1, 38)
    inner = struct.pack(">HHHII", 1, 0x9003, 2, len(time), 56)
    return b"MM\0*" + struct.pack(">I", 8) + main + bytes(4) + inner + bytes(4) + time


def test_orientation_and_time_are_read_in_both_byte_orders() -> None:
    assert exif.parse(block(6, DateTimeOriginal="2024:05:17 12:00:00")) == (6, NOON)
    with_time = big_endian(b"2024:05:17 12:00:00\0")
    assert exif.parse(with_time) == (8, NOON)
    assert exif.parse(b"Exif\0\0" + with_time) == exif.read(io.BytesIO(with_time))


@pytest.mark.parametrize(
    ("times", "taken"),
    [
        ({"SubsecTimeOriginal": "5"}, NOON + 0.5),  # fractions keep a burst's order
        ({"SubsecTimeOriginal": "042"}, NOON + 0.042),
        ({"SubsecTimeOriginal": "   "}, NOON),
        ({"SubsecTimeOriginal": "x"}, NOON),
        ({"DateTimeDigitized": "2025:01:01 00:00:00"}, NOON),  # that of the shutter counts
    ],
)
def test_when_an_image_was_taken(times: dict[str, str], taken: float) -> None:
    data = block(DateTimeOriginal="2024:05:17 12:00:00", **times)
    assert exif.parse(data) == (None, taken)


def test_without_the_time_of_the_shutter_a_scanners_counts_but_no_editors() -> None:
    noon = "2024:05:17 12:00:00"
    unset = block(DateTimeOriginal="0000:00:00 00:00:00", DateTimeDigitized=noon)
    assert exif.parse(unset).taken == NOON
    changed = Image.Exif()
    changed[ExifTags.Base.DateTime] = noon
    assert exif.parse(changed.tobytes()).taken is None


@pytest.mark.parametrize(
    ("time", "taken"),
    [
        ("", None),
        ("    :  :     :  :  ", None),
        ("0000:00:00 00:00:00", None),
        ("2024:13:01 00:00:00", None),
        ("yesterday", None),
        ("٢٠٢٤", None),
        ("1969-12-31T23:59:58", -2),
        ("1969-12-31 23:59:58", -2),
    ],
)
def test_times_as_clocks_write_them(time: str, taken: float | None) -> None:
    assert exif.parse(big_endian(time.encode() + b"\0")) == (8, taken)


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_orientation_that_there_is_not_is_none(orientation: int) -> None:
    assert exif.parse(block(orientation)).orientation is None


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0\x08\0\0\0"])
)
def test_junk_says_nothing(junk: bytes, start: bytes) -> None:
    orientation, taken = exif.parse(start + junk)
    assert orientation is None or 1 <= orientation <= 8
    assert taken is None or isinstance(taken, float)


def test_many_entries_that_all_name_the_same_bytes_stay_cheap() -> None:
    entries = b"".join(struct.pack("<HHII", tag, 2, 2**31, 8) for tag in range(0x8000, 0xFFFF))
    data = b"II*\0" + struct.pack("<IH", 8, 0x7FFF) + entries
    assert exif.parse(data) == (None, None)
