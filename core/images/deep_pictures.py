"""Pictures of more than 8 bits a channel that Pillow refuses or gets wrong, read by OpenCV.

TIFFs in colour of 12 or 32 bits or of floating point, and those of 64 bits, as a format of
Pillow's, so that all else is as with any picture; and JPEG 2000 in colour of more than 8 bits,
where Pillow 13 turns white into black. Imports Pillow and NumPy; OpenCV when it is needed.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

from core.images.exif import TagBlock

Levels = NDArray[Any]

FORMAT = "DEEP TIFF"  # for Pillow to try; such a picture calls itself a TIFF

_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _CHANNELS = 256, 257, 258, 262, 277  # tags of TIFF 6.0
_PLANES, _SAMPLE_FORMAT, _UNSIGNED, _FLOAT = 284, 339, 1, 3
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}
_CODESTREAM = b"\xff\x4f\xff\x51"  # the start of one, and the marker that tells its size
_PRECISION, _HEAD = 42, 65536


class DeepTiff(ImageFile.ImageFile):
    """A TIFF that Pillow has no mode for; ``mode`` is that of its 8 bit version."""

    format = "TIFF"
    format_description = "TIFF of many bits"

    def _open(self) -> None:
        assert self.fp is not None
        block = TagBlock(self.fp)
        tags = block.directory(block.start)
        channels = block.integer(tags, _CHANNELS) or 1
        bits, kind = block.integer(tags, _BITS), block.integer(tags, _SAMPLE_FORMAT) or _UNSIGNED
        colored = channels in (3, 4)
        known = (
            (kind == _UNSIGNED and bits in (10, 12, 14, 32) and colored)
            or (kind == _FLOAT and bits == 32 and colored)
            or (kind == _FLOAT and bits == 64 and channels in _MODES)
        )
        separate = channels > 1 and block.integer(tags, _PLANES) == 2
        if not known or separate or block.integer(tags, _PHOTOMETRIC) not in (1, 2):
            raise SyntaxError("no such TIFF")
        self._size = block.integer(tags, _WIDTH), block.integer(tags, _HEIGHT)
        self._mode = _MODES[channels]


def levels(image: ImageFile.ImageFile) -> Levels | None:
    """The pixels of a picture that Pillow would give wrongly or not at all, [height, width] or
    [height, width, 3 or 4]; None of any other.

    Integers of 16 or 32 bits that fill their range, or floating point. A TIFF is already turned
    as its orientation says. Raises ``ValueError``.
    """
    if image.fp is None:
        return None
    if isinstance(image, DeepTiff):
        image.fp.seek(0)
        return _decoded(image.fp.read())
    if image.format == "JPEG2000" and image.mode in ("RGB", "RGBA"):
        image.fp.seek(0)
        data = image.fp.read()
        start = data.find(_CODESTREAM, 0, _HEAD)
        bits = (data[start + _PRECISION] & 0x7F) + 1 if 0 <= start < len(data) - _PRECISION else 8
        if bits > 8:
            return np.left_shift(_decoded(data), max(0, 16 - bits))
    return None


def _decoded(data: bytes) -> Levels:
    import cv2

    # it would print what the raised error says
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        found = None
    if found is None:
        raise ValueError("bad pixels")
    return found if found.ndim == 2 else found[..., [2, 1, 0, 3][: found.shape[2]]]


def _accept(prefix: bytes) -> bool:
    return prefix[:4] in (b"II*\0", b"MM\0*")


Image.register_open(FORMAT, DeepTiff, _accept)
