"""What the Data page says: of the dataset, its splits, its grid of images, and one image's file.

``resize_facts`` counts what decides how images become square: proportions, transparency, size.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from core.common.messages import ThawError, fill
from core.dataset.edits import Reason
from core.dataset.folder import SplitName
from core.dataset.health import LARGE_LOSS, MUCH_LOST, OFTEN_LOST
from core.dataset.split import Split
from core.dataset.summary import DatasetSummary, ProblemCode
from core.images.load import Details, Header
from core.recipe.config import DatasetConfig, FitPolicy
from gui.base import words as base_words
from gui.base.words import one_line, pictures, say
from gui.controls.number_fields import shortest
from gui.session.image_list import Picture

_TRANSPARENT = frozenset(("RGBA", "LA", "PA", "P"))


@dataclass(frozen=True)
class CropLoss:
    """Shares of the picture area that the largest centred square leaves out: the mean over
    ``counted`` pictures, and how many lose more than ``LARGE_LOSS``."""

    mean: float = 0.0
    many: int = 0
    counted: int = 0

    @property
    def is_costly(self) -> bool:
        """Whether it is worth a warning; the health report warns of the same datasets."""
        often = self.counted > 0 and self.many >= OFTEN_LOST * self.counted
        return self.mean >= MUCH_LOST or often


@dataclass(frozen=True)
class FitFacts:
    """Of a dataset: ``most_oblong`` is the place of the sample that a crop takes most from;
    ``transparent`` are the places of those that may be transparent; ``too_large`` counts the
    pictures that are left out for their size."""

    loss: CropLoss = CropLoss()
    most_oblong: int | None = None
    transparent: tuple[int, ...] = ()
    too_large: int = 0


def resize_facts(summary: DatasetSummary) -> FitFacts:
    """Those of ``summary``, from the headers alone."""
    losses: list[float] = []
    transparent: list[int] = []
    worst, most_oblong = -1.0, None
    for place, sample in enumerate(summary.samples):
        header = sample.header
        if header is None:
            continue
        width, height = header.width, header.height
        lost = 1 - (width / height if width < height else height / width)
        losses.append(lost)
        if lost > worst:
            worst, most_oblong = lost, place
        if header.mode in _TRANSPARENT:
            transparent.append(place)
    many = sum(lost > LARGE_LOSS for lost in losses)
    loss = CropLoss(sum(losses) / max(len(losses), 1), many, len(losses))
    large = sum(one.code == ProblemCode.IMAGE_TOO_LARGE for one in summary.problems)
    return FitFacts(loss, most_oblong, tuple(transparent), large)


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


def counts(summary: DatasetSummary, split: Split) -> str:
    """ "480 pictures · 8 classes · split 384 / 96 / 0"."""
    classes = say("data", "{count} classes", count=base_words.count(len(summary.classes)))
    sizes = " / ".join(base_words.count(len(getattr(split, name))) for name in SPLITS)
    parts = say("data", "split {sizes}", sizes=sizes)
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
    return shortest(round(value * 100, 6)) + base_words.NBSP + "%"


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
    lost = base_words.percent(1 - shorter / longer, digits=0)
    left = base_words.percent(shorter / longer, digits=0)
    if shorter == longer:
        return translate("data", "Here: a square already, nothing changes.")
    if fit == "crop":
        return say("data", "Here: {share} of the picture is lost.", share=lost)
    if fit == "pad":
        return say("data", "Here: {share} of the square is border.", share=lost)
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
        "share": base_words.percent(loss.mean),
        "many": base_words.count(loss.many),
        "count": base_words.count(loss.counted),
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
    return say("data", "{count} may be transparent", count=base_words.count(count))


def larger(count: int) -> str:
    """How many pictures are too large to be used."""
    if count == 0:
        return translate("data", "no picture is larger")
    if count == 1:
        return translate("data", "1 is larger and left out")
    return say("data", "{count} are larger and left out", count=base_words.count(count))


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


def file_name(path: str) -> str:
    """The last part of ``path``."""
    return one_line(path.rpartition("/")[2])


def shown_title(shown: str, count: int | None = None) -> str:
    """What the grid can be asked to show; with a count behind it, where one is given."""
    titles = {
        "all": translate("pictures", "All pictures"),
        "used": translate("pictures", "Used"),
        "train": split_title("train"),
        "validation": split_title("validation"),
        "test": split_title("test"),
        "pinned": translate("pictures", "Split set by hand"),
        "excluded": translate("pictures", "Excluded"),
        "problems": translate("pictures", "Cannot be read"),
        "warnings": translate("pictures", "Tiny"),
        "unlabelled": translate("pictures", "Without a class"),
    }
    if count is None:
        return titles[shown]
    return say("pictures", "{title} ({count})", title=titles[shown], count=base_words.count(count))


def counted(shown: int, total: int) -> str:
    """ "5 of 480 pictures"."""
    values = {"shown": base_words.count(shown), "all": base_words.count(total)}
    if total == 1:
        return say("pictures", "{shown} of 1 picture", **values)
    return say("pictures", "{shown} of {all} pictures", **values)


def nothing(words: str) -> str:
    """What the grid says where it is empty; ``words`` are searched for."""
    if not words:
        return translate("pictures", "No pictures here")
    return say("pictures", "No file name here has “{words}” in it", words=one_line(words))


def selected(count: int) -> str:
    """ "3 selected"; what a person can do where there is none."""
    if count == 0:
        return translate("pictures", "Click, Shift+click or drag to select pictures")
    return say("pictures", "{count} selected", count=base_words.count(count))


# -- a picture ------------------------------------------------------------------------------


def caption(picture: Picture, *, with_class: bool) -> str:
    """Two lines below a tile: its class, or its name, and what it is used for."""
    name = file_name(picture.path)
    if with_class and picture.class_name is not None and picture.state != "problems":
        name = one_line(picture.class_name)
    return f"{name}\n{_use(picture)}"


def tooltip(picture: Picture) -> str:
    """Everything that is known of a tile without opening the file."""
    parts = [one_line(picture.path), *image_words(picture)]
    if picture.state == "used" and picture.problem is not None:
        parts.append(problem(picture))
    return "\n".join((parts[0], SEPARATOR.join(parts[1:])))


def image_words(picture: Picture) -> list[str]:
    """Class, split and state."""
    name = picture.class_name
    if picture.state == "unlabelled" or name is None:
        name = translate("pictures", "without a class")
    found = [one_line(name)]
    if picture.split is not None and picture.state == "used":
        found.append(split_word(picture.split))
    if picture.pinned:
        found.append(translate("pictures", "split set by hand"))
    if picture.state == "excluded":
        found.append(excluded(picture.reason))
    if picture.state == "problems":
        found.append(translate("pictures", "cannot be used"))
    if picture.own_class not in (None, picture.class_name):
        template = translate("pictures", "its folder is {name}")
        found.append(fill(template, {"name": one_line(picture.own_class or "")}))
    return found


def problem(picture: Picture) -> str:
    """What is wrong with the file, "" for nothing."""
    if picture.problem is None:
        return ""
    values = {"path": one_line(picture.path), **picture.problem.detail}
    return base_words.translate(picture.problem.code, values)


def excluded(reason: str) -> str:
    """Why a picture is left out."""
    known: Mapping[str, str] = {
        Reason.BY_HAND: translate("pictures", "excluded by hand"),
        Reason.DUPLICATE: translate("pictures", "excluded as a copy"),
        Reason.LEAK: translate("pictures", "excluded as a copy of a picture in another split"),
        Reason.LABEL_CONFLICT: translate("pictures", "excluded as it is in two classes"),
    }
    if reason in known:
        return known[reason]
    if not reason:
        return translate("pictures", "excluded")
    return say("pictures", "excluded: {reason}", reason=one_line(reason))


def _use(picture: Picture) -> str:
    if picture.state == "excluded":
        return translate("pictures", "excluded")
    if picture.state == "problems":
        return _short_problem(picture)
    if picture.state == "unlabelled" or picture.split is None:
        return translate("pictures", "no class")
    word = split_word(picture.split)
    if picture.problem is not None:
        return say("pictures", "{split}, tiny", split=word)
    if picture.pinned:
        return say("pictures", "{split}, fixed", split=word)
    return word


def _short_problem(picture: Picture) -> str:
    """In two or three words, as many as a tile has room for."""
    codes = ProblemCode
    short = {
        codes.EMPTY_FILE: translate("pictures", "empty file"),
        codes.NOT_AN_IMAGE: translate("pictures", "not a picture"),
        codes.UNREADABLE_IMAGE: translate("pictures", "damaged"),
        codes.TRUNCATED_IMAGE: translate("pictures", "cut short"),
        codes.IMAGE_TOO_LARGE: translate("pictures", "too large"),
        codes.FILE_MISSING: translate("pictures", "has gone"),
        codes.PERMISSION_DENIED: translate("pictures", "no permission"),
    }
    code = picture.problem.code if picture.problem is not None else None
    return short.get(code, translate("pictures", "cannot be read")) if code else ""


# -- the file -------------------------------------------------------------------------------


def image_facts(details: Details) -> list[tuple[str, str]]:
    """What a picture's file says, each with its name."""
    found: list[tuple[str, str]] = []
    header = details.header
    if header is not None:
        found += [
            (translate("pictures", "Size"), pixels(header)),
            (translate("pictures", "Format"), header.format),
            (translate("pictures", "Colours"), _mode(header.mode)),
        ]
    if details.size >= 0:
        found.append((translate("pictures", "File"), base_words.file_size(details.size)))
        found.append((translate("pictures", "Changed"), base_words.moment(details.mtime / 10**9)))
    if header is not None and header.taken is not None:  # the camera's clock knows no zone
        found.append((translate("pictures", "Taken"), base_words.moment(header.taken, utc=True)))
    if details.camera:
        found.append((translate("pictures", "Camera"), details.camera))
    if details.orientation not in (None, 1):
        found.append((translate("pictures", "Turned"), _turn(details.orientation or 1)))
    return found


def pixels(header: Header) -> str:
    """ "300 × 200 pixels", as the picture is shown."""
    width, height = header.upright
    values = {"width": base_words.count(width), "height": base_words.count(height)}
    return say("pictures", "{width} × {height} pixels", **values)


def place(number: int, total: int) -> str:
    """ "3 of 48"."""
    values = {"number": base_words.count(number), "count": base_words.count(total)}
    return say("pictures", "{number} of {count}", **values)


def _mode(mode: str) -> str:
    """Pillow's mode in words."""
    if mode.startswith("I"):
        return translate("pictures", "grayscale, 16 bit")
    names = {
        "1": translate("pictures", "black and white"),
        "L": translate("pictures", "grayscale"),
        "LA": translate("pictures", "grayscale, transparent"),
        "P": translate("pictures", "palette"),
        "PA": translate("pictures", "palette, transparent"),
        "RGBA": translate("pictures", "RGB, transparent"),
    }
    return names.get(mode, mode)


def _turn(orientation: int) -> str:
    """What EXIF's orientation says was done to show the picture upright."""
    turns: Sequence[str] = (
        "",
        translate("pictures", "mirrored"),
        translate("pictures", "by 180°"),
        translate("pictures", "mirrored, by 180°"),
        translate("pictures", "mirrored, by 90° to the left"),
        translate("pictures", "by 90° to the right"),
        translate("pictures", "mirrored, by 90° to the right"),
        translate("pictures", "by 90° to the left"),
    )
    return turns[orientation - 1]


def set_aside(error: ThawError | None) -> str:
    """Why what was decided earlier is not followed; "" where it is."""
    if error is None:
        return ""
    words = translate(
        "folder",
        "What was decided about these pictures earlier leaves nothing to train on ({reason}), so "
        "the folder is shown as it is.",
    )
    return fill(words, {"reason": base_words.error_text(error)})
