"""The EXIF facts that Thaw needs: how an image is turned, and when it was taken.

Parsed here and not by Pillow, which makes an object of every tag: that took 0.25 ms an image,
more than the rest of its header. Layout: EXIF 2.32 (CIPA DC-008), section 4.6.
"""

import io
import re
import struct
from datetime import datetime
from typing import IO, NamedTuple

_ORIENTATION, _EXIF_DIRECTORY = 0x0112, 0x8769
# When the shutter was pressed; else, from cameras and scanners that give no more, when the
# picture became digital. Each beside its fraction of a second. The time of the last change is
# no such time: an editor gives one to a thousand pictures.
_TIMES = ((0x9003, 0x9291), (0x9004, 0x9292))
_TEXT, _INTEGERS = 2, {1: "B", 3: "H", 4: "I"}
_LONGEST_TEXT = 64
_PREFIX = b"Exif\0\0"
_TIME = re.compile(r"(\d{4})[:/.-](\d\d)[:/.-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_EPOCH = datetime(1970, 1, 1)

Entry = tuple[int, int, int, bytes]  # tag, type, count, the value or where it is
Directory = dict[int, Entry]  # by tag
_NO_ENTRY: Entry = 0, 0, 0, b""


class Exif(NamedTuple):
    """``orientation`` is 1 to 8, or None. ``taken`` is in seconds since 1970 by the camera's own
    clock, read as if it showed UTC: few cameras tell their time zone. None is unknown."""

    orientation: int | None = None
    taken: float | None = None


def parse(data: bytes) -> Exif:
    """What the EXIF block ``data`` says, with or without its prefix. Junk says less."""
    while data.startswith(_PREFIX):
        data = data[len(_PREFIX) :]
    return read(io.BytesIO(data))


def read(file: IO[bytes]) -> Exif:
    """What ``file`` says, an EXIF block or a TIFF, which is built alike. Junk and BigTIFF say less.

    Moves the file's position. Raises ``OSError`` where the file itself cannot be read.
    """
    block = TagBlock(file)
    main = block.directory(block.start)
    orientation = block.integer(main, _ORIENTATION)
    where = block.integer(main, _EXIF_DIRECTORY)
    return Exif(
        orientation if orientation in range(1, 9) else None,
        _taken(block, block.directory(where)) if where else None,
    )


class TagBlock:
    """The directories of tags in ``file``, an EXIF block or a TIFF; ``start`` is where the first
    is, 0 where there is none."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        file.seek(0)
        head = file.read(8)
        self._order = "<" if head.startswith(b"II") else ">"
        # 43 would be BigTIFF, laid out otherwise; writers get the 42 wrong, but not so
        known = len(head) == 8 and head[:2] in (b"II", b"MM") and b"+" not in head[2:4]
        self.start = self._unpacked("I", head[4:]) if known else 0

    def _unpacked(self, kind: str, data: bytes) -> int:
        return int(struct.unpack_from(self._order + kind, data)[0])

    def directory(self, offset: int) -> Directory:
        """The entries at ``offset``, or those that are still in the file; of several with the
        same tag the first."""
        self._file.seek(offset)
        length = self._file.read(2)
        if not offset or len(length) < 2:
            return {}
        data = self._file.read(12 * self._unpacked("H", length))
        whole = data[: len(data) // 12 * 12]
        entries = list(struct.iter_unpack(self._order + "HHI4s", whole))
        entries.reverse()  # so that the first of several stays
        return {entry[0]: entry for entry in entries}

    def integer(self, entries: Directory, tag: int) -> int:
        """The value of ``tag``, the first if it has several; 0 where there is none."""
        _, kind, count, value = entries.get(tag, _NO_ENTRY)
        if kind not in _INTEGERS or not count:
            return 0
        if count * struct.calcsize(_INTEGERS[kind]) > 4:
            self._file.seek(self._unpacked("I", value))
            value = self._file.read(4)
        return self._unpacked(_INTEGERS[kind], value) if len(value) == 4 else 0

    def text(self, entries: Directory, tag: int) -> str:
        """The start of ``tag``'s text, at most 64 characters; "" where there is none."""
        _, kind, count, value = entries.get(tag, _NO_ENTRY)
        if kind != _TEXT:
            return ""
        if count > 4:
            self._file.seek(self._unpacked("I", value))
            value = self._file.read(min(count, _LONGEST_TEXT))
        return value[:count].partition(b"\0")[0].decode("ascii", "replace").strip()


def _taken(block: TagBlock, entries: Directory) -> float | None:
    for time, fraction in _TIMES:
        match = _TIME.match(block.text(entries, time))
        if match is None:
            continue
        year, month, day, hour, minute, second = map(int, match.groups())
        try:
            moment = datetime(year, month, day, hour, minute, second)
        except ValueError:  # "0000:00:00 00:00:00", from a clock that was never set
            continue
        digits = block.text(entries, fraction)
        return (moment - _EPOCH).total_seconds() + (
            float(f"0.{digits}") if digits.isdecimal() else 0.0
        )
    return None
