"""In what runs differ: their recipes field by field, their pictures, the machine they ran on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from hashlib import blake2b
from typing import Any, Final

from core.common.messages import SENTENCES
from core.dataset.folder import key_of, printable
from core.recipe import network
from core.recipe.config import EFFECTS, AugmentationConfig, RunConfig, StageConfig, about
from core.runs.archive import is_full_path
from core.runs.images import PARTS
from core.runs.run import Run

Told = tuple[str, Mapping[str, object]]  # a code of ``core.common.messages`` and its values


class Absent(Enum):
    """What stands where a run has no such field, or one that counts for nothing: a stage less, an
    effect that is off, the rate of blocks that are frozen, what its files don't tell."""

    STAGE = "value_absent"
    OFF = "value_off"
    UNUSED = "value_unused"
    UNKNOWN = "value_unknown"


@dataclass(frozen=True)
class Pictures:
    """So many pictures; ``digest`` is the same for the same contents with the same labels."""

    count: int
    digest: str


@dataclass(frozen=True)
class Difference:
    """A field by its dotted key, and its plain value in each run, or ``Absent``.

    Beside a recipe's keys there are ``folder``, ``pictures.train`` and so on (``Pictures``), and
    ``environment.device`` and so on. The key of a stage that not all runs have is
    ``stages.<number>`` alone, its value the whole stage.
    """

    key: str
    values: tuple[Any, ...]


_ENVIRONMENT = ("device", "accelerator", "processor", "precision", "threads", "processes")
_EFFECT_OF: Final = {f"augmentation.{field}": one for one in EFFECTS for field in one.fields}
_OF_X_AND_Y = ("translation", "shear")  # two numbers that are not the ends of a range
_OF_FILL: Final = ("fill_mode", "fill_color", "cached_views", "seed")


def differences(runs: Sequence[Run]) -> tuple[Difference, ...]:
    """What is not the same in all ``runs``: pictures first, then the recipe, then the machine."""
    shared = min(len(run.config.stages) for run in runs)
    flat = [dict(_flat(run, shared)) for run in runs]
    keys = dict.fromkeys(key for one in flat for key in one)
    found = []
    for key in sorted(keys, key=_place):
        missing = Absent.STAGE if key.startswith("stages.") else Absent.UNKNOWN
        values = tuple(one.get(key, missing) for one in flat)
        if _differ(key, values):
            found.append(Difference(key, values))
    return tuple(found)


def without_places(found: Sequence[Difference]) -> tuple[Difference, ...]:
    """The same for other people: of a folder or file only what tells it from the others'."""
    return tuple(replace(one, values=tuple(told_apart(one.values))) for one in found)


def told_apart(texts: Sequence[Any]) -> list[Any]:
    """``texts`` with each full path as the last names that tell it from the others; what is no
    full path stays."""
    names = {
        one: [name for name in re.split(r"[/\\]", one) if name]
        for one in texts
        if isinstance(one, str) and is_full_path(one)
    }

    def ending(mine: list[str]) -> str:
        others = [one for one in names.values() if one != mine]
        for count in range(1, len(mine)):
            if all(one[-count:] != mine[-count:] for one in others):
                return "/".join(mine[-count:])
        return "/".join(mine)

    return [ending(names[one]) if isinstance(one, str) and one in names else one for one in texts]


def validation_pictures(run: Run) -> frozenset[tuple[str, str, str]]:
    """The (path, class, content hash) of each picture that validates ``run``."""
    return frozenset((one.key, run.classes[one.label], one.hash) for one in run.used("validation"))


def _place(key: str) -> int:
    """Stable: within each part the order is the recipe's own."""
    order = ("folder", "pictures", "dataset", "model", "stages", "augmentation")
    part = key.partition(".")[0]
    if part in order:
        return order.index(part)
    return len(order) + (part == "environment")


def _differ(key: str, values: Sequence[Any]) -> bool:
    if all(one == values[0] for one in values):
        return False
    unused = (Absent.UNUSED, Absent.OFF)
    effect = _EFFECT_OF.get(key)
    if not any(one in unused for one in values) or (effect and key.endswith(f".{effect.name}")):
        return True
    # that it counts in some runs alone is told by another field; here, what it is there
    there = [one for one in values if one not in unused]
    return any(one != _default(key) for one in there)


def _default(key: str) -> Any:
    part, _, rest = key.partition(".")
    if part == "stages":
        return StageConfig().model_dump(mode="json").get(rest.partition(".")[2])
    return AugmentationConfig().model_dump(mode="json").get(rest)


def _flat(run: Run, shared: int) -> Iterator[tuple[str, Any]]:
    yield "folder", printable(str(run.folder))
    for part in PARTS:
        yield f"pictures.{part}", _pictures(run, part)
    yield from _recipe(run.config, shared)
    for name in _ENVIRONMENT:
        yield f"environment.{name}", run.environment.get(name, Absent.UNKNOWN)
    versions = run.environment.get("versions", {})
    yield "environment.versions.torch", versions.get("torch", Absent.UNKNOWN)


def _recipe(config: RunConfig, shared: int) -> Iterator[tuple[str, Any]]:
    data, head = config.to_data(), config.model.head
    stages, augmentation = data.pop("stages"), data.pop("augmentation")
    data.pop("schema")
    # what a head or a stage has by default is no difference from the same written out
    data["model"]["head"]["hidden"] = list(head.hidden_widths)
    data["model"]["head"]["channels"] = list(head.new_channels)
    data["model"]["head"]["l2"] = network.of_recipe(config, classes=2).l2
    yield from leaves("", data)
    for number, stage in enumerate(stages):
        stage["feature_dropout"] = config.stages[number].dropped_features
        stage["warmup_epochs"] = config.stages[number].warmup()
        stage["keep"] = config.stages[number].kept_by
        if number < shared:
            unused = config.unused(config.stages[number], number)
            unused.pop("warmup_epochs", None)  # the rise of one-cycle is the schedule's own
            counting = {name: Absent.UNUSED if name in unused else stage[name] for name in stage}
            yield from leaves(f"stages.{number}", counting)
        else:
            yield f"stages.{number}", stage
    for name, value in augmentation.items():
        key = f"augmentation.{name}"
        effect = _EFFECT_OF.get(key)
        if effect is not None and not effect.is_on(config.augmentation):
            value = Absent.OFF
        elif name in _OF_FILL and config.augmentation.is_identity:
            value = Absent.UNUSED
        yield key, value


def leaves(key: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each (dotted key, plain value) below ``key``; a normalisation in numbers is one field."""
    if not isinstance(value, dict) or key.endswith("normalization"):
        yield key, value
        return
    for name, inner in value.items():
        yield from leaves(f"{key}.{name}" if key else name, inner)


def _pictures(run: Run, part: str) -> Pictures:
    used = run.used(part)
    rows = sorted(f"{run.classes[one.label]}\0{one.hash or key_of(one.path)}" for one in used)
    digest = blake2b("\n".join(rows).encode("utf-8", "surrogateescape"), digest_size=8)
    return Pictures(len(rows), digest.hexdigest())


# -- in words -----------------------------------------------------------------------------------


def field_name(key: str) -> Told | str:
    """What the field of ``key`` is called; the key itself where it has no name."""
    part, _, rest = key.partition(".")
    if part != "stages":
        code = f"field_{key}"
        return (code, {}) if code in SENTENCES else key
    number, _, field = rest.partition(".")
    stage = {"stage": int(number) + 1}
    if not field:
        return "field_stages", stage
    code = f"field_stages.{field}"
    if code not in SENTENCES:
        return key
    named: Told = (code, {})
    unit = f"unit_{about(StageConfig.model_fields[field]).unit}"
    if SENTENCES.get(unit, "")[:1] == "×":
        named = "field_unit", {"field": named, "unit": (unit, {})}
    return "field_stage", {**stage, "field": named}


def shown(difference: Difference, number: int) -> Told | str:
    """The value that the run of ``number`` (from 0) has there."""
    value = difference.values[number]
    if isinstance(value, Pictures):
        first = difference.values[0]
        is_other = number > 0 and value != first and value.count == first.count
        return "value_other_pictures" if is_other else "value_pictures", {"count": value.count}
    return shown_value(difference.key, value)


def shown_value(key: str, value: Any) -> Told | str:
    """The plain ``value`` of the field of ``key`` in words."""
    match value:
        case Absent():
            return value.value, {}
        case None:
            return _empty(key), {}
        case bool():
            return ("value_yes" if value else "value_no"), {}
        case {"thawed": thawed, "epochs": epochs}:
            if not thawed:
                return "value_stage_head", {"epochs": epochs}
            return "value_stage", {"epochs": epochs, "blocks": _blocks(thawed)}
        case dict():
            return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
        case str() if key == "model.head.kind" and f"value_head_{value}" in SENTENCES:
            return f"value_head_{value}", {}
        case int() if key == "dataset.image_size":
            return "value_pixels", {"size": value}
        case []:
            return "value_none", {}
        case list() if key.endswith(".thawed"):
            return _blocks(value)
        case [low, high] if key.startswith("augmentation."):
            is_pair = key.rpartition(".")[2] in _OF_X_AND_Y
            code = "value_pair" if is_pair else "value_range"
            words = {"low": _plain(low), "high": _plain(high)}
            return code, {**words, "first": _plain(low), "second": _plain(high)}
        case _:
            return _plain(value)


def _empty(key: str) -> str:
    if key.endswith(".learning_rate"):
        return "value_head_rate"
    if key in ("threads", "micro_batch"):
        return "value_measured"
    return "value_default" if key.startswith("model.head.") else "value_none"


def _blocks(thawed: Sequence[int]) -> Told:
    if not thawed:
        return "value_none", {}
    if len(thawed) == 1:
        return "value_block", {"number": thawed[0]}
    return "value_blocks", {"numbers": ", ".join(map(str, thawed))}


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "\N{MINUS SIGN}" if value < 0 else "-", 1)
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return printable(str(value))
