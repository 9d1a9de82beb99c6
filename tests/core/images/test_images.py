import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from core.images import errors as image_errors
from core.images import load as images
from core.recipe.config import DatasetConfig

pillow_heif.register_heif_opener()  # to write HEIC in these tests

RED, GREEN, BLUE, WHITE = (220, 30, 30), (20, 160, 60), (30, 60, 210), (255, 255, 255)
# How an upright picture is stored so that each EXIF orientation turns it back.
STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
ORIENTATION = 0x0112


def quadrants(width: int = 64, height: int = 48) -> Image.Image:
    """Red and green above, blue and white below: no two turns of it look alike."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(WHITE, (width // 2, height // 2, width, height))
    return image


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    if format in ("HEIF", "AVIF", "JPEG", "WEBP"):
        options.setdefault("quality", 95)
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def assert_looks_like(pixels: np.ndarray, image: Image.Image, within: float = 6) -> None:
    """The same size, and on average no more than ``within`` of 255 apart."""
    expected = np.asarray(image.convert("RGB")).astype(int)
    assert pixels.dtype == np.uint8
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).mean() <= within


def decoded_by_load(tmp_path: Path, data: bytes, size: int) -> np.ndarray:
    (tmp_path / "picture").write_bytes(data)
    return images.load(tmp_path / "picture", size, "stretch")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_comes_out_upright(format: str, orientation: int) -> None:
    stored = quadrants()
    if orientation in STORED_AS:
        stored = stored.transpose(STORED_AS[orientation])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    assert_looks_like(images.decode(encoded(stored, format, exif=exif.tobytes())), quadrants())


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP", "HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_header_tells_the_shown_size_and_the_time(
    tmp_path: Path, format: str, orientation: int
) -> None:
    stored = quadrants()
    if orientation in STORED_AS:
        stored = stored.transpose(STORED_AS[orientation])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:05:17 12:00:00"
    file = tmp_path / "picture"
    file.write_bytes(encoded(stored, format, exif=exif.tobytes()))
    header = images.read_header(file)
    assert header.upright == (64, 48)
    if format != "HEIF":  # its decoder turns it, and the header says what comes out
        assert header.turned == (orientation >= 5)
        assert (header.width, header.height) == stored.size
    assert header.taken == datetime(2024, 5, 17, 12, tzinfo=UTC).timestamp()
    assert images.check(file, thorough=True) == header


def test_an_orientation_is_also_found_where_some_editors_put_it(tmp_path: Path) -> None:
    stored = quadrants().transpose(STORED_AS[6])
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    profile = PngImagePlugin.PngInfo()
    profile.add_text(
        "Raw profile type exif", f"\nexif\n{len(exif.tobytes())}\n{exif.tobytes().hex()}"
    )
    for data in (
        encoded(stored, "JPEG", xmp=xmp),
        encoded(stored, "WEBP", xmp=xmp),
        encoded(stored, "PNG", pnginfo=profile),
        encoded(stored, "TIFF", tiffinfo={700: xmp}),
    ):
        (tmp_path / "picture").write_bytes(data)
        assert images.read_header(tmp_path / "picture").upright == (64, 48)
        assert_looks_like(images.decode(data), quadrants())


@pytest.mark.parametrize(
    "format", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF", "PPM", "JPEG2000"]
)
def test_every_format_is_known_by_content_whatever_its_name(tmp_path: Path, format: str) -> None:
    file = tmp_path / "picture.txt"
    file.write_bytes(encoded(quadrants(), format))
    assert_looks_like(images.decode(images.read_bytes(file)), quadrants())
    assert images.read_header(file) == images.check(file, thorough=True)
    header = images.read_header(file)
    assert (header.format, header.width, header.height) == (format, 64, 48)


@pytest.mark.parametrize("options", [{"progressive": True}, {"subsampling": 2}])
def test_kinds_of_jpeg(options: dict[str, Any]) -> None:
    assert_looks_like(images.decode(encoded(quadrants(), "JPEG", **options)), quadrants())
    cmyk = encoded(quadrants().convert("CMYK"), "JPEG", **options)
    assert_looks_like(images.decode(cmyk), quadrants())


def test_grey_one_bit_and_palette_pictures_become_rgb() -> None:
    grey = quadrants().convert("L")
    assert_looks_like(images.decode(encoded(grey, "PNG")), grey, 0)
    assert_looks_like(images.decode(encoded(grey.convert("1"), "PNG")), grey.convert("1"), 0)
    palette = quadrants().convert("P", palette=Image.Palette.ADAPTIVE)
    assert_looks_like(images.decode(encoded(palette, "PNG")), palette, 0)


def test_what_is_transparent_shows_white() -> None:
    half = Image.new("RGBA", (4, 4), (*RED, 128))
    half.putpixel((0, 0), (*RED, 0))
    half.putpixel((1, 0), (*RED, 255))
    pixels = images.decode(encoded(half, "PNG"))
    assert tuple(pixels[0, 0]) == WHITE
    assert tuple(pixels[0, 1]) == RED
    assert np.abs(pixels[3, 3] - (np.array(RED) + 255) / 2).max() <= 1

    grey = Image.new("LA", (4, 4), (0, 0))
    assert (images.decode(encoded(grey, "PNG")) == 255).all()

    for color in ((0, 0, 0), (9, 90, 200)):
        assert tuple(images.decode(encoded(half, "PNG"), background=color)[0, 0]) == color
        assert tuple(images.decode(encoded(half, "PNG"), background=color)[0, 1]) == RED

    palette = quadrants().convert("P", palette=Image.Palette.ADAPTIVE)
    first = palette.getpixel((0, 0))
    see_through = images.decode(encoded(palette, "PNG", transparency=first))
    assert tuple(see_through[0, 0]) == WHITE
    assert_looks_like(see_through[:, 32:], quadrants().crop((32, 0, 64, 48)))
    by_bytes = encoded(palette, "PNG", transparency=bytes(range(0, 256, 64)))
    assert images.decode(by_bytes).shape == (48, 64, 3)

    colour_key = encoded(quadrants(), "PNG", transparency=RED)
    assert tuple(images.decode(colour_key)[0, 0]) == WHITE


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_sixteen_bit_grey_keeps_its_brightness(format: str) -> None:
    values = np.array([[0, 0x1234], [0x80FF, 0xFFFF]], np.uint16)
    pixels = images.decode(encoded(Image.fromarray(values), format))
    assert pixels[..., 0].tolist() == [[0, 0x12], [0x80, 0xFF]]
    assert (pixels[..., 0] == pixels[..., 2]).all()


@pytest.mark.parametrize("brightest", [1.0, 255.0])
def test_float_pictures_are_read_in_units_of_one_or_of_255(brightest: float) -> None:
    values = np.array([[0, 0.5, np.nan], [1, -3, np.inf]], np.float32) * brightest
    pixels = images.decode(encoded(Image.fromarray(values), "TIFF"))
    assert pixels[..., 0].tolist() == [[0, 127, 0], [255, 0, 0]]


@pytest.mark.parametrize("format", ["GIF", "WEBP", "TIFF", "PNG", "HEIF"])
def test_the_first_frame_is_the_picture(format: str) -> None:
    others = [Image.new("RGB", (64, 48), GREEN), Image.new("RGB", (64, 48), BLUE)]
    data = encoded(quadrants(), format, save_all=True, append_images=others)
    assert_looks_like(images.decode(data), quadrants())


def stripes() -> Image.Image:
    """Three squares in a row: red, green, blue."""
    image = Image.new("RGB", (90, 30), GREEN)
    image.paste(RED, (0, 0, 30, 30))
    image.paste(BLUE, (60, 0, 90, 30))
    return image


def test_crop_keeps_the_middle_square() -> None:
    assert_looks_like(images.fit(stripes(), 32, "crop"), Image.new("RGB", (32, 32), GREEN), 0)
    upright = stripes().transpose(Image.Transpose.ROTATE_90)
    assert_looks_like(images.fit(upright, 32, "crop"), Image.new("RGB", (32, 32), GREEN), 0)


def test_stretch_and_pad_keep_everything() -> None:
    stretched = images.fit(np.asarray(stripes()), 96, "stretch")
    assert [tuple(stretched[48, x]) for x in (5, 48, 90)] == [RED, GREEN, BLUE]
    padded = images.fit(stripes(), 96, "pad")
    assert [tuple(padded[48, x]) for x in (5, 48, 90)] == [RED, GREEN, BLUE]
    assert (padded[:32] == images.PAD_COLOR).all()
    assert (padded[64:] == images.PAD_COLOR).all()
    assert not (padded[32:64] == images.PAD_COLOR).all(axis=-1).any()


def test_shrinking_averages_instead_of_skipping() -> None:
    board = np.zeros((256, 256, 3), np.uint8)
    board[::2, 1::2] = board[1::2, ::2] = 255
    small = images.fit(board, 32, "stretch")
    assert np.abs(small.astype(int) - 127).max() <= 3


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
    assert pixels.shape == (size, size, 3)
    assert pixels.flags["C_CONTIGUOUS"]
    assert pixels.flags["WRITEABLE"]
    assert pixels.dtype == np.uint8
    middle = (size - 1) // 2
    assert (pixels[middle, middle] == 90).all()


@pytest.mark.parametrize("policy", ["stretch", "crop", "pad"])
@pytest.mark.parametrize("name", ["small.png", "lá bàng 🍁 'x'.jpg"])
def test_load_is_decode_and_fit(tmp_path: Path, policy: Any, name: str) -> None:
    file = tmp_path / name
    quadrants().save(file)
    expected = images.fit(images.decode(file.read_bytes()), 32, policy)
    assert (images.load(file, 32, policy) == expected).all()


def test_a_recipe_chooses_the_background_and_the_largest_picture(tmp_path: Path) -> None:
    file = tmp_path / "see-through.png"
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(file)
    config = DatasetConfig(image_size=32, background_color=(9, 90, 200))
    assert (images.load_for(config, file) == (9, 90, 200)).all()
    assert (images.load_for(DatasetConfig(image_size=32), file) == 255).all()
    small = DatasetConfig(image_size=32, max_megapixels=0.004)
    with pytest.raises(image_errors.ImageError, match=r"has 0\.0041 megapixels, more than 0\.004"):
        images.load_for(small, file)


@pytest.mark.parametrize("policy", ["stretch", "crop", "pad"])
def test_a_reduced_jpeg_looks_the_same_and_is_always_the_same(tmp_path: Path, policy: Any) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    file = tmp_path / "large.jpg"
    file.write_bytes(encoded(quadrants(1600, 900), "JPEG", exif=exif.tobytes()))
    whole = images.fit(images.decode(file.read_bytes()), 32, policy)
    loaded = images.load(file, 32, policy)
    assert_looks_like(loaded, Image.fromarray(whole), 2)
    with ThreadPoolExecutor(2) as pool:
        again = list(pool.map(lambda _: images.load(file, 32, policy), range(4)))
    assert all((one == loaded).all() for one in again)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize("shape", [(640, 480), (30, 60), (3000, 1), (1, 1)])
def test_a_thumbnail_is_as_long_as_asked(
    tmp_path: Path, format: str, shape: tuple[int, int]
) -> None:
    file = tmp_path / "picture"
    file.write_bytes(encoded(quadrants(*shape), format))
    small = images.thumbnail(file, 96)
    assert max(small.shape[:2]) == 96
    assert small.shape[0] == max(1, round(96 * shape[1] / max(shape)))
    assert small.shape[2] == 3


def test_equal_content_has_an_equal_hash() -> None:
    assert images.content_hash(b"one") == images.content_hash(b"one")
    assert images.content_hash(b"one") != images.content_hash(b"two")
    assert len(images.content_hash(b"")) == 32


def test_importing_it_loads_neither_pillow_nor_numpy_nor_torch() -> None:
    code = (
        "import sys, core.images, core.dataset; "
        "print(sorted({'PIL', 'numpy', 'pydantic', 'torch'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "[]", answer.stderr
