"""Dataset folders: a mapping from paths to contents, written out; and what a refusal says."""

import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core.common.messages import ThawError


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (24, 16), (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


PICTURE = _picture()
TEXT = b"a text\n"


def write(root: Path, files: Mapping[str, bytes] | Iterable[str]) -> Path:
    """Write each file below ``root``; where only names are given, they are images."""
    contents = files if isinstance(files, Mapping) else dict.fromkeys(files, PICTURE)
    root.mkdir(parents=True, exist_ok=True)
    for path, content in contents.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def class_files(*classes: str, count: int = 3) -> list[str]:
    """The names of ``count`` images in each class folder."""
    return [f"{name}/{number}.png" for name in classes for number in range(count)]


def refusal(work: Callable[..., object], *arguments: Any, **options: Any) -> ThawError:
    """What ``work`` raises when it is called so, which has its sentence."""
    with pytest.raises(ThawError) as caught:
        work(*arguments, **options)
    assert str(caught.value)
    return caught.value
