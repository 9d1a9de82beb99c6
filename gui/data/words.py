"""What is said of a dataset's pictures: filters, tiles, the large picture's facts."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.edits import Reason
from core.dataset.folder import printable
from core.dataset.summary import ProblemCode
from core.images.load import Details, Header
from gui.base import words as base_words
from gui.data import data_text
from gui.session.image_list import Picture

translate = QCoreApplication.translate


def one_line(name: str) -> str:
    """``name`` fit to stand within a line."""
    return " ".join(printable(name).splitlines())


def file_name(path: str) -> str:
    """The last part of ``path``."""
    return one_line(path.rpartition("/")[2])


def shown_title(shown: str, count: int | None = None) -> str:
    """What the grid can be asked to show; with a count behind it, where one is given."""
    titles = {
        "all": translate("pictures", "All pictures"),
        "used": translate("pictures", "Used"),
        "train": data_text.split_title("train"),
        "validation": data_text.split_title("validation"),
        "test": data_text.split_title("test"),
        "pinned": translate("pictures", "Split set by hand"),
        "excluded": translate("pictures", "Excluded"),
        "problems": translate("pictures", "Cannot be read"),
        "warnings": translate("pictures", "Tiny"),
        "unlabelled": translate("pictures", "Without a class"),
    }
    if count is None:
        return titles[shown]
    values = {"title": titles[shown], "count": base_words.count(count)}
    return fill(translate("pictures", "{title} ({count})"), values)


def counted(shown: int, total: int) -> str:
    """ "5 of 480 pictures"."""
    values = {"shown": base_words.count(shown), "all": base_words.count(total)}
    if total == 1:
        return fill(translate("pictures", "{shown} of 1 picture"), values)
    return fill(translate("pictures", "{shown} of {all} pictures"), values)


def nothing(words: str) -> str:
    """What the grid says where it is empty; ``words`` are searched for."""
    if not words:
        return translate("pictures", "No pictures here")
    template = translate("pictures", "No file name here has “{words}” in it")
    return fill(template, {"words": one_line(words)})


def selected(count: int) -> str:
    """ "3 selected"; what a person can do where there is none."""
    if count == 0:
        return translate("pictures", "Click, Shift+click or drag to select pictures")
    return fill(translate("pictures", "{count} selected"), {"count": base_words.count(count)})


# -- a picture ------------------------------------------------------------------------------


def caption(picture: Picture, *, with_class: bool) -> str:
    """Two lines below a tile: its class, or its name, and what it is used for."""
    name = file_name(picture.path)
    if with_class and picture.class_name is not None and picture.state != "problems":
        name = one_line(picture.class_name)
    return f"{name}\n{_use(picture)}"


def tooltip(picture: Picture) -> str:
    """Everything that is known of a tile without opening the file."""
    parts = [one_line(picture.path), *words(picture)]
    if picture.state == "used" and picture.problem is not None:
        parts.append(problem(picture))
    return "\n".join((parts[0], data_text.SEPARATOR.join(parts[1:])))


def words(picture: Picture) -> list[str]:
    """Class, split and state."""
    name = picture.class_name
    if picture.state == "unlabelled" or name is None:
        name = translate("pictures", "without a class")
    found = [one_line(name)]
    if picture.split is not None and picture.state == "used":
        found.append(data_text.split_word(picture.split))
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
    return fill(translate("pictures", "excluded: {reason}"), {"reason": one_line(reason)})


def _use(picture: Picture) -> str:
    if picture.state == "excluded":
        return translate("pictures", "excluded")
    if picture.state == "problems":
        return _short_problem(picture)
    if picture.state == "unlabelled" or picture.split is None:
        return translate("pictures", "no class")
    word = data_text.split_word(picture.split)
    if picture.problem is not None:
        return fill(translate("pictures", "{split}, tiny"), {"split": word})
    if picture.pinned:
        return fill(translate("pictures", "{split}, fixed"), {"split": word})
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


def facts(details: Details) -> list[tuple[str, str]]:
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
    return fill(translate("pictures", "{width} × {height} pixels"), values)


def place(number: int, total: int) -> str:
    """ "3 of 48"."""
    values = {"number": base_words.count(number), "count": base_words.count(total)}
    return fill(translate("pictures", "{number} of {count}"), values)


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
