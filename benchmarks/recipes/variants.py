"""The recipes that are tried: the present default, and one factor changed at a time."""

import json
from collections.abc import Mapping
from typing import Any

from core.recipe import files as recipes
from core.recipe.config import RunConfig
from core.training.rates import learning_rates

HEAD_EPOCHS, TUNING_EPOCHS = 20, 10
_COSINE = {"schedule": "cosine"}
_LIGHT = {"rotation": 10, "scale": [0.9, 1.1], "translation": 0.05, "fill_mode": "reflect"}

_GENTLE = {
    **{"warmup_epochs": 2.0, "feature_dropout": 0.5},
    **{"head_rate": 0.3, "backbone_factor": 0.2},
}

# What all stages, and what stage 2, have beside the default; "head_rate" is a factor on the head's
# own learning rate, "views" the cached views of a light augmentation.
VARIANTS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any] | None]] = {
    "constant": ({}, {}),
    "head only, constant": ({}, None),
    "head only, cosine": (_COSINE, None),
    "cosine": (_COSINE, {}),
    "cosine, warm-up": ({**_COSINE, "warmup_epochs": 1}, {}),
    "one-cycle": ({"schedule": "one-cycle"}, {}),
    "cosine, stage 2 head rate x 0.1": (_COSINE, {"head_rate": 0.1}),
    "cosine, backbone factor 0.3": (_COSINE, {"backbone_factor": 0.3}),
    "cosine, backbone factor 0.03": (_COSINE, {"backbone_factor": 0.03}),
    "cosine, 5 light views in stage 2": (_COSINE, {"views": 5}),
    "cosine, label smoothing 0.1": ({**_COSINE, "label_smoothing": 0.1}, {}),
    "cosine, weight decay 0.1": ({**_COSINE, "weight_decay": 0.1}, {}),
    "cosine, blocks 4 and 5": (_COSINE, {"thawed": [4, 5]}),
    # a finalist: what helped, together
    "cosine, stage 2 gentle": (_COSINE, _GENTLE),
}


def recipe(variant: str, size: int, seed: int) -> RunConfig:
    """The recipe of ``variant`` at ``size`` px; as many epochs with stage 2 as without."""
    both, second = VARIANTS[variant]
    augmentation: dict[str, Any] = {}
    plain = {
        **{"schedule": "constant", "warmup_epochs": 0.0},
        **{"augment": False, "feature_dropout": 0.0},
    }
    stages = [{"epochs": HEAD_EPOCHS, **plain, **both}]
    if second is None:
        stages[0]["epochs"] = HEAD_EPOCHS + TUNING_EPOCHS
    else:
        tuning = {**stages[0], "epochs": TUNING_EPOCHS, "thawed": [5], **second}
        if views := tuning.pop("views", 0):
            augmentation = {**_LIGHT, "cached_views": views}
            tuning["augment"] = True
        factor = tuning.pop("head_rate", 1)
        head, _ = learning_rates(_made(size, seed, stages, augmentation), 0)
        tuning["learning_rate"] = factor * head
        tuning.setdefault("backbone_factor", 0.1 / factor)  # the backbone's own rate stays
        stages.append(tuning)
    return _made(size, seed, stages, augmentation)


def _made(
    size: int, seed: int, stages: list[dict[str, Any]], augmentation: Mapping[str, Any]
) -> RunConfig:
    settings = [f"seed={seed}", f"dataset.image_size={size}", f"stages={json.dumps(stages)}"]
    settings += [f"augmentation.{name}={json.dumps(one)}" for name, one in augmentation.items()]
    return recipes.load([], settings)
