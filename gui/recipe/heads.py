"""What a person reads of a head: its kinds, and its fields."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from core.common.messages import SENTENCES, fill
from core.recipe.config import HeadConfig
from core.recipe.heads import HEADS
from gui.base import words as base_words
from gui.controls.setting_fields import Choice, Setting

translate = QCoreApplication.translate


@dataclass(frozen=True)
class HeadText:
    """A kind of head: ``what`` it is, in ``short`` and in a sentence; the ``loss`` that it
    learns by; what its ``probabilities`` mean."""

    name: str
    short: str
    what: str
    loss: str
    probabilities: str

    @property
    def all(self) -> str:
        """Everything, for a tool tip."""
        template = translate("head", "{what} Loss: {loss} Probabilities: {probabilities}")
        values = {"what": self.what, "loss": self.loss, "probabilities": self.probabilities}
        return fill(template, values)


def kinds() -> dict[str, HeadText]:
    """By their names in recipes."""
    return {kind: _text(kind) for kind in HEADS}


def within(kind: str) -> str:
    """The name of a kind of head within a sentence; what no version of Thaw knows, as it is."""
    return base_words.translate(f"value_head_{kind}", {}) if kind in HEADS else kind


def _text(kind: str) -> HeadText:
    name, own = within(kind), f"head_{kind}_probabilities"
    short, what, loss, probabilities = (
        base_words.translate(code, {})
        for code in (
            *(f"head_{kind}_{part}" for part in ("short", "what", "loss")),
            own if own in SENTENCES else "head_probabilities",
        )
    )
    return HeadText(name[:1].upper() + name[1:], short, what, loss, probabilities)


def settings() -> dict[str, Setting]:
    """By the fields' names in ``HeadConfig``."""
    return {
        "kind": Setting(translate("head", "Kind of head"), "", ""),
        "pooling": Setting(
            translate("head", "Pooling"),
            "",
            translate(
                "head",
                "What is left of the features before the first fully connected layer: all of "
                "them, or a number or two for each channel, wherever in the picture it is.",
            ),
            choices=_poolings(),
        ),
        "channels": Setting(
            translate("head", "New convolutions"),
            translate("head", "of each layer, in turn"),
            translate(
                "head",
                "The output channels of each new convolution layer, 3 × 3 with padding, from the "
                "first to the last.",
            ),
            unit=translate("head", "channels"),
        ),
        "hidden": Setting(
            translate("head", "Hidden layers"),
            translate("head", "of each layer, in turn"),
            translate(
                "head",
                "The widths of the hidden fully connected layers, from the first to the last.",
            ),
            unit=translate("head", "units"),
        ),
        **_learning(),
    }


def _learning() -> dict[str, Setting]:
    return {
        "margin_loss": Setting(
            translate("head", "Margin loss"),
            "",
            translate("head", "What it costs where a margin is less than one."),
            choices=_margin_losses(),
        ),
        "activation": Setting(
            translate("head", "Activation"),
            "",
            translate("head", "What stands after each new layer but the last."),
            choices=_activations(),
        ),
        "dropout": Setting(
            translate("head", "Dropout"),
            translate("head", "left out in each step"),
            translate(
                "head",
                "The share of each hidden layer’s outputs that is left out at random in each "
                "step of training, so that none is relied upon. 0: none.",
            ),
            unit=translate("head", "of 1"),
        ),
        "layer_norm": Setting(
            translate("head", "Layer norm"),
            translate("head", "all units at one scale"),
            translate(
                "head",
                "Layer normalisation after each hidden layer: its outputs get a mean of 0 and "
                "a variance of 1, then a scale that is learned.",
            ),
        ),
        "l2": Setting(
            translate("head", "L2"),
            translate("head", "keeps weights small"),
            translate(
                "head",
                "This times half the sum of the last layer’s squared weights is added to the "
                "loss that is learned from. An SVM’s definition has it; softmax and one-vs-rest "
                "are right more often with it where features are many or pictures few. Their "
                "default grows with the number of features.",
            ),
            unit=translate("head", "× ½ w²"),
        ),
    }


def used(head: HeadConfig) -> list[str]:
    """The fields that change anything in a head like this one, its kind apart, in order."""
    is_deep, is_hidden = head.kind in ("fc", "conv"), bool(head.hidden_widths)
    has = {
        "pooling": True,
        "margin_loss": head.kind == "svm",
        "channels": head.kind == "conv",
        "hidden": is_deep,
        "activation": head.kind == "conv" or is_hidden,
        "dropout": is_hidden,
        "layer_norm": is_hidden,
        "l2": True,
    }
    return [name for name, is_there in has.items() if is_there]


def _poolings() -> dict[str, Choice]:
    return {
        "flatten": Choice(
            translate("head", "Flatten: all features"), translate("head", "every place counts")
        ),
        "average": Choice(
            translate("head", "Average"), translate("head", "the mean of each channel")
        ),
        "max": Choice(
            translate("head", "Maximum"), translate("head", "the largest of each channel")
        ),
        "both": Choice(
            translate("head", "Average and maximum"), translate("head", "both of each channel")
        ),
    }


def _margin_losses() -> dict[str, Choice]:
    return {
        "squared-hinge": Choice(
            translate("head", "Squared hinge"), translate("head", "what lacks, squared")
        ),
        "hinge": Choice(translate("head", "Hinge"), translate("head", "what lacks to one")),
        "crammer-singer": Choice(
            translate("head", "Crammer and Singer"),
            translate("head", "right class against best other"),
        ),
    }


def _activations() -> dict[str, Choice]:
    return {
        "relu": Choice(translate("head", "ReLU"), translate("head", "0 below 0, as VGG16 has")),
        "gelu": Choice(translate("head", "GELU"), translate("head", "a smooth ReLU")),
        "tanh": Choice(translate("head", "Tanh"), translate("head", "from −1 to 1")),
    }
