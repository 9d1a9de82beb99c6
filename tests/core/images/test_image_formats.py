"""What is in a file is what comes out of it, compared with values that no decoder has touched."""

import base64
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import ExifTags, Image, ImageChops, ImageCms, PngImagePlugin

from core.images import load as images
from core.images.errors import ImageError
from tests.support.image_files import bitmap, chunk, gamma, icc, png, primaries, saved, tiff

pillow_heif.register_heif_opener()  # to write HEIC in these tests

WHITE, RED, BLUE = (255, 255, 255), (255, 0, 0), (0, 0, 255)
STEPS = np.arange(16)
LEVELS = (STEPS * 4369).astype(np.uint16)  # 0 to 65535; the high byte is 17 times the step
RAINBOW = np.stack([LEVELS, LEVELS[::-1], np.roll(LEVELS, 5)], axis=1)[None]  # [1, 16, 3]
EIGHT = (RAINBOW >> 8).astype(np.uint8)
# XYZ of red, green and blue, adapted to D50: of Display P3 and of sRGB.
P3 = (0.51512, 0.24119, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)
SRGB = (0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)
# 8 x 8 pixels, 12 bits: four rows from white to black, four of red beside white.
DEEP_JPEG2000 = (
    "|4;u>051Rl000080000800000000000000800008000000000000RpF0Sf^E3jqQDQUDA9000320|W#B0smY84M1RMXmD"
    "s~aA;_7|6~9q00BdCWnpw>WFTUBAWv{*Zc0!^M<8}(a&u{KZXhx)H7+y%kN^q*00000vj74Alfe5xfCLYK$Ls_HNW=C5p"
    "WqHZzz_lV2Qt3_vw+9)1wX(X|6l-s2WbJwKL;fLf5-9<KfpvEurLfWcSYuHLk?eCri9s|?*!sWWi>T`$MO$9z&t;Ya0^V"
    "%CK|3~2hBiJctLLmy@C_DE}zHp4?n<EAFvo0a8NZ~FQ*#}s%OPk(DPis7Op3N&+rXDz(gOg7#ZaXjBC>s{7bTPg&Q{(0-"
    "OKY"
)


def decoded(data: bytes, **options: Any) -> list[Any]:
    return images.decode(data, **options).tolist()


def greys(*values: int) -> list[list[list[int]]]:
    return [[[value] * 3 for value in values]]


def photo(width: int = 48, height: int = 32) -> Image.Image:
    """Soft and colourful, so that every format keeps it well."""
    across = np.linspace(0, 255, width)[None, :].repeat(height, 0)
    down = np.linspace(255, 0, height)[:, None].repeat(width, 1)
    return Image.fromarray(np.stack([across, down, (across + down) / 2], 2).astype(np.uint8))


def assert_close(pixels: np.ndarray, expected: Any, within: float) -> None:
    expected = np.asarray(expected).astype(float)
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).mean() <= within


# PNG


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_grey_png_of_any_bits(bits: int, interlaced: bool) -> None:
    most = 2**bits - 1
    values = np.arange(9 * 11).reshape(9, 11) * 7919 % (most + 1)
    values[0, 0] = most
    expected = values >> 8 if bits == 16 else values * 255 // most
    pixels = images.decode(png(values, bits, interlaced=interlaced))
    assert (pixels == expected[..., None]).all()


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("channels", [2, 3, 4])
def test_a_png_of_colours_and_alpha_over_a_background(
    bits: int, channels: int, interlaced: bool
) -> None:
    values = np.random.default_rng(0).integers(0, 2**bits, (9, 11, channels))
    values[..., -1] = np.where(np.arange(11) < 5, 0, 2**bits - 1) if channels != 3 else 7
    color = values[..., :1].repeat(3, 2) if channels == 2 else values[..., :3]
    expected = color >> (bits - 8)
    if channels != 3:
        expected = expected.copy()
        expected[:, :5] = (9, 90, 200)
    data = png(values, bits, interlaced=interlaced)
    assert (images.decode(data, background=(9, 90, 200)) == expected).all()


@pytest.mark.parametrize(("bits", "step"), [(1, 255), (2, 85), (4, 17)])
@pytest.mark.parametrize("key", [0, 1])
def test_the_transparent_grey_of_a_png_is_given_in_its_own_bits(
    bits: int, step: int, key: int
) -> None:
    values = np.arange(2**bits)[None]
    data = png(values, bits, chunk(b"tRNS", struct.pack(">H", key)))
    expected = [[[value * step] * 3 if value != key else [9, 90, 200] for value in values[0]]]
    assert decoded(data, background=(9, 90, 200)) == expected


def test_the_transparent_colour_of_a_png_of_sixteen_bits() -> None:
    key = chunk(b"tRNS", struct.pack(">H", LEVELS[3]))
    grey = images.decode(png(LEVELS[None], 16, key), background=RED)
    assert tuple(grey[0, 3]) == RED
    assert (np.delete(grey[0], 3, axis=0) == np.delete(STEPS * 17, 3)[:, None]).all()
    key = chunk(b"tRNS", struct.pack(">HHH", *RAINBOW[0, 4]))
    color = images.decode(png(RAINBOW, 16, key), background=RED)
    assert tuple(color[0, 4]) == RED
    assert (np.delete(color[0], 4, axis=0) == np.delete(EIGHT[0], 4, axis=0)).all()


def test_texts_in_a_png_are_never_taken_for_its_pixels(tmp_path: Path) -> None:
    names = ("transparency", "exif", "icc_profile", "xmp", "Raw profile type exif")
    texts = PngImagePlugin.PngInfo()
    for name in names:
        texts.add_text(name, "any text\nat all\n")
        texts.add_itxt(name, "ein Text")
    file = tmp_path / "a.png"
    file.write_bytes(saved(Image.new("RGB", (2, 1), RED), "PNG", pnginfo=texts))
    assert decoded(file.read_bytes()) == [[[255, 0, 0]] * 2]
    assert images.check(file, thorough=True).upright == (2, 1)


def test_a_png_with_a_long_history_in_it_is_a_picture() -> None:
    history = chunk(b"zTXt", b"XML:com.adobe.xmp\0\0" + zlib.compress(bytes(5 * 2**20)))
    assert decoded(png(EIGHT, 8, history)) == EIGHT.tolist()


def test_a_turn_that_a_png_tells_behind_its_pixels_counts() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    late = chunk(b"eXIf", exif.tobytes()[6:])
    assert decoded(png(EIGHT, 8, late=late)) == EIGHT[:, ::-1].tolist()


# JPEG


def test_cmyk_jpegs_have_the_colours_of_print() -> None:
    inks = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 255, 255, 0], [0, 0, 0, 255]]], np.uint8)
    picture = Image.fromarray(inks.repeat(16, 0).repeat(16, 1), "CMYK")
    expected = [WHITE, (0, 255, 255), RED, (0, 0, 0)]
    inverted = saved(picture, "JPEG", quality=100)
    assert b"Adobe" in inverted
    # The same as luma and chroma, which one number in Adobe's marker tells from inks.
    *inks_only, black = picture.split()
    luma = ImageChops.invert(Image.merge("RGB", inks_only).convert("YCbCr"))
    ycck = bytearray(saved(Image.merge("CMYK", [*luma.split(), black]), "JPEG", quality=100))
    ycck[ycck.index(b"Adobe") + 11] = 2
    for data in (inverted, bytes(ycck), saved(picture, "JPEG", quality=100, progressive=True)):
        pixels = images.decode(data)
        found = [pixels[8, 16 * place + 8] for place in range(4)]
        assert np.abs(np.array(found).astype(int) - expected).max() <= 4


@pytest.mark.parametrize("orientation", [1, 6])
def test_of_an_mpo_the_first_picture_is_shown(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    first, second = photo(1200, 800), Image.new("RGB", (1200, 800), BLUE)
    data = saved(first, "MPO", save_all=True, append_images=[second], exif=exif, quality=95)
    (tmp_path / "a.mpo").write_bytes(data)
    expected = first if orientation == 1 else first.transpose(Image.Transpose.ROTATE_270)
    assert images.read_header(tmp_path / "a.mpo").format == "MPO"
    assert_close(images.decode(data), expected, 3)
    small = images.load(tmp_path / "a.mpo", 64, "stretch")
    assert_close(small, images.fit(expected, 64, "stretch"), 3)


# GIF and BMP


def test_around_a_first_frame_that_is_too_small_the_background_shows() -> None:
    frame = struct.pack("<HHHHB", 1, 0, 1, 2, 0) + b"\x02\x02\x8c\x01\0"  # two pixels, index 1
    screen = b"GIF89a" + struct.pack("<HHBBB", 3, 2, 0x80, 0, 0) + bytes((0, 0, 255, 255, 0, 0))
    data = screen + b"," + frame + b";"
    assert decoded(data) == [[[255] * 3, [255, 0, 0], [255] * 3]] * 2
    assert decoded(data, background=(9, 9, 9)) == [[[9] * 3, [255, 0, 0], [9] * 3]] * 2


@pytest.mark.parametrize("interlace", [0, 1])
def test_an_animated_gif_shows_its_first_frame(interlace: int) -> None:
    frames = [Image.new("P", (20, 17), 1), Image.new("P", (20, 17), 2)]
    for frame in frames:
        frame.putpalette([0, 0, 255, 255, 0, 0, 0, 255, 0])
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], interlace=interlace)
    assert (images.decode(data) == RED).all()


def test_a_bitmap_that_is_run_length_encoded() -> None:
    palette = bytes((0, 0, 255, 0, 255, 0, 0, 0))  # red and blue, as blue, green, red
    eight = bytes((3, 0, 1, 1, 0, 0, 0, 4, 1, 0, 1, 0, 0, 1))  # a run; the row above, as it is
    data = bitmap(4, 2, 8, eight, compression=1, rest=palette)
    assert decoded(data) == [[[0, 0, 255], [255, 0, 0]] * 2, [[255, 0, 0]] * 3 + [[0, 0, 255]]]
    four = bytes((4, 0x01, 0, 0, 4, 0x11, 0, 1))
    data = bitmap(4, 2, 4, four, compression=2, rest=palette)
    assert decoded(data) == [[[0, 0, 255]] * 4, [[255, 0, 0], [0, 0, 255]] * 2]


def test_the_fourth_byte_of_a_bitmap_is_opacity_only_where_it_says_so() -> None:
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    pixels = bytes((0, 0, 255, 0, 255, 0, 0, 255))
    assert decoded(bitmap(2, 1, 32, pixels)) == [[[255, 0, 0], [0, 0, 255]]]
    with_alpha = bitmap(2, 1, 32, pixels, compression=3, rest=masks)
    assert decoded(with_alpha) == [[[255, 255, 255], [0, 0, 255]]]
    all_zero = bitmap(2, 1, 32, bytes((0, 0, 255, 0, 255, 0, 0, 0)), compression=3, rest=masks)
    assert decoded(all_zero) == [[[255, 0, 0], [0, 0, 255]]]
    upside_down = bitmap(1, -2, 32, pixels)
    assert decoded(upside_down) == [[[255, 0, 0]], [[0, 0, 255]]]


# TIFF


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_deflate", "packbits"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK"])
def test_tiffs_of_any_mode_and_compression(mode: str, compression: str) -> None:
    picture = photo().convert(mode)
    others = [Image.new(mode, (8, 8))]
    data = saved(picture, "TIFF", compression=compression, save_all=True, append_images=others)
    assert (images.decode(data) == np.asarray(picture.convert("RGB"))).all()


def test_a_tiff_in_lab_has_its_colours() -> None:
    # white, the grey in the middle of sRGB, and its red
    lab = np.array([[[255, 0, 0], [137, 0, 0], [136, 81, 70]]], np.uint8)
    pixels = images.decode(saved(Image.fromarray(lab, "LAB"), "TIFF"))
    assert np.abs(pixels[0].astype(int) - [WHITE, (128, 128, 128), (255, 0, 0)]).max() <= 8


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("separate", [False, True])
def test_sixteen_bit_colours_of_a_tiff(order: str, separate: bool) -> None:
    pixels = (RAINBOW.transpose(2, 0, 1) if separate else RAINBOW).astype(order + "u2").tobytes()
    tags = {256: [16], 257: [1], 258: [16] * 3, 259: [1], 262: [2], 277: [3], 278: [1]}
    if separate:
        tags |= {273: [8, 40, 72], 279: [32] * 3, 284: [2]}
    assert decoded(tiff(tags, pixels, order)) == EIGHT.tolist()


def test_grey_tiffs_of_twelve_sixteen_and_thirty_two_bits() -> None:
    def grey(bits: int, pixels: bytes, white_is: int = 1, kind: int = 1) -> bytes:
        tags = {256: [16], 257: [1], 258: [bits], 259: [1], 262: [white_is], 277: [1], 278: [1]}
        return tiff({**tags, 339: [kind]}, pixels)

    expected = greys(*(STEPS * 17).tolist())
    assert decoded(grey(16, LEVELS.astype("<u2").tobytes())) == expected
    reversed_levels = LEVELS[::-1].astype("<u2").tobytes()
    assert decoded(grey(16, reversed_levels, white_is=0)) == expected
    wide = (LEVELS.astype(np.uint32) * 65537).astype("<u4").tobytes()
    assert decoded(grey(32, wide)) == expected
    assert decoded(grey(32, LEVELS.astype("<u4").tobytes())) == expected
    pairs = (LEVELS >> 4).reshape(-1, 2).astype(int)
    twelve = b"".join((first << 12 | second).to_bytes(3, "big") for first, second in pairs.tolist())
    assert decoded(grey(12, twelve)) == expected
    signed = np.array([-32768, -1, 0, 32767] * 4, "<i2").tobytes()
    assert decoded(grey(16, signed, kind=2)) == greys(*[0, 0, 0, 127] * 4)


@pytest.mark.parametrize("unit", [1, 255, 65535])
@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("channels", [1, 3])
def test_float_tiffs_in_units_of_one_of_255_and_of_65535(
    channels: int, bits: int, unit: int
) -> None:
    shares = np.array([[0, 0.25, 1, -0.1], [1.1, 0.5, np.nan, 0]])  # overshoot is no other unit
    values = (shares * unit).astype(f"f{bits // 8}")[..., None].repeat(channels, 2)
    if channels == 3:
        values[..., 1] = 0
    data = cv2.imencode(".tiff", values[..., ::-1])[1].tobytes()
    expected = [[0, 63, 255, 0], [255, 127, 0, 0]]
    pixels = images.decode(data)
    assert pixels[..., 0].tolist() == expected
    assert pixels[..., 1].tolist() == (expected if channels == 1 else np.zeros((2, 4)).tolist())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_float_colours_are_turned_too(tmp_path: Path, orientation: int) -> None:
    floats = np.zeros((1, 2, 3), "<f4")
    floats[0, 0], floats[0, 1] = (1, 0, 0), (0, 0, 1)
    tags = {256: [2], 257: [1], 258: [32] * 3, 259: [1], 262: [2], 277: [3], 278: [1]}
    data = tiff({**tags, 274: [orientation], 339: [3] * 3}, floats.tobytes())
    (tmp_path / "a.tif").write_bytes(data)
    turned = orientation >= 5
    header = images.check(tmp_path / "a.tif")
    assert (header.width, header.height, header.turned, header.mode) == (2, 1, turned, "RGB")
    red, blue = [255, 0, 0], [0, 0, 255]
    shown = [red, blue] if orientation in (1, 4, 5, 6) else [blue, red]
    assert decoded(data) == ([[one] for one in shown] if turned else [shown])


def test_a_kind_of_tiff_that_nothing_reads_is_not_called_damaged() -> None:
    tags = {256: [2], 257: [1], 258: [8] * 6, 259: [1], 262: [9], 277: [6], 278: [1]}
    with pytest.raises(ImageError, match=r"cannot be decoded: .* of an unknown kind"):
        images.decode(tiff(tags, bytes(12)))


# JPEG 2000, HEIC, AVIF


def test_white_stays_white_in_jpeg_2000_of_more_than_eight_bits() -> None:
    pixels = images.decode(base64.b85decode(DEEP_JPEG2000))
    assert pixels[:4, 0].tolist() == [[value] * 3 for value in (255, 170, 85, 0)]
    assert pixels[6, 1].tolist() == [255, 0, 0]
    assert pixels[6, 6].tolist() == [255, 255, 255]


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_jpeg_2000_of_any_mode(mode: str) -> None:
    picture = photo().convert(mode)
    assert (images.decode(saved(picture, "JPEG2000")) == np.asarray(picture.convert("RGB"))).all()


@pytest.mark.parametrize("format", ["HEIF", "AVIF"])
@pytest.mark.parametrize("orientation", [1, 2, 3, 6, 8])
def test_a_turn_that_a_file_tells_twice_is_made_once(
    tmp_path: Path, format: str, orientation: int
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    data = saved(photo(), format, exif=exif.tobytes(), quality=95)
    assert (b"irot" in data or b"imir" in data) == (orientation > 1)
    turns = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90,
    }  # fmt: skip
    turn = turns[orientation]
    expected = photo() if turn is None else photo().transpose(turn)
    assert_close(images.decode(data), expected, 4)
    (tmp_path / "a").write_bytes(data)
    assert images.read_header(tmp_path / "a").upright == expected.size


def test_in_a_heic_the_turn_in_its_exif_alone_is_none() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 1
    block = exif.tobytes()
    data = saved(photo(), "HEIF", exif=block, quality=95)
    turned = data.replace(block, block.replace(b"\0\x01\0\x01\0\0", b"\0\x01\0\x06\0\0"))
    assert turned != data
    assert_close(images.decode(turned), photo(), 4)  # as ISO/IEC 23008-12 says, and telephones do


@pytest.mark.parametrize("format", ["HEIF", "AVIF", "WEBP"])
def test_alpha_over_a_background(format: str) -> None:
    picture = photo().convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 24, 32))
    pixels = images.decode(saved(picture, format, quality=95), background=(9, 90, 200))
    assert_close(pixels[:, :20], np.full((32, 20, 3), (9, 90, 200)), 2)
    assert_close(pixels[:, 28:], np.asarray(photo())[:, 28:], 6)


# Colour profiles


def srgb_from_linear(values: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    values = np.clip(values, 0, 1)
    low = values <= 0.0031308
    return 255 * np.where(low, 12.92 * values, 1.055 * values ** (1 / 2.4) - 0.055)


def test_a_telephones_colours_become_srgb() -> None:
    colors = np.array([[[200, 100, 50], [128, 128, 128], [30, 160, 90], [255, 255, 255]]], np.uint8)
    to_srgb = np.array(P3) @ np.linalg.inv(np.array(SRGB))
    expected = srgb_from_linear((colors / 255) ** 2.2 @ to_srgb)
    profile = primaries(P3, 2.2)
    for format, options in (("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True})):
        data = saved(Image.fromarray(colors), format, icc_profile=profile, **options)
        assert np.abs(images.decode(data) - expected).max() <= 1.5
    assert np.abs(expected - colors).max() > 10
    large = colors.repeat(16, 0).repeat(16, 1)
    for format in ("JPEG", "HEIF", "AVIF"):
        data = saved(Image.fromarray(large), format, icc_profile=profile, quality=100)
        assert_close(images.decode(data)[8:9, 8::16], expected, 3)


def test_grey_and_alpha_have_profiles_too() -> None:
    linear = icc(b"GRAY", {b"kTRC": gamma(1)})
    grey = Image.fromarray(np.array([[0, 55, 128, 255]], np.uint8))
    expected = srgb_from_linear(np.array([0, 55, 128, 255]) / 255)
    pixels = images.decode(saved(grey, "PNG", icc_profile=linear))
    assert np.abs(pixels[0, :, 0] - expected).max() <= 1
    see_through = Image.new("RGBA", (2, 1), (200, 100, 50, 0))
    see_through.putpixel((1, 0), (128, 128, 128, 255))
    data = saved(see_through, "PNG", icc_profile=primaries(SRGB, 1))
    pixels = images.decode(data, background=(9, 90, 200))
    assert tuple(pixels[0, 0]) == (9, 90, 200)  # which is no colour of the picture's
    assert np.abs(pixels[0, 1] - srgb_from_linear(np.array([128 / 255]))).max() <= 1


def test_a_profile_that_means_srgb_or_nothing_changes_no_pixel() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    p3 = primaries(P3, 2.2)
    for profile in (srgb, b"junk", bytes(500), p3[:200], icc(b"CMYK", {}), icc(b"GRAY", {})):
        data = saved(Image.fromarray(EIGHT), "PNG", icc_profile=profile)
        assert decoded(data) == EIGHT.tolist()


@pytest.mark.parametrize("policy", ["stretch", "crop", "pad"])
def test_loading_converts_as_decoding_does_but_not_the_border(tmp_path: Path, policy: Any) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(saved(photo(), "PNG", icc_profile=primaries(P3, 2.2)))
    whole = images.fit(images.decode(file.read_bytes()), 32, policy)
    loaded = images.load(file, 32, policy)
    assert_close(loaded, whole, 0.5)
    assert_close(images.thumbnail(file, 48), images.decode(file.read_bytes()), 0)
    if policy == "pad":
        assert (loaded[0] == images.PAD_COLOR).all()
