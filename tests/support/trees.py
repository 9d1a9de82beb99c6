"""Dataset folders for the tests of ``core``: a mapping from paths to contents, written out."""

import io
from collections.abc import Iterable, Mapping
from pathlib import Path

from PIL import Image


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (24, 16), (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


PICTURE = _picture()
TEXT = b"a text\n"


def write(root: Path, files: Mapping[str, bytes] | Iterable[str]) -> Path:
    """Write each file below ``root``; where only names are given, they are pictures."""
    contents = files if isinstance(files, Mapping) else dict.fromkeys(files, PICTURE)
    root.mkdir(parents=True, exist_ok=True)
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def class_files(*classes: str, count: int = 3) -> list[str]:
    """The names of ``count`` pictures in each class folder."""
    return [f"{name}/{number}.png" for name in classes for number in range(count)]
