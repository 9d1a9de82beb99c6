"""What a person reads of a recipe's fields: those of a stage, and those of no stage or head.

``changed_field`` names a field where it is told that it differs from a card's.
"""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from core.common.messages import fill
from core.recipe import vgg16
from core.recipe.config import LARGEST_IMAGE, SMALLEST_IMAGE, RunConfig, boundary
from gui.controls.setting_fields import Choice, Setting

translate = QCoreApplication.translate


def stage_settings() -> dict[str, Setting]:
    """By the fields' names in ``StageConfig``."""
    return {**_learning(), **_rates(), **_schedule(), **_regularising(), **_ending()}


def _learning() -> dict[str, Setting]:
    return {
        "optimizer": Setting(
            translate("stage", "Optimizer"),
            "",
            translate(
                "stage",
                "How steps are made of gradients. AdamW, Adam and RMSprop scale the step of each "
                "weight; SGD takes the gradients as they are, and needs a rate to suit them.",
            ),
            choices=_optimizers(),
        ),
        "momentum": Setting(
            translate("stage", "Momentum"),
            translate("stage", "of the step before"),
            translate(
                "stage",
                "The share of each step that is added to the next one, so that steps in one "
                "direction get longer. SGD's alone.",
            ),
            unit=translate("stage", "of a step"),
        ),
        "weight_decay": Setting(
            translate("stage", "Weight decay"),
            translate("stage", "pulls weights to zero"),
            translate(
                "stage",
                "How strongly each step also makes all weights smaller, so that none gets large "
                "without need. AdamW shrinks them by this times the rate; the others add it "
                "times the weight to the gradient.",
            ),
            unit=translate("stage", "× weight"),
        ),
    }


def _rates() -> dict[str, Setting]:
    return {
        "learning_rate": Setting(
            translate("stage", "Head’s rate"),
            translate("stage", "empty: the default"),
            translate(
                "stage",
                "The learning rate of the head: how far one step moves it. Empty: the rate that "
                "suits this head, its number of inputs and the optimizer.",
            ),
            unit=translate("stage", "a step"),
        ),
        "backbone_factor": Setting(
            translate("stage", "ConvNet’s rate"),
            translate("stage", "of the last block"),
            translate(
                "stage",
                "The rate of the last block, as a factor of the head’s: small, because the "
                "thawed blocks’ weights are already good.",
            ),
            unit=translate("stage", "× head’s"),
        ),
        "block_decay": Setting(
            translate("stage", "Earlier blocks"),
            translate("stage", "than the block after"),
            translate(
                "stage",
                "Each block learns at this factor of the rate of the block after it: early "
                "blocks are general and need to change least. 1: all alike.",
            ),
            unit=translate("stage", "× next"),
        ),
    }


def _optimizers() -> dict[str, Choice]:
    return {
        "sgd": Choice(translate("stage", "SGD"), translate("stage", "with momentum")),
        "adam": Choice(translate("stage", "Adam"), translate("stage", "a scale per weight")),
        "adamw": Choice(translate("stage", "AdamW"), translate("stage", "Adam, decay apart")),
        "rmsprop": Choice(translate("stage", "RMSprop"), translate("stage", "without momentum")),
    }


def _schedule() -> dict[str, Setting]:
    return {
        "schedule": Setting(
            translate("stage", "Schedule"),
            "",
            translate(
                "stage",
                "How all rates change in the course of the stage; each step has the rate of its "
                "place, as drawn beside.",
            ),
            choices=_schedules(),
        ),
        "warmup_epochs": Setting(
            translate("stage", "Warm-up"),
            translate("stage", "starts near 0"),
            translate(
                "stage",
                "Over so many epochs the rates rise from nearly zero, so that the first steps "
                "of a new optimizer break nothing. 0: none. Empty: two while blocks are "
                "thawed, none while the head alone learns.",
            ),
            unit=translate("stage", "epochs"),
        ),
        "decay_every": Setting(
            translate("stage", "Decay after"),
            translate("stage", "each time so many"),
            translate(
                "stage",
                "With “Step” the rates fall each time so many epochs are done; with “On "
                "plateau” when validation loss has not fallen for so many.",
            ),
            unit=translate("stage", "epochs"),
        ),
        "decay_factor": Setting(
            translate("stage", "Decay by"),
            translate("stage", "left of the rates"),
            translate("stage", "The factor by which all rates fall each time."),
            unit=translate("stage", "× rate"),
        ),
    }


def _schedules() -> dict[str, Choice]:
    return {
        "constant": Choice(translate("stage", "Constant"), translate("stage", "always the same")),
        "step": Choice(translate("stage", "Step"), translate("stage", "falls in steps")),
        "cosine": Choice(translate("stage", "Cosine"), translate("stage", "falls gently to 0")),
        "one-cycle": Choice(translate("stage", "One-cycle"), translate("stage", "up, then to 0")),
        "plateau": Choice(
            translate("stage", "On plateau"), translate("stage", "falls when loss stays")
        ),
    }


def _regularising() -> dict[str, Setting]:
    return {
        "feature_dropout": Setting(
            translate("stage", "Feature dropout"),
            translate("stage", "left out in each step"),
            translate(
                "stage",
                "The share of the features, as they come into the head, that is left out at "
                "random in each step of training, so that a few training images are not learned "
                "by heart. Empty: half of them while blocks are thawed, none while the head alone "
                "learns.",
            ),
            unit=translate("stage", "of 1"),
        ),
        "label_smoothing": Setting(
            translate("stage", "Label smoothing"),
            translate("stage", "shared by all classes"),
            translate(
                "stage",
                "This share of each label is spread over all classes, in what is learned from "
                "and not in the losses that are told: the network gets less sure of itself. "
                "0: none.",
            ),
            unit=translate("stage", "of 1"),
        ),
        "clip_norm": Setting(
            translate("stage", "Gradient clipping"),
            translate("stage", "empty: no limit"),
            translate(
                "stage",
                "Where all gradients together are longer than this, they are shortened to it: "
                "one odd batch can’t spoil the weights.",
            ),
            unit=translate("stage", "norm"),
            empty=translate("stage", "no limit"),
        ),
        "augment": Setting(
            translate("stage", "Augment"),
            "",
            translate(
                "stage",
                "On: the stage trains on augmented pictures, as on the Augment page. Off: on the "
                "untouched ones, so the features of frozen blocks are computed once.",
            ),
        ),
    }


def _ending() -> dict[str, Setting]:
    return {
        "epochs": Setting(
            translate("stage", "Epochs"),
            translate("stage", "through all pictures"),
            translate("stage", "How often every training picture is seen in this stage."),
            unit=translate("stage", "epochs"),
        ),
        "patience": Setting(
            translate("stage", "Stop early after"),
            translate("stage", "empty: never"),
            translate(
                "stage",
                "The stage ends when what it watches has not got better for so many epochs. "
                "Empty: it always trains all its epochs.",
            ),
            unit=translate("stage", "epochs"),
            empty=translate("stage", "never"),
        ),
        "watch": Setting(
            translate("stage", "What it watches"),
            "",
            translate(
                "stage",
                "What has to get better. Loss sees small gains that change no answer yet; "
                "accuracy counts answers alone.",
            ),
            choices={
                "loss": Choice(translate("stage", "Loss"), translate("stage", "on validation")),
                "accuracy": Choice(
                    translate("stage", "Accuracy"), translate("stage", "on validation")
                ),
            },
        ),
        **_weights(),
    }


def _weights() -> dict[str, Setting]:
    return {
        "keep": Setting(
            translate("stage", "Weights kept"),
            "",
            translate(
                "stage",
                "When an epoch’s weights replace those that the run keeps as its result. The "
                "best are chosen on the validation pictures. Automatic: the last epoch’s, where "
                "the rates fall to zero by its end; else those of the best accuracy.",
            ),
            choices=_kept(),
        ),
        "start_from": Setting(
            translate("stage", "Starts from"),
            "",
            translate("stage", "Whose weights this stage goes on with."),
            choices={
                "last": Choice(
                    translate("stage", "Last epoch"), translate("stage", "of the stage before")
                ),
                "best": Choice(
                    translate("stage", "Best epoch"), translate("stage", "the one that is kept")
                ),
            },
        ),
    }


def _kept() -> dict[str, Choice]:
    return {
        "auto": Choice(translate("stage", "Automatic"), translate("stage", "by the schedule")),
        "accuracy": Choice(
            translate("stage", "Best accuracy"), translate("stage", "on validation")
        ),
        "loss": Choice(translate("stage", "Lowest loss"), translate("stage", "on validation")),
        "last": Choice(translate("stage", "Last epoch"), translate("stage", "whatever it is")),
    }


def without_augmentation() -> str:
    """Why a stage's switch for augmentation has no effect."""
    return translate("stage", "no augmentation")


def all_frozen() -> str:
    """Why the rates of blocks have no effect."""
    return translate("stage", "no block is thawed")


def on_plateau() -> str:
    """Which epochs are counted after which the rates fall, on a plateau."""
    return translate("stage", "without a lower loss")


def augments_words(recipe: RunConfig, index: int) -> str:
    """What a stage's switch for augmentation does as it stands."""
    stage = recipe.stages[index]
    if stage.augment:
        return translate("stage", "as on the Augment page")
    if boundary(stage.thawed, recipe.model.depth):
        return translate("stage", "features once")
    return translate("stage", "untouched pictures")


def changed_field(key: str, of_field: Callable[[str], str]) -> str:
    """The field of a recipe's dotted ``key`` in words; ``of_field`` names those that have a place
    on the page, and gives a key back that has none."""
    if key == "stages":
        return translate("changes", "number of stages")
    if key.startswith("stages."):
        _, number, field = key.split(".", 2)
        template = translate("changes", "stage {number}: {field}")
        return fill(template, {"number": int(number) + 1, "field": _of_stage(field)})
    named = of_field(key)
    return named[:1].lower() + named[1:]


def _of_stage(field: str) -> str:
    if field == "thawed":
        return translate("changes", "thawed blocks")
    named = stage_settings()[field].name
    return named[:1].lower() + named[1:]


IMAGE_SIZE, BATCH_SIZE, SEED = "dataset.image_size", "batch_size", "seed"


def general_settings() -> dict[str, Setting]:
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
