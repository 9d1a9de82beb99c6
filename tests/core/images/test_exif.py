import io
import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image

from core.images import exif

NOON = datetime(2024, 5, 17, 12, 0, 0, tzinfo=UTC).timestamp()


def block(orientation: int | None = None, **times: Any) -> bytes:
    """As Pillow writes it."""
    written = Image.Exif()
    if orientation is not None:
        written[ExifTags.Base.Orientation] = orientation
    inner = written.get_ifd(ExifTags.IFD.Exif)
    for name, value in times.items():
        inner[ExifTags.Base[name]] = value
    return written.tobytes()


def big_endian(time: bytes) -> bytes:
    """As cameras of another byte order write it: orientation 8 and one time, in order."""
    main = struct.pack(">HHHIHH", 2, 0x0112, 3, 1, 8, 0) + struct.pack(">HHII", 0x8769, 4, 1, 38)
    inner = struct.pack(">HHHII", 1, 0x9003, 2, len(time), 56)
    return b"MM\0*" + struct.pack(">I", 8) + main + bytes(4) + inner + bytes(4) + time


def test_orientation_and_time_are_read_in_both_byte_orders() -> None:
    assert exif.parse(block(6, DateTimeOriginal="2024:05:17 12:00:00")) == (6, NOON)
    assert exif.parse(big_endian(b"2024:05:17 12:00:00\0")) == (8, NOON)
    with_time = big_endian(b"2024:05:17 12:00:00\0")
    assert exif.parse(b"Exif\0\0" + with_time) == exif.read(io.BytesIO(with_time))


def test_fractions_of_a_second_keep_a_bursts_order() -> None:
    noon = "2024:05:17 12:00:00"
    for digits, seconds in (("5", 0.5), ("042", 0.042), ("", 0), ("   ", 0), ("x", 0)):
        data = block(DateTimeOriginal=noon, SubsecTimeOriginal=digits)
        assert exif.parse(data) == (None, NOON + seconds)


def test_of_several_times_it_is_that_of_the_shutter() -> None:
    at = "2024:05:17 12:00:00"
    later = "2025:01:01 00:00:00"
    assert exif.parse(block(DateTimeOriginal=at, DateTimeDigitized=later)).taken == NOON
    unset = "0000:00:00 00:00:00"
    assert exif.parse(block(DateTimeOriginal=unset, DateTimeDigitized=at)).taken == NOON
    changed = Image.Exif()
    changed[ExifTags.Base.DateTime] = at  # an editor's
    assert exif.parse(changed.tobytes()).taken is None


@pytest.mark.parametrize(
    "time",
    ["", "    :  :     :  :  ", "0000:00:00 00:00:00", "2024:13:01 00:00:00", "yesterday", "٢٠٢٤"],
)
def test_a_clock_that_was_never_set_gives_no_time(time: str) -> None:
    assert exif.parse(big_endian(time.encode() + b"\0")) == (8, None)


def test_times_before_1970_and_other_separators_are_times() -> None:
    assert exif.parse(big_endian(b"1969-12-31T23:59:58\0")).taken == -2
    assert exif.parse(big_endian(b"1969-12-31 23:59:58\0")).taken == -2


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


@given(st.integers(0, 200), st.integers(0, 7))
def test_a_damaged_block_says_less_but_never_fails(place: int, bit: int) -> None:
    data = bytearray(block(6, DateTimeOriginal="2024:05:17 12:00:00"))
    data[place % len(data)] ^= 1 << bit
    exif.parse(bytes(data))
    exif.parse(bytes(data[:place]))


def test_many_entries_that_all_name_the_same_bytes_stay_cheap() -> None:
    entries = b"".join(struct.pack("<HHII", tag, 2, 2**31, 8) for tag in range(0x8000, 0xFFFF))
    data = b"II*\0" + struct.pack("<IH", 8, 0x7FFF) + entries
    assert exif.parse(data) == (None, None)
