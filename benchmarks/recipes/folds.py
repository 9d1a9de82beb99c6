"""The datasets of the study, each pooled and parted into five folds.

Of fold k the images are tested, of the fold after it validated, of the other three trained on.
"""

import hashlib
import os
import shutil
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.dataset import sample as sample_files

FOLDS = 5
_SPLITS = ("train", "validation", "test")
_SUFFIXES = {".jpg", ".jpeg", ".png"}


@dataclass(frozen=True)
class Dataset:
    """A folder under DATA ("" for the sample), the size it is trained at, the share of its
    training images that are used, and whether a name's part before ``_`` groups images."""

    name: str
    folder: str
    size: int
    share: float = 1.0
    groups: bool = False


DATASETS = (
    Dataset("clothing", "clothing-mini", 224),
    Dataset("clothing-quarter", "clothing-mini", 224, share=0.25),
    Dataset("tiles", "tiles-mini", 224, groups=True),
    Dataset("cifar", "cifar-mini", 96),
    Dataset("cifar-quarter", "cifar-mini", 96, share=0.25),
    Dataset("sample", "", 224),
)


@dataclass(frozen=True)
class Item:
    """An image of the pool: its file, class, and the name of the group it belongs to."""

    file: Path
    label: str
    group: str

    @property
    def name(self) -> str:
        """Its name in a fold: that of its split too, for two splits may use one name."""
        split = self.file.parent.parent.name
        return f"{split}-{self.file.name}" if split in _SPLITS else self.file.name


def source(dataset: Dataset, data: Path, out: Path) -> Path | None:
    """The folder of ``dataset``, None where it is absent; the sample is drawn into ``out``."""
    if dataset.folder:
        folder = data / dataset.folder
        return folder if folder.is_dir() else None
    sample_files.write(out / "drawn")  # cells of the sample lie in out / "sample"
    return out / "drawn"


def pooled(dataset: Dataset, folder: Path) -> list[Item]:
    """All images of ``folder``, whatever split it puts them in."""
    files = (file for file in sorted(folder.rglob("*")) if file.suffix.lower() in _SUFFIXES)
    return [
        Item(file, file.parent.name, file.stem.split("_")[0] if dataset.groups else str(file))
        for file in files
    ]


def folds(items: list[Item], seed: int = 0) -> list[list[Item]]:
    """``items`` in ``FOLDS`` parts that hold every class alike; a group is in one part."""
    parts: list[list[Item]] = [[] for _ in range(FOLDS)]
    by_class: dict[str, dict[str, list[Item]]] = defaultdict(lambda: defaultdict(list))
    for item in items:
        by_class[item.label][item.group].append(item)
    for label in sorted(by_class):
        sizes = [0] * FOLDS
        for group in sorted(by_class[label], key=_drawn(f"fold/{seed}/{label}")):
            smallest = sizes.index(min(sizes))
            parts[smallest] += by_class[label][group]
            sizes[smallest] += len(by_class[label][group])
    return parts


def laid_out(dataset: Dataset, folder: Path, place: Path, fold: int) -> frozenset[str]:
    """Lay fold ``fold`` out at ``place`` as ``train`` and ``validation`` folders of classes; the
    paths there of the images that are tested, which lie in ``validation`` as well: each epoch
    then answers on both, and neither changes what is learned."""
    parts = folds(pooled(dataset, folder))
    tested, validated = parts[fold], parts[(fold + 1) % FOLDS]
    rest = [
        item for k, part in enumerate(parts) if k not in (fold, (fold + 1) % FOLDS) for item in part
    ]
    for item in _share(rest, dataset.share):
        _put(item, place / "train")
    for item in (*validated, *tested):
        _put(item, place / "validation")
    return frozenset(f"validation/{item.label}/{item.name}" for item in tested)


def _share(items: list[Item], share: float) -> list[Item]:
    """``share`` of the images of each class, one at least."""
    by_class: dict[str, list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda one: _drawn("share")(str(one.file))):
        by_class[item.label].append(item)
    return [
        item
        for label in sorted(by_class)
        for item in by_class[label][: max(1, round(share * len(by_class[label])))]
    ]


def _put(item: Item, place: Path) -> None:
    target = place / item.label / item.name
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(item.file, target)
    except OSError:  # another disk
        shutil.copyfile(item.file, target)


def _drawn(name: str) -> Callable[[str], bytes]:
    return lambda key: hashlib.blake2b(f"{name}/{Path(key).name}".encode()).digest()
