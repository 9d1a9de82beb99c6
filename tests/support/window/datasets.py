"""Made-up datasets for the tests of what shows them: no folder, no file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from core.compute.estimate import Speed
from core.dataset.duplicates import Group, Kind, Scope
from core.dataset.folder import SplitName
from core.dataset.split import Split, split
from core.dataset.summary import DatasetSummary, Sample
from core.images.load import Header
from core.recipe.config import DatasetConfig

HEADER = Header("JPEG", 400, 300, "RGB")


def made(
    classes: Mapping[str, tuple[int, int, int]], header: Header | None = HEADER, **more: Any
) -> DatasetSummary:
    """Classes with (training, validation, test) pictures named ``train/cat/0.jpg`` and so on."""
    parts: tuple[SplitName, ...] = ("train", "validation", "test")
    samples = tuple(
        Sample(f"{part}/{name}/{number}.jpg", label, part, header=header)
        for label, (name, sizes) in enumerate(classes.items())
        for part, size in zip(parts, sizes, strict=True)
        for number in range(size)
    )
    values: dict[str, Any] = {
        "folder": Path("pictures"),
        "layout": "splits",
        "classes": tuple(classes),
        "samples": samples,
        "problems": (),
        "warnings": (),
        "ignored": 0,
        "found": len(samples),
        "own_splits": frozenset(parts),
    }
    return DatasetSummary(**(values | more))


def parted(summary: DatasetSummary) -> Split:
    """As the folder itself has it."""
    return split(summary, DatasetConfig())


def exact(*paths: str) -> Group:
    """Files of one content."""
    return Group(paths, Kind.EXACT, Scope.WITHIN)


def near(*paths: str) -> Group:
    """Pictures that look like the first one."""
    return Group(paths, Kind.NEAR, Scope.WITHIN)


def paths(pairs: Sequence[Any]) -> list[tuple[str, str]]:
    """Both paths of each pair."""
    return [pair.paths for pair in pairs]


SLOW = Speed(
    forward=(0.05, 0.08, 0.08, 0.08, 0.02),
    training=3.0,
    decode=0.003,
    threads=2,
    micro_batch=2,
    precision="float32",
)
