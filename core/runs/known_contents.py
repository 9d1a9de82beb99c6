"""What runs on a folder have told of its pictures' contents, so that no file need be read."""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.runs import images as run_images
from core.runs.images import Picture
from core.runs.places import DATASET, ENVIRONMENT


def of_last_run(folder: Path, directories: Iterable[Path]) -> dict[str, Picture]:
    """The pictures, by path, that the newest run on ``folder`` in one of ``directories`` began
    with; empty where there is none."""
    place = os.path.realpath(folder)
    created = sorted((one for one in _created(place, directories)), reverse=True)
    for _, directory, classes in created:
        try:
            pictures = run_images.read((directory / DATASET).read_bytes(), classes)
            return {one.path: one for one in pictures if one.hash}
        except (OSError, ValueError):
            continue
    return {}


def _created(
    place: str, directories: Iterable[Path]
) -> Iterator[tuple[str, Path, tuple[str, ...]]]:
    """When each run on the folder ``place`` was made, where it is, and its classes."""
    for directory in set(directories):
        try:
            told = json.loads((directory / ENVIRONMENT).read_bytes())
            if os.path.realpath(told["folder"]) == place:
                yield str(told["created"]), directory, tuple(map(str, told["classes"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
