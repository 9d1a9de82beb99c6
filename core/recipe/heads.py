"""The kinds of head, as data: what a recipe has to know of each, without PyTorch.

``core.model.heads`` has what each kind computes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

HeadKind = Literal["softmax", "one-vs-rest", "svm", "fc", "conv", "nearest-mean"]

# The head's rate at VGG16's own 25,088 features (five blocks at 224 px), per optimizer, and how
# it grows with fewer of them. The head's input has an RMS of 1, so one step of a gradient moves
# a logit by rate x features; Adam's kind normalises each weight's step and needs the root only,
# and SGD behind hidden layers, whose weights are as small as their inputs are many, nothing.
# Measured on photographs of clothes and on drawn signs from 32 to 224 px, 6 to 20 epochs: within
# two points of the best of a sweep over two powers of ten, at every size and pooling. (Pooled
# features differ in their RMS: at 224 px means have half that of all, maxima 3.7 times it.)
REFERENCE_FEATURES = 25_088
_LARGEST_RATE = 1e-2
# L2 of a logistic regression, for each feature. Measured on photographs of clothes (nine divisions)
# and on drawn signs, from 32 to 224 px, with every pooling, on all and on a tenth of the images:
# better than none by one to three points where features are many or images few, elsewhere
# level. Three times as much is better still on few images and worse on many.
_LOGISTIC_L2 = 1.2e-5


@dataclass(frozen=True)
class HeadFacts:
    """``rates`` are the default learning rates at ``REFERENCE_FEATURES``, by optimizer; none where
    it learns without a gradient, in one pass over the images.

    ``hidden`` are the default widths of hidden layers and ``channels`` those of new convolutions
    (None: it can have none). The default of L2 is ``l2``, and ``l2_per_feature`` for each
    feature. ``smooths``: labels can be smoothed.
    """

    rates: Mapping[str, float]
    hidden: tuple[int, ...] | None = None
    channels: tuple[int, ...] | None = None
    l2: float = 0.0
    l2_per_feature: float = 0.0
    smooths: bool = True

    @property
    def has_gradient(self) -> bool:
        """Whether an optimizer trains it, step by step."""
        return bool(self.rates)

    def default_rate(self, features: int, optimizer: str) -> float:
        """The learning rate where a recipe names none, to two digits, so that a person sees the
        very number that is used.

        ``features`` is how many numbers of one image the first layer sees: more of them move a
        logit further per step, so the rate falls. Raises ``KeyError`` for an unknown optimizer.
        """
        exponent = 0.5
        if optimizer == "sgd":
            exponent = 1.0 if self.hidden is None else 0.0
        rate = self.rates[optimizer] * (REFERENCE_FEATURES / features) ** exponent
        return float(f"{min(rate, _LARGEST_RATE):.1e}")

    def default_l2(self, features: int) -> float:
        """How much the last layer's squared weights count where a recipe doesn't say.

        An SVM's definition has them. The logistic regressions get what a fixed prior on their
        logits asks for: with more ``features``, each of which has an RMS of one, the same logits
        come of smaller weights. To two digits as well.
        """
        return float(f"{self.l2 + self.l2_per_feature * features:.1e}")


_DEEP = {"sgd": 1e-2, "adam": 1.5e-4, "adamw": 1.5e-4, "rmsprop": 8e-5}

HEADS: Mapping[HeadKind, HeadFacts] = {
    # multinomial logistic regression: no hidden layer, cross-entropy
    "softmax": HeadFacts(
        {"sgd": 4e-5, "adam": 3e-4, "adamw": 3e-4, "rmsprop": 1e-4}, l2_per_feature=_LOGISTIC_L2
    ),
    # a sigmoid for each class against all the others: binary cross-entropy
    "one-vs-rest": HeadFacts(
        {"sgd": 6e-5, "adam": 3e-4, "adamw": 3e-4, "rmsprop": 1.5e-4}, l2_per_feature=_LOGISTIC_L2
    ),
    # a linear support vector machine, of one ``margin_loss``
    "svm": HeadFacts(
        {"sgd": 1.5e-5, "adam": 1.5e-4, "adamw": 1.5e-4, "rmsprop": 8e-5}, l2=1e-4, smooths=False
    ),
    # fully connected layers, and those behind new convolutions (3 x 3, padded); both end in softmax
    "fc": HeadFacts(_DEEP, hidden=(256,)),
    "conv": HeadFacts(_DEEP, hidden=(), channels=(256,)),
    # each class's mean feature and its likeness to an image's, learned in one pass
    "nearest-mean": HeadFacts({}, smooths=False),
}
