"""What a person reads of the fields that belong to no stage and no head."""

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.recipe import vgg16
from core.recipe.config import LARGEST_IMAGE, SMALLEST_IMAGE
from gui.controls.setting_fields import Choice, Setting

translate = QCoreApplication.translate
IMAGE_SIZE, BATCH_SIZE, SEED = "dataset.image_size", "batch_size", "seed"


def settings() -> dict[str, Setting]:
    """By the recipe's dotted keys."""
    return {
        IMAGE_SIZE: Setting(
            translate("general", "Image size"),
            "",
            translate(
                "general",
                "Every picture is made a square of this many pixels; time grows with its area, "
                "and detail is lost below what the pictures need.",
            ),
            choices=_sizes(),
        ),
        BATCH_SIZE: Setting(
            translate("general", "Batch size"),
            translate("general", "averaged in each step"),
            translate(
                "general",
                "How many pictures are averaged before the weights move one step.",
            ),
            unit=translate("general", "pictures"),
        ),
        SEED: Setting(
            translate("general", "Seed"),
            translate("general", "same seed, same result"),
            translate(
                "general",
                "Every random choice in training follows from it; how the pictures are split does "
                "not.",
            ),
        ),
    }


def _sizes() -> dict[int, Choice]:
    words, template = translate("general", "smaller is faster"), translate("general", "{size} px")
    sizes = range(SMALLEST_IMAGE, LARGEST_IMAGE + 1, vgg16.STRIDE)
    return {size: Choice(fill(template, {"size": size}), words) for size in sizes}
