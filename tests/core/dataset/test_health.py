"""What headers and counts tell of a dataset before anything trains."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dataset.health import ASPECT_EDGES, SIDE_EDGES, Health, Spread, report
from core.dataset.split import split
from core.dataset.summary import DatasetSummary, Sample
from core.images.load import Header
from core.recipe.config import DatasetConfig

CLASSES = ("cat", "dog", "fox")


def summary(samples: Sequence[Sample], classes: Sequence[str] = CLASSES) -> DatasetSummary:
    return DatasetSummary(
        folder=Path("pictures"),
        layout="splits",
        classes=tuple(classes),
        samples=tuple(samples),
        problems=(),
        warnings=(),
        ignored=0,
        found=len(samples),
        own_splits=frozenset(one.split for one in samples) | {"validation", "test"},
    )


def looked_at(dataset: DatasetSummary, **more: object) -> Health:
    return report(dataset, split(dataset, DatasetConfig()), **more)  # type: ignore[arg-type]


def pictures(*headers: Header | None, suffix: str = ".jpg") -> DatasetSummary:
    """One training picture of the first class for each of ``headers``."""
    return summary([Sample(f"cat/{n}{suffix}", 0, header=one) for n, one in enumerate(headers)])


def sized(*sizes: tuple[int, int], turned: bool = False) -> DatasetSummary:
    return pictures(*(Header("JPEG", *size, "RGB", turned) for size in sizes))


def classes(*counts: tuple[int, int]) -> DatasetSummary:
    """(training, validation) pictures of each class."""
    samples = [
        Sample(f"{part}/{label}/{number}.jpg", label, part)
        for label, count in enumerate(counts)
        for part, total in zip(("train", "validation"), count, strict=True)
        for number in range(total)
    ]
    return summary(samples, CLASSES[: len(counts)])


# -- classes --------------------------------------------------------------------------------


def test_the_largest_class_is_held_against_the_smallest() -> None:
    balance = looked_at(classes((120, 9), (10, 9), (60, 9))).balance
    assert balance is not None
    assert (balance.largest, balance.most) == ("cat", 120)
    assert (balance.smallest, balance.fewest) == ("dog", 10)
    assert balance.ratio == 12
    assert balance.is_uneven


def test_classes_that_are_nearly_even_or_never_train_are_no_imbalance() -> None:
    balance = looked_at(classes((100, 9), (40, 9), (0, 9))).balance
    assert balance is not None
    assert balance.smallest == "dog"
    assert not balance.is_uneven
    assert looked_at(classes((100, 9))).balance is None


def test_classes_with_too_few_pictures_come_fewest_first() -> None:
    health = looked_at(classes((9, 4), (10, 5), (3, 0)))
    assert [(one.name, one.train) for one in health.few_training] == [("fox", 3), ("cat", 9)]
    assert [(one.name, one.validation) for one in health.few_validation] == [
        ("fox", 0),
        ("cat", 4),
    ]


def test_without_any_validation_no_class_has_too_few_of_it() -> None:
    assert looked_at(classes((20, 0), (20, 0))).few_validation == ()


# -- sizes and shapes -----------------------------------------------------------------------


def test_sizes_are_those_that_are_seen() -> None:
    health = looked_at(sized((400, 300), (800, 600), (1000, 2000), turned=True))
    assert health.sizes is not None
    assert health.sizes.width == Spread(300, 600, 2000)
    assert health.sizes.height == Spread(400, 800, 1000)
    assert health.sizes.megapixels == Spread(0.12, 0.48, 2.0)
    assert health.shapes is not None
    assert (health.shapes.portrait, health.shapes.landscape) == (2, 1)


def test_pictures_below_the_picture_size_are_counted() -> None:
    dataset = sized((223, 900), (900, 223), (224, 224), (500, 500))
    assert looked_at(dataset).sizes.upscaled == 2  # type: ignore[union-attr]
    assert looked_at(dataset, image_size=512).sizes.upscaled == 4  # type: ignore[union-attr]


def test_a_picture_on_an_edge_belongs_above_it() -> None:
    sizes = looked_at(sized((64, 64), (63, 500), (5000, 4096))).sizes
    assert sizes is not None
    assert sizes.shorter_side == (1, 1, 0, 0, 0, 0, 0, 1)


def test_shapes_in_three_words() -> None:
    shapes = looked_at(sized((300, 400), (400, 400), (410, 400), (400, 390), (640, 480))).shapes
    assert shapes is not None
    assert (shapes.portrait, shapes.square, shapes.landscape) == (1, 3, 1)
    assert len(shapes.aspects) == len(ASPECT_EDGES) + 1


def test_the_share_that_a_centred_square_loses() -> None:
    shapes = looked_at(sized((400, 400), (400, 200), (100, 400), (400, 300))).shapes
    assert shapes is not None
    assert shapes.crop_loss == pytest.approx((0 + 0.5 + 0.75 + 0.25) / 4)
    assert shapes.losing_much == 2  # a quarter exactly is not more than a quarter
    assert shapes.is_crop_costly
    square = looked_at(sized(*[(400, 400)] * 20, (400, 200))).shapes
    assert square is not None
    assert not square.is_crop_costly


@given(st.lists(st.tuples(st.integers(1, 6000), st.integers(1, 6000)), min_size=1, max_size=30))
def test_every_picture_is_in_one_bar(sizes: list[tuple[int, int]]) -> None:
    health = looked_at(sized(*sizes))
    assert health.sizes is not None
    assert health.shapes is not None
    assert sum(health.sizes.shorter_side) == sum(health.shapes.aspects) == len(sizes)
    assert len(health.sizes.shorter_side) == len(SIDE_EDGES) + 1
    width = health.sizes.width
    ordered = sorted(size[0] for size in sizes)
    assert (width.least, width.most) == (ordered[0], ordered[-1])
    assert width.median in ordered
    assert sum(one < width.median for one in ordered) <= len(sizes) / 2
    assert 0 <= health.shapes.crop_loss < 1


def test_pictures_without_a_header_are_not_measured() -> None:
    health = looked_at(pictures(None, Header("PNG", 20, 20, "RGB"), suffix=".png"))
    assert (health.pictures, health.measured) == (2, 1)
    nothing = looked_at(pictures(None))
    assert nothing.sizes is None
    assert nothing.shapes is None


# -- colour and formats ---------------------------------------------------------------------


def test_pictures_without_colour_are_counted() -> None:
    modes = ["RGB", "L", "LA", "1", "I;16", "I;16B", "P", "RGBA", "CMYK"]
    dataset = pictures(*(Header("PNG", 9, 9, mode) for mode in modes), suffix=".png")
    assert looked_at(dataset).gray == 5
    assert looked_at(dataset, gray={"cat/0.png", "cat/1.png"}).gray == 6


def test_formats_are_those_of_the_content() -> None:
    headers = [Header(name, 9, 9, "RGB") for name in ("JPEG", "PNG", "PNG", "MPO", "WEBP")]
    health = looked_at(pictures(*headers))
    assert next(iter(health.formats.items())) == ("PNG", 2)
    assert health.formats == {"JPEG": 1, "PNG": 2, "MPO": 1, "WEBP": 1}
    assert health.misnamed.count == 3
    assert health.misnamed.examples == (("cat/1.jpg", "PNG"), ("cat/4.jpg", "WEBP"))


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("JPEG", ".JPG"),
        ("JPEG", ".jfif"),
        ("HEIF", ".heic"),
        ("AVIF", ".avif"),
        ("TIFF", ".tif"),
        ("PPM", ".pgm"),
        ("JPEG2000", ".jp2"),
    ],
)
def test_every_usual_suffix_is_right(name: str, suffix: str) -> None:
    assert looked_at(pictures(Header(name, 9, 9, "RGB"), suffix=suffix)).misnamed.count == 0
