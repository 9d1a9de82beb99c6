"""What is in a file as an image of one size, every format's, or a documented reason why not."""

import hashlib
import io
import json
import os
import random
import struct
import subprocess
import sys
import unicodedata
import warnings
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, JpegImagePlugin

from core.images import errors as image_errors
from core.images import load as images
from core.images.decode import exif_of, open_picture
from core.images.errors import ImageError
from core.recipe.config import DatasetConfig
from tests.support.pictures import chunk, png, saved, tiff
from tests.support.wording import said

pillow_heif.register_heif_opener()  # to write HEIC in these tests

RED, GREEN, BLUE, YELLOW = (220, 30, 30), (20, 160, 60), (30, 60, 210), (230, 210, 40)


def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (36, 48, 3), dtype=np.uint8)


def encoded(format: str, **options: Any) -> bytes:
    return saved(Image.fromarray(noise()), format, **options)


def animated(format: str) -> bytes:
    return encoded(format, save_all=True, append_images=[Image.new("RGB", (48, 36))] * 2)


PILLOWS = ["JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF", "JPEG2000", "PPM"]
WHOLE = {
    **{format: encoded(format) for format in PILLOWS},
    "GIF, animated": animated("GIF"),
    "WEBP, animated": animated("WEBP"),
    "TIFF, LZW": encoded("TIFF", compression="tiff_lzw"),
    "TIFF, float": cv2.imencode(".tiff", noise().astype(np.float32))[1].tobytes(),
    "PNG, 16 bit": saved(Image.fromarray(noise()[..., 0].astype(np.uint16) * 257), "PNG"),
    "BMP, 32 bit": saved(Image.fromarray(noise()).convert("RGBA"), "BMP"),
    "JPEG, CMYK": saved(Image.fromarray(noise()).convert("CMYK"), "JPEG", progressive=True),
}
LOADER = "core.images.decode.load_upright"  # it decodes
NOT_TOLD = {"TIFF, float"}  # these tell only when they are decoded that their end is missing


def assert_is_known(error: ImageError) -> None:
    assert error.code in said(str(error))


def refused(attempt: Callable[[], object]) -> ImageError:
    with pytest.raises(ImageError) as caught:
        attempt()
    assert_is_known(caught.value)
    return caught.value


# -- a corpus of small files ------------------------------------------------------------------

# Files that Pillow 13, pillow-heif 1.8 and OpenCV wrote, or that were made byte by byte, each
# with what comes out of it: format, width, height, and how it looks over white and, if that
# differs, over SEA. Pixels are pinned by their SHA-256 where the format says what each must be.
# JPEG, lossy WebP, AVIF and HEIC leave the rounding to the decoder, as littleCMS does the colours
# of a profile: another version may give other last bits, so that there the mean colours of a grid
# of 4 x 4 are pinned, in hexadecimal, and need only be near.
CORPUS = Path(__file__).parent / "corpus"
EXPECTED: dict[str, list[Any]] = json.loads((CORPUS / "expected.json").read_text("utf-8"))
WHITE, SEA = (255, 255, 255), (9, 90, 200)
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
    for background, expected in zip((WHITE, SEA), (*looks, looks[0]), strict=False):
        pixels = images.decode(data, background=background)
        assert (pixels.shape, pixels.dtype) == ((height, width, 3), np.uint8)
        assert look(pixels, expected) == expected
        small = images.load(path, 32, "stretch", background=background)
        resized = images.fit(pixels, 32, "stretch").astype(float)
        # A profile's colours are converted after the resizing.
        assert np.abs(small - resized).mean() <= (0 if " " not in expected else 1.5)


# -- turned and dated -------------------------------------------------------------------------

FORMATS = ["JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF"]
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
UNSET = "0000:00:00 00:00:00"
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


def says(data: bytes) -> tuple[int | None, float | None]:
    """What a JPEG with the EXIF block ``data`` says of its orientation and time."""
    start = b"" if data.startswith(b"Exif") else b"Exif\0\0"
    file = io.BytesIO(saved(Image.new("RGB", (8, 8)), "JPEG", exif=start + data))
    found = exif_of(open_picture(file))
    return found.orientation, found.taken


def test_orientation_and_time_are_read_in_both_byte_orders() -> None:
    assert says(block(6, DateTimeOriginal="2024:05:17 12:00:00")) == (6, NOON)
    with_time = big_endian(b"2024:05:17 12:00:00\0")
    assert says(with_time) == (8, NOON)
    for unknown in (0, 9, 255):
        assert says(block(unknown))[0] is None


@pytest.mark.parametrize(
    ("times", "taken"),
    [
        ({"SubsecTimeOriginal": "5"}, NOON + 0.5),  # fractions keep a burst's order
        ({"SubsecTimeOriginal": "042"}, NOON + 0.042),
        ({"SubsecTimeOriginal": "   "}, NOON),
        ({"SubsecTimeOriginal": "x"}, NOON),
        ({"DateTimeDigitized": "2025:01:01 00:00:00"}, NOON),  # that of the shutter counts
        ({"DateTimeOriginal": UNSET, "DateTimeDigitized": "2024:05:17 12:00:00"}, NOON),
    ],
)
def test_when_an_image_was_taken(times: dict[str, str], taken: float) -> None:
    data = block(**{"DateTimeOriginal": "2024:05:17 12:00:00", **times})
    assert says(data) == (None, taken)


def test_the_time_of_an_editor_says_nothing() -> None:
    changed = Image.Exif()
    changed[ExifTags.Base.DateTime] = "2024:05:17 12:00:00"
    assert says(changed.tobytes())[1] is None


@pytest.mark.parametrize(
    ("time", "taken"),
    [
        ("", None),
        ("    :  :     :  :  ", None),
        (UNSET, None),
        ("2024:13:01 00:00:00", None),
        ("yesterday", None),
        ("٢٠٢٤", None),
        ("1969-12-31T23:59:58", -2),
        ("1969-12-31 23:59:58", -2),
    ],
)
def test_times_as_clocks_write_them(time: str, taken: float | None) -> None:
    assert says(big_endian(time.encode() + b"\0")) == (8, taken)


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"II*\0", b"MM\0*", b"Exif\0\0II*\0\x08\0\0\0"])
)
def test_junk_says_nothing(junk: bytes, start: bytes) -> None:
    orientation, taken = says(start + junk)
    assert orientation is None or 1 <= orientation <= 8
    assert taken is None or isinstance(taken, float)


def test_many_entries_that_all_name_the_same_bytes_stay_cheap() -> None:
    entries = b"".join(struct.pack("<HHII", tag, 2, 2**31, 8) for tag in range(0x8000, 0x9400))
    data = b"II*\0" + struct.pack("<IH", 8, 0x1400) + entries
    assert says(data) == (None, None)


# -- one size ---------------------------------------------------------------------------------


def stripes() -> Image.Image:
    """Three squares in a row: red, green, blue."""
    image = Image.new("RGB", (90, 30), GREEN)
    image.paste(RED, (0, 0, 30, 30))
    image.paste(BLUE, (60, 0, 90, 30))
    return image


def test_crop_keeps_the_middle_square_and_stretch_and_pad_keep_everything() -> None:
    for image in (stripes(), stripes().transpose(Image.Transpose.ROTATE_90)):
        assert (images.fit(image, 32, "crop") == GREEN).all()
    stretched = images.fit(np.asarray(stripes()), 96, "stretch")
    assert [tuple(stretched[48, x]) for x in (5, 48, 90)] == [RED, GREEN, BLUE]
    padded = images.fit(stripes(), 96, "pad")
    assert [tuple(padded[48, x]) for x in (5, 48, 90)] == [RED, GREEN, BLUE]
    border = (padded == images.PAD_COLOR).all(axis=2)
    assert border[:32].all()
    assert not border[32:64].any()
    assert border[64:].all()


def test_shrinking_averages_instead_of_skipping() -> None:
    board = np.zeros((256, 256, 3), np.uint8)
    board[::2, 1::2] = board[1::2, ::2] = 255
    small = images.fit(board, 32, "stretch")
    assert np.abs(small.astype(int) - 127).max() <= 3


@settings(max_examples=50)
@given(
    st.integers(1, 60),
    st.sampled_from([1, 2, 33, 3000]),
    st.booleans(),
    st.sampled_from([32, 64]),
    st.sampled_from(["stretch", "crop", "pad"]),
)
def test_every_shape_fits(short: int, long: int, lies: bool, size: int, policy: Any) -> None:
    shape = (short, long, 3) if lies else (long, short, 3)
    pixels = images.fit(np.full(shape, 90, np.uint8), size, policy)
    assert (pixels.shape, pixels.dtype) == ((size, size, 3), np.uint8)
    assert pixels.flags["C_CONTIGUOUS"]
    assert pixels.flags["WRITEABLE"]
    middle = (size - 1) // 2
    assert (pixels[middle, middle] == 90).all()


def test_a_recipe_chooses_the_background_and_the_largest_image(tmp_path: Path) -> None:
    file = tmp_path / "see-through.png"
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(file)
    config = DatasetConfig(image_size=32, background_color=(9, 90, 200))
    assert (images.load_for(config, file) == (9, 90, 200)).all()
    assert (images.load_for(DatasetConfig(image_size=32), file) == 255).all()
    small = DatasetConfig(image_size=32, max_megapixels=0.004)
    error = refused(lambda: images.load_for(small, file))
    assert error.values == {"megapixels": 0.0041, "limit": 0.004}


@pytest.mark.parametrize("policy", ["stretch", "crop", "pad"])
def test_a_reduced_jpeg_looks_the_same_and_is_always_the_same(tmp_path: Path, policy: Any) -> None:
    file = tmp_path / "large.jpg"
    stripes().resize((1600, 900)).save(file, exif=block(6), quality=95)
    whole = images.fit(images.decode(file.read_bytes()), 32, policy)
    loaded = images.load(file, 32, policy)
    assert np.abs(loaded - whole.astype(float)).mean() <= 2
    with ThreadPoolExecutor(2) as pool:
        again = list(pool.map(lambda _: images.load(file, 32, policy), range(4)))
    assert all((one == loaded).all() for one in again)


@pytest.mark.parametrize(("side", "asked"), [(127, []), (128, [(100, 64)]), (200, [(66, 66)])])
def test_when_a_jpeg_is_reduced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int, asked: list[tuple[int, int]]
) -> None:
    drafts: list[tuple[int, int]] = []
    monkeypatch.setattr(
        JpegImagePlugin.JpegImageFile, "draft", lambda _self, _mode, size: drafts.append(size)
    )
    Image.new("RGB", (200, side)).save(tmp_path / "a.jpg")
    images.load(tmp_path / "a.jpg", 32, "crop")
    assert drafts == asked


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("shape", [(640, 480), (30, 60), (3000, 1), (1, 1)])
def test_how_long_a_thumbnail_is(tmp_path: Path, format: str, shape: tuple[int, int]) -> None:
    file = tmp_path / "image"
    file.write_bytes(saved(stripes().resize(shape), format))
    small = images.thumbnail(file, 96)
    width, height = (max(1, round(96 * side / max(shape))) for side in shape)
    assert small.shape == (height, width, 3)


def test_importing_it_loads_neither_pillow_nor_numpy_nor_torch() -> None:
    code = (
        "import sys, core.images.load, core.dataset.summary; "
        "print(sorted({'PIL', 'numpy', 'pydantic', 'torch'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "[]", answer.stderr


# -- too large --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "limit", "megapixels"),
    [
        ((30_000, 20_000), 200, 600),
        ((14_000, 14_000), 200, None),  # where Pillow alone would warn
        ((20_001, 10_001), 200, 201),
        ((20_001, 10_001), 1000, None),
        ((20_000, 15_000), 299.5, 300),
        ((20_000, 15_000), 300, None),
        ((1600, 1600), 2.5, 3),
    ],
)
def test_an_image_of_too_many_megapixels_is_refused_before_it_fills_the_memory(
    tmp_path: Path, size: tuple[int, int], limit: float, megapixels: int | None
) -> None:
    file = tmp_path / "bomb.png"
    file.write_bytes(png(size=size))
    for look in (images.read_header, images.check):
        if megapixels is None:
            assert look(file, max_megapixels=limit).upright == size
            continue
        error = refused(lambda look=look: look(file, max_megapixels=limit))
        assert error.code == "image_too_large"
        assert error.values == {"megapixels": megapixels, "limit": limit}
        assert f"{limit}" in str(error)


def heic_claiming(width: int, height: int) -> bytes:
    """A small file that says it is as large as that."""
    data = bytearray(saved(Image.new("RGB", (64, 64)), "HEIF"))
    struct.pack_into(">II", data, data.find(b"ispe") + 8, width, height)
    return bytes(data)


LARGE_TIFF = {256: [60_000], 257: [50_000], 262: [1], 278: [1]}
BOMBS = {
    "PNG": png(size=(60_000, 50_000)),
    "HEIF": heic_claiming(60_000, 50_000),
    "TIFF": tiff({**LARGE_TIFF, 258: [8], 259: [1]}, b"\0" * 9),
    "TIFF, float": tiff({**LARGE_TIFF, 258: [64], 277: [1], 339: [3]}, b"\0" * 9),
    "PPM": b"P6 60000 50000 255\n" + bytes(99),
    # the frame is larger than the screen that holds it
    "GIF": b"GIF89a\4\0\4\0\x80\0\0%b,\0\0\0\0%b\0\2\2L\1\0;" % (bytes(6), b"\xff" * 4),
}


@pytest.mark.parametrize("format", BOMBS)
def test_bombs_are_not_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    monkeypatch.setattr(LOADER, None)  # it cannot be called
    file = tmp_path / "bomb"
    file.write_bytes(BOMBS[format])
    for attempt in (images.read_header, images.check, lambda path: images.load(path, 32, "crop")):
        assert refused(lambda attempt=attempt: attempt(file)).code == "image_too_large"


@pytest.mark.parametrize("kind", [b"iCCP", b"zTXt", b"iTXt"])
def test_a_text_that_would_fill_the_memory_does_not(kind: bytes) -> None:
    start = b"a\0\1\0\0\0" if kind == b"iTXt" else b"a\0\0"
    bomb = zlib.compress(bytes(33 * 2**20), 1)
    error = refused(lambda: images.decode(png(chunk(kind, start + bomb))))
    assert error.code == "unreadable_image"
    assert "too" in str(error.values["reason"])


@pytest.mark.parametrize("size", [(1, 1), (50_000, 1), (1, 50_000), (3, 2)])
@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP", "PPM"])
def test_tiny_and_very_long_images(tmp_path: Path, format: str, size: tuple[int, int]) -> None:
    file = tmp_path / "image"
    file.write_bytes(saved(Image.new("RGB", size, (9, 9, 9)), format))
    assert images.check(file, thorough=True).upright == size
    for policy in ("stretch", "crop", "pad"):
        pixels = images.load(file, 32, policy)
        assert pixels.shape == (32, 32, 3)
        assert (pixels[15, 15] == 9).all()
    assert max(images.thumbnail(file, 96).shape) == 96


# -- damaged ----------------------------------------------------------------------------------


@pytest.mark.parametrize("format", WHOLE)
def test_a_file_cut_at_any_eighth_is_cut_short(tmp_path: Path, format: str) -> None:
    data = WHOLE[format]
    for eighth in range(1, 8):
        part = data[: len(data) * eighth // 8]
        assert refused(lambda part=part: images.decode(part)).code == "truncated_image", eighth
        # Without decoding every image, the scan must notice it all the same.
        (tmp_path / "part").write_bytes(part)
        look = refused(lambda: images.check(tmp_path / "part", thorough=format in NOT_TOLD))
        assert look.code == "truncated_image", eighth


def test_what_only_looks_unfinished_is_still_used(tmp_path: Path) -> None:
    file = tmp_path / "image"
    for data in (WHOLE["JPEG"] + bytes(1000), WHOLE["PNG"] + b"thumbnail" * 20):
        file.write_bytes(data)
        assert images.check(file).width == 48
        assert images.decode(data).shape == (36, 48, 3)


def assert_image_or_reason(data: bytes) -> None:
    try:
        pixels = images.decode(data, max_megapixels=1)
    except ImageError as error:
        assert_is_known(error)
    else:
        assert (pixels.dtype, pixels.shape[2:]) == (np.uint8, (3,))


@pytest.mark.parametrize("format", WHOLE)
def test_a_bit_flipped_anywhere_never_raises_anything_else(tmp_path: Path, format: str) -> None:
    generator = random.Random(format)
    file = tmp_path / "image"
    for number in range(24):
        data = bytearray(WHOLE[format])
        # half of them where the formats say how they are to be read
        place = generator.randrange(min(len(data), 300) if number % 2 else len(data))
        data[place] ^= 1 << generator.randrange(8)
        assert_image_or_reason(bytes(data))
        file.write_bytes(data)
        try:
            assert images.check(file, max_megapixels=1).width > 0
        except ImageError as error:
            assert_is_known(error)


@given(st.binary(max_size=200), st.sampled_from([b"", *(one[:20] for one in WHOLE.values())]))
def test_junk_never_raises_anything_else(junk: bytes, start: bytes) -> None:
    assert_image_or_reason(start + junk)


@pytest.mark.parametrize(
    "data",
    [
        b"Not an image at all.\n",
        b"BMW, Audi and others\n",
        b"P3 is the first of three parts\n",
        b"%PDF-1.7\n1 0 obj\n",
        b"\0\0\0\x20ftypisom" + bytes(60),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        bytes(500),
    ],
)
def test_what_is_no_image_is_called_so(tmp_path: Path, data: bytes) -> None:
    assert refused(lambda: images.decode(data)).code == "not_an_image"
    (tmp_path / "cat.jpg").write_bytes(data)
    assert refused(lambda: images.read_header(tmp_path / "cat.jpg")).code == "not_an_image"


def test_a_broken_png_chunk_is_damage() -> None:
    checksum, pixels = bytearray(WHOLE["PNG"]), bytearray(WHOLE["PNG"])
    checksum[checksum.index(b"IHDR") + 20] ^= 0xFF
    start = pixels.index(b"IDAT") + 40
    pixels[start : start + 200] = bytes(200)
    for data in (bytes(checksum), bytes(pixels)):
        assert refused(lambda data=data: images.decode(data)).code == "unreadable_image"


def test_junk_in_the_exif_costs_neither_the_image_nor_a_warning() -> None:
    junk = b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01\x03\0\xff\xff\xff\x00\x06\0\0\0\x1a\x01"
    data = encoded("JPEG", exif=junk)
    with pytest.warns(UserWarning, match="EXIF|Tag"):
        Image.open(io.BytesIO(data)).getexif()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert images.decode(data).shape == (36, 48, 3)
    assert seen == []


# -- files and machines -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "quoted".jpg',
        "line\nbreak\tand tab.jpg",
        "🍁🍂.jpg",
        unicodedata.normalize("NFD", "lá bàng.jpg"),
        "x" * 251 + ".jpg",
        "$HOME %s {0}.jpg",
        "photo",
        os.fsdecode(b"caf\xe9.jpg"),
    ],
)
def test_any_name_that_the_system_allows(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    try:
        file.write_bytes(WHOLE["JPEG"])
    except OSError as error:
        pytest.skip(f"not here: {error.strerror}")
    assert images.check(file, thorough=True).upright == (48, 36)
    assert images.load(file, 32, "pad").shape == (32, 32, 3)
    assert images.thumbnail(file, 24).shape == (18, 24, 3)
    file.write_bytes(b"no image")
    assert refused(lambda: images.check(file)).code == "not_an_image"


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def code(name: str) -> str:
        return refused(lambda: images.load(tmp_path / name, 32, "crop")).code

    assert code("gone.jpg") == "file_missing"
    assert code("nul\0.jpg") == "file_unreadable"
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert code("empty.jpg") == "empty_file"
    if os.name == "posix":
        (tmp_path / "folder.jpg").mkdir()
        assert code("folder.jpg") == "file_unreadable"

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(image_errors, "open", denied, raising=False)
    assert code("secret.jpg") == "permission_denied"


@pytest.mark.parametrize(
    ("place", "error", "reason"),
    [
        (LOADER, MemoryError(), "memory"),
        (LOADER, ImportError("no libheif"), "no libheif"),
        ("PIL.JpegImagePlugin.JpegImageFile._open", OSError(5, "bad disk"), "bad disk"),
    ],
)
def test_what_the_machine_lacks_is_no_damage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, error: Exception, reason: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    (tmp_path / "a.jpg").write_bytes(WHOLE["JPEG"])
    monkeypatch.setattr(place, fail)
    caught = refused(lambda: images.check(tmp_path / "a.jpg", thorough=True))
    assert caught.code == "file_unreadable"
    assert reason in str(caught.values["reason"])


# -- what a file says of itself ---------------------------------------------------------------


def test_size_time_format_and_orientation(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("L", (60, 40)).save(path, exif=block(6))
    os.utime(path, ns=(7, 7_000_000_000))
    found = images.details(path)
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
    written = Image.Exif()
    written[ExifTags.Base.Make], written[ExifTags.Base.Model] = make, model
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", exif=written)
    assert images.details(tmp_path / "a.jpg").camera == camera


def test_a_damaged_or_missing_file_has_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_text("no picture")
    found, gone = (images.details(tmp_path / name) for name in ("a.jpg", "gone.png"))
    assert (found.size, found.header, found.error.code) == (10, None, "not_an_image")
    assert (gone.size, gone.mtime, gone.error.code) == (-1, -1, "file_missing")
