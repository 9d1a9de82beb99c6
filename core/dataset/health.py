"""The health of a dataset: what image headers and counts tell before anything trains.

Nothing is decoded and no file is opened: all of it comes from the scan.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from statistics import fmean

from core.dataset.folder import SplitName
from core.dataset.split import ClassCount, Split, counts
from core.dataset.summary import DatasetSummary

FEW_PICTURES = 10  # training pictures of a class: with fewer it is hardly learned
FEW_VALIDATION = 5  # validation pictures of a class: with fewer its accuracy says little
IMBALANCED = 3.0  # times the smallest class: from here on the largest one is preferred
LARGE_LOSS = 0.25  # of a picture's area
MUCH_LOST = 0.15  # of the area, on average: from here on a crop is worth a warning
OFTEN_LOST = 0.1  # of the pictures lose LARGE_LOSS: so is this

SIDE_EDGES = (64, 128, 256, 512, 1024, 2048, 4096)  # pixels
SQUARE = 1.05  # up to this ratio of the longer side to the shorter one, it looks square
ASPECT_EDGES = (1 / 3, 1 / 2, 2 / 3, 4 / 5, 1 / SQUARE, SQUARE, 5 / 4, 3 / 2, 2.0, 3.0)

_EXAMPLES = 3
# Pillow's name of each format, by the suffixes that promise it.
_FORMATS: dict[str, tuple[str, ...]] = {
    suffix: formats
    for suffixes, formats in (
        (("jpg", "jpeg", "jpe", "jfif", "mpo"), ("JPEG", "MPO")),
        (("png", "apng"), ("PNG",)),
        (("gif",), ("GIF",)),
        (("webp",), ("WEBP",)),
        (("bmp", "dib"), ("BMP", "DIB")),
        (("tif", "tiff"), ("TIFF",)),
        (("heic", "heif", "hif"), ("HEIF", "AVIF")),  # either may be in this container
        (("avif",), ("AVIF", "HEIF")),
        (("jp2", "j2k"), ("JPEG2000",)),
        (("ppm", "pgm", "pbm", "pnm"), ("PPM",)),
    )
    for suffix in suffixes
}


@dataclass(frozen=True, slots=True)
class Balance:
    """The classes with most and fewest training pictures, of those that have any."""

    largest: str
    most: int
    smallest: str
    fewest: int

    @property
    def ratio(self) -> float:
        """How many times the pictures of the smallest class the largest one has."""
        return self.most / self.fewest

    @property
    def is_uneven(self) -> bool:
        """Whether that is worth weighting the classes."""
        return self.ratio >= IMBALANCED


@dataclass(frozen=True, slots=True)
class Spread:
    """The least, the middle and the largest of some values; the middle one is one of them."""

    least: float
    median: float
    most: float


@dataclass(frozen=True, slots=True)
class Sizes:
    """Pixels as shown, megapixels, and pictures by their shorter side: below the first of
    ``SIDE_EDGES``, between two of them (the lower one belongs to it), from the last on.
    ``upscaled`` have a shorter side below the picture size: they are enlarged."""

    width: Spread
    height: Spread
    megapixels: Spread
    shorter_side: tuple[int, ...]
    upscaled: int


@dataclass(frozen=True, slots=True)
class Shapes:
    """Pictures by width / height, between ``ASPECT_EDGES`` as sizes are, and in three words.

    ``crop_loss`` is the mean share of a picture's area that its centred square leaves out;
    ``losing_much`` are the pictures that lose more than ``LARGE_LOSS`` of it.
    """

    aspects: tuple[int, ...]
    portrait: int
    square: int
    landscape: int
    crop_loss: float
    losing_much: int

    @property
    def is_crop_costly(self) -> bool:
        """Whether cropping loses enough to say so."""
        total = self.portrait + self.square + self.landscape
        return self.crop_loss >= MUCH_LOST or self.losing_much >= OFTEN_LOST * total


@dataclass(frozen=True, slots=True)
class Misnamed:
    """Pictures whose content is of another format than their name says; they are read by
    content all the same. ``examples`` are (path, format), one of each kind of mistake."""

    count: int
    examples: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Health:
    """What is worth knowing of ``pictures`` used ones, ``measured`` of which have a header.

    ``sizes`` and ``shapes`` are None where none has. ``few_training`` and ``few_validation``
    are classes below ``FEW_PICTURES`` and ``FEW_VALIDATION``, fewest first. ``formats`` count
    Pillow's names, most common first; ``gray`` are pictures without colour.
    """

    pictures: int
    measured: int
    balance: Balance | None
    few_training: tuple[ClassCount, ...]
    few_validation: tuple[ClassCount, ...]
    sizes: Sizes | None
    shapes: Shapes | None
    gray: int
    formats: Mapping[str, int]
    misnamed: Misnamed


def report(
    summary: DatasetSummary,
    split: Split,
    *,
    image_size: int = 224,
    gray: Collection[str] = frozenset(),
) -> Health:
    """The health of ``summary``'s pictures as ``split`` parts them.

    ``image_size`` in pixels is what a picture's shorter side is held against. Headers tell
    which pictures can hold no colour; ``gray`` are paths whose pixels are known to have none.
    """
    by_class = counts(split, summary.classes)
    found = [(one.path, one.header) for one in summary.samples if one.header is not None]
    sizes = [header.upright for _, header in found]
    formats = Counter(header.format for _, header in found)
    paths: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for path, header in found:
        paths[header.format, path.rpartition(".")[2]].append(path)
    return Health(
        pictures=len(summary.samples),
        measured=len(found),
        balance=balance(by_class),
        few_training=_few(by_class, "train", FEW_PICTURES),
        few_validation=_few(by_class, "validation", FEW_VALIDATION) if split.validation else (),
        sizes=_sizes(sizes, image_size) if sizes else None,
        shapes=_shapes(sizes) if sizes else None,
        gray=sum(path in gray or _has_no_color(header.mode) for path, header in found),
        formats=dict(formats.most_common()),
        misnamed=_misnamed(paths),
    )


def balance(by_class: Sequence[ClassCount]) -> Balance | None:
    """How evenly ``core.dataset.split.counts`` are spread over the classes that train; None where
    fewer than two do."""
    trained = [one for one in by_class if one.train]
    if len(trained) < 2:
        return None
    largest = max(trained, key=lambda one: one.train)
    smallest = min(trained, key=lambda one: one.train)
    return Balance(largest.name, largest.train, smallest.name, smallest.train)


def _few(by_class: Iterable[ClassCount], part: SplitName, enough: int) -> tuple[ClassCount, ...]:
    """The trained classes with less than ``enough`` pictures in ``part``, fewest first."""
    size = attrgetter(part)
    return tuple(sorted((one for one in by_class if one.train and size(one) < enough), key=size))


def _has_no_color(mode: str) -> bool:
    """Whether an image of Pillow's ``mode`` is gray: of levels (L, LA, La, I, I;16, F) or bits."""
    return mode in {"1", "L", "LA", "La", "I", "F"} or mode.startswith("I;16")


def _sizes(sizes: Sequence[tuple[int, int]], image_size: int) -> Sizes:
    sides = [min(size) for size in sizes]
    return Sizes(
        width=_spread(width for width, _ in sizes),
        height=_spread(height for _, height in sizes),
        megapixels=_spread(width * height / 1e6 for width, height in sizes),
        shorter_side=_binned(sides, SIDE_EDGES),
        upscaled=sum(side < image_size for side in sides),
    )


def _shapes(sizes: Sequence[tuple[int, int]]) -> Shapes:
    losses = [1 - min(size) / max(size) for size in sizes]
    bins = _binned([width / height for width, height in sizes], ASPECT_EDGES)
    middle = len(bins) // 2
    return Shapes(
        aspects=bins,
        portrait=sum(bins[:middle]),
        square=bins[middle],
        landscape=sum(bins[middle + 1 :]),
        crop_loss=fmean(losses),
        losing_much=sum(loss > LARGE_LOSS for loss in losses),
    )


def _spread(values: Iterable[float]) -> Spread:
    ordered = sorted(values)
    return Spread(ordered[0], ordered[(len(ordered) - 1) // 2], ordered[-1])


def _binned(values: Iterable[float], edges: Sequence[float]) -> tuple[int, ...]:
    """How many lie below the first edge, between each two, and from the last one on."""
    counts = Counter(bisect_right(edges, value) for value in values)
    return tuple(counts[place] for place in range(len(edges) + 1))


def _misnamed(paths: Mapping[tuple[str, str], Sequence[str]]) -> Misnamed:
    wrong = [
        (own, name)
        for (name, suffix), own in paths.items()
        if name not in _FORMATS.get(suffix.lower(), (name,))
    ]
    wrong.sort(key=lambda one: -len(one[0]))
    examples = tuple((own[0], name) for own, name in wrong[:_EXAMPLES])
    return Misnamed(sum(len(own) for own, _ in wrong), examples)
