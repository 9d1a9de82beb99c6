"""What a person reads of classes of unequal size, and of how training counts them."""

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.dataset.health import Balance
from gui.base import words as base_words
from gui.controls.setting_fields import Setting
from gui.data.findings.pairs import line

translate = QCoreApplication.translate


def settings() -> dict[str, Setting]:
    """By the fields' names in ``RunConfig``."""
    return {
        "class_weights": Setting(
            translate("classes", "Class weights"),
            translate("classes", "pictures of small classes count more"),
            translate(
                "classes",
                "Each class counts alike in what is learned from, however few its pictures are. "
                "The losses that are told stay plain means over the pictures.",
            ),
        ),
        "balanced_sampling": Setting(
            translate("classes", "Balanced sampling"),
            translate("classes", "pictures of small classes come more often"),
            translate(
                "classes",
                "Each class is seen as often as any other: an epoch has as many pictures as "
                "before, those of small classes several times, each time augmented anew.",
            ),
        ),
    }


def one_of_two() -> str:
    """Why both can't be on."""
    return translate(
        "classes", "Use one of the two: together they would count small classes twice."
    )


def beside(name: str) -> str:
    """Why a switch can't be turned on: the one called ``name`` is."""
    return fill(translate("classes", "not beside “{name}”"), {"name": name})


def imbalance(balance: Balance | None) -> tuple[str, tuple[str, ...]]:
    """How unequal the classes of a dataset are, in a line, "" while that is not known; and the
    names in it."""
    if balance is None:
        return "", ()
    if balance.most == balance.fewest:
        words = translate("classes", "All classes have {most} training pictures.")
        return fill(words, {"most": base_words.count(balance.most)}), ()
    names = line(balance.largest), line(balance.smallest)
    values = {
        "largest": names[0],
        "most": base_words.count(balance.most),
        "smallest": names[1],
        "fewest": base_words.count(balance.fewest),
        "times": base_words.number(balance.ratio, 0 if balance.ratio >= 10 else 1),
    }
    template = translate(
        "classes",
        "{largest} has {most} training pictures, {smallest} has {fewest}: {times} times as many.",
    )
    return fill(template, values), names
