"""An augmentation as Python code for torchvision's transforms v2 or for Albumentations 2.

Every effect is there, and comments in the code say where a library does it differently. Written
after https://albumentations.ai/docs/api-reference/albumentations (version 2.0.8).
"""

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from core.augmentation.augment import operations
from core.augmentation.effects.all import RECORDS
from core.augmentation.effects.code import Step, number
from core.recipe.config import EFFECTS, AugmentationConfig, Effect

_ONE = "# TrivialAugment (Mueller and Hutter, 2021): one of these, all equally likely."
_TORCHVISION = """\
# Augmentation as in Thaw, for torchvision 0.21 or later; the random numbers are others.
# augment(picture) is the changed picture; both are RGB, uint8 tensors [3, {size}, {size}].
"""
_ALBUMENTATIONS = """\
# Augmentation as in Thaw, for Albumentations 2; the random numbers are others.
# augment(image=picture)["image"] is the changed picture; both are RGB, uint8 [{size}, {size}, 3].
"""
_INDENT = " " * 8

_Write = Callable[[Effect, AugmentationConfig, int], Step]


def torchvision_code(config: AugmentationConfig, size: int = 224) -> str:
    """Python that makes ``augment``, what ``config`` does to pictures of ``size`` pixels a side."""
    chosen = list(_chosen(config, _torchvision, "v2.Identity()", size))
    lines = [
        f"v2.RandomApply([{one.code}], p={number(one.probability)})"
        if one.probability < 1
        else one.code
        for one in chosen
    ]
    if config.policy == "trivial":
        made = f"{_ONE}\naugment = v2.RandomChoice(\n{_listed(chosen, lines)}\n)"
    else:
        made = f"augment = v2.Compose(\n{_listed(chosen, lines)}\n)"
    imports = {
        "random.": "import random\n",
        "torch.": "import torch",
        "v2.": "from torchvision.transforms import v2",
    }
    return _TORCHVISION.format(size=size) + _program(chosen, made, imports)


def albumentations_code(config: AugmentationConfig, size: int = 224) -> str:
    """Python that makes ``augment``, what ``config`` does to pictures of ``size`` pixels a side."""
    chosen = list(_chosen(config, _albumentations, "A.NoOp(p=1)", size))
    listed = _listed(chosen, [one.code for one in chosen])
    if config.policy == "trivial":
        inner = textwrap.indent(f"{_ONE}\nA.OneOf(\n{listed},\n    p=1,\n)", _INDENT)
        listed = f"    [\n{inner},\n    ]"
    made = f"augment = A.Compose(\n{listed}\n)"
    imports = {"random.": "import random\n", "A.": "import albumentations as A"}
    imports |= {"cv2.": "import cv2", "np.": "import numpy as np"}
    return _ALBUMENTATIONS.format(size=size) + _program(chosen, made, imports)


def _torchvision(effect: Effect, config: AugmentationConfig, size: int) -> Step:
    step = RECORDS[effect.name].torchvision(config, size)
    return (
        replace(step, probability=getattr(config, effect.probability)) if effect.has_range else step
    )


def _albumentations(effect: Effect, config: AugmentationConfig, size: int) -> Step:
    probability = number(getattr(config, effect.probability))
    return RECORDS[effect.name].albumentations(config, size, probability)


def _chosen(config: AugmentationConfig, write: _Write, nothing: str, size: int) -> Iterator[Step]:
    """The transforms in their order, or all that one is chosen of; at least one."""
    is_trivial = config.policy == "trivial"
    for one in operations(config.fill_mode, config.fill_color) if is_trivial else (config,):
        on = [effect for effect in EFFECTS if effect.is_on(one)]
        yield from [write(effect, one, size) for effect in on] or [Step(nothing)]


def _listed(steps: Iterable[Step], lines: Iterable[str]) -> str:
    """The transforms as a list that is the first argument of a call."""
    items = []
    for step, line in zip(steps, lines, strict=True):
        items += [f"# {step.note}"] * bool(step.note) + [f"{line},"]
    inner = textwrap.indent("\n".join(items), _INDENT)
    return f"    [\n{inner}\n    ]"


def _program(steps: Iterable[Step], made: str, imports: Mapping[str, str]) -> str:
    helpers = list(dict.fromkeys(one.helper for one in steps if one.helper))
    text = "\n\n\n".join([*helpers, made])
    needed = "\n".join(line for used, line in imports.items() if used in text)
    blank = "\n\n\n" if text.startswith("def ") else "\n\n"
    return f"{needed}{blank}{text}\n"
