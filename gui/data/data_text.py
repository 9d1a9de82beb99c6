"""What the Data page says of a dataset: counts, layout, splits, ways to make it square."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.common.messages import ThawError, fill
from core.dataset.folder import SplitName
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary
from core.recipe.config import DatasetConfig, FitPolicy
from gui.base import words
from gui.controls.number_fields import shortest
from gui.data.fit_facts import CropLoss

SPLITS: tuple[SplitName, ...] = ("train", "validation", "test")
# The names of data colours; the page says each split in words too.
SPLIT_COLORS: dict[SplitName, str] = {
    "train": "train",
    "validation": "validation",
    "test": "baseline",
}
SEPARATOR = " · "
translate = QCoreApplication.translate


def split_title(split: SplitName) -> str:
    """The split's name as a heading."""
    names: dict[SplitName, str] = {
        "train": translate("data", "Training"),
        "validation": translate("data", "Validation"),
        "test": translate("data", "Test"),
    }
    return names[split]


def split_word(split: SplitName) -> str:
    """The split's name within a line."""
    names: dict[SplitName, str] = {
        "train": translate("data", "training"),
        "validation": translate("data", "validation"),
        "test": translate("data", "test"),
    }
    return names[split]


def pictures(count: int) -> str:
    """ "480 pictures"."""
    if count == 1:
        return translate("data", "1 picture")
    return fill(translate("data", "{count} pictures"), {"count": words.count(count)})


def counts(summary: DatasetSummary, split: Split) -> str:
    """ "480 pictures · 8 classes · split 384 / 96 / 0"."""
    classes = fill(
        translate("data", "{count} classes"), {"count": words.count(len(summary.classes))}
    )
    sizes = " / ".join(words.count(len(getattr(split, name))) for name in SPLITS)
    parts = fill(translate("data", "split {sizes}"), {"sizes": sizes})
    return SEPARATOR.join((pictures(len(summary.samples)), classes, parts))


def layout(summary: DatasetSummary, own: frozenset[SplitName], config: DatasetConfig) -> str:
    """The layout that was recognised, and what is drawn by chance."""
    parts = [_folders(summary, own)]
    if "validation" not in own:
        template = translate("data", "validation drawn from each class, {share}")
        parts.append(fill(template, {"share": share(config.validation_fraction)}))
    if "test" not in own and config.test_fraction:
        template = translate("data", "test drawn from each class, {share}")
        parts.append(fill(template, {"share": share(config.test_fraction)}))
    if config.train_fraction < 1:
        template = translate(
            "data", "the recipe trains on {share} of each class's training pictures"
        )
        parts.append(fill(template, {"share": share(config.train_fraction)}))
    return "; ".join(parts)


def _folders(summary: DatasetSummary, own: frozenset[SplitName]) -> str:
    if summary.layout == "classes":
        return translate("data", "One folder per class")
    if summary.layout == "flat":
        if own:
            return translate("data", "Classes and splits given in Thaw, not by folders")
        return translate("data", "Classes given in Thaw, not by folders")
    has_validation, has_test = "validation" in own, "test" in own
    if has_validation and has_test:
        return translate("data", "Train, validation and test folders")
    if has_validation:
        return translate("data", "Train and validation folders")
    if has_test:
        return translate("data", "Train and test folders")
    return translate("data", "A train folder")


def share(value: float) -> str:
    """A chosen share of 1 with just the digits it has: "20 %", "12.5 %"."""
    return shortest(round(value * 100, 6)) + words.NBSP + "%"


def fits() -> list[tuple[FitPolicy, str, str]]:
    """Each way to make a picture square: its value in a recipe, its name, and a sentence."""
    return [
        (
            "stretch",
            translate("data", "Stretch"),
            translate("data", "Squeezed into a square: proportions change."),
        ),
        (
            "crop",
            translate("data", "Crop"),
            translate("data", "The centred square: what is outside is lost."),
        ),
        (
            "pad",
            translate("data", "Pad"),
            translate("data", "All of it on a plain square: proportions stay."),
        ),
    ]


def fit_effect(fit: FitPolicy, width: int, height: int) -> str:
    """What ``fit`` does to a picture of this size."""
    shorter, longer = sorted((width, height))
    lost = words.percent(1 - shorter / longer, digits=0)
    left = words.percent(shorter / longer, digits=0)
    if shorter == longer:
        return translate("data", "Here: a square already, nothing changes.")
    if fit == "crop":
        return fill(translate("data", "Here: {share} of the picture is lost."), {"share": lost})
    if fit == "pad":
        return fill(translate("data", "Here: {share} of the square is border."), {"share": lost})
    if width > height:
        template = translate("data", "Here: squeezed to {share} of its width.")
    else:
        template = translate("data", "Here: squeezed to {share} of its height.")
    return fill(template, {"share": left})


def crop_loss(loss: CropLoss) -> str:
    """What a crop would lose on the whole dataset."""
    if not loss.counted:
        return ""
    if loss.mean == 0:
        return translate("data", "All pictures are squares: each way gives the same.")
    values = {
        "share": words.percent(loss.mean),
        "many": words.count(loss.many),
        "count": words.count(loss.counted),
    }
    if loss.many == 0:
        template = translate(
            "data",
            "Crop loses {share} of the picture area on average, in no picture more than a quarter.",
        )
    elif loss.many == 1:
        template = translate(
            "data",
            "Crop loses {share} of the picture area on average, in 1 of {count} pictures more "
            "than a quarter.",
        )
    else:
        template = translate(
            "data",
            "Crop loses {share} of the picture area on average, in {many} of {count} pictures "
            "more than a quarter.",
        )
    return fill(template, values)


def transparent(count: int) -> str:
    """How many pictures may show what is behind them."""
    if count == 0:
        return translate("data", "no picture is transparent")
    if count == 1:
        return translate("data", "1 may be transparent")
    return fill(translate("data", "{count} may be transparent"), {"count": words.count(count)})


def larger(count: int) -> str:
    """How many pictures are too large to be used."""
    if count == 0:
        return translate("data", "no picture is larger")
    if count == 1:
        return translate("data", "1 is larger and left out")
    return fill(translate("data", "{count} are larger and left out"), {"count": words.count(count)})


def expected_names(folder: Path | None, error: ThawError | None) -> tuple[str, str, str]:
    """A folder and two classes to draw the expected layout with: the folder's own names, as
    far as what went wrong tells them."""
    root = folder.name if folder is not None and folder.name else ""
    root = root or translate("data", "your pictures")
    first = ""
    if error is not None and error.code == "no_classes_flat":
        first = str(error.values["example"])
    elif error is not None and error.code == "one_class":
        first = str(error.values["name"])
    if first:
        return root, first, translate("data", "another class")
    return root, translate("data", "cat"), translate("data", "dog")
