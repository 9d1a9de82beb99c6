"""What a recipe's stages learn and cost on this machine: parameters, epoch times, memory."""

from dataclasses import dataclass
from functools import lru_cache
from time import monotonic

from PySide6.QtCore import QCoreApplication, QLocale

from core.common import lazy
from core.common.messages import ThawError, fill
from core.compute import estimate, memory
from core.compute.estimate import MemoryNeed, StageFacts
from gui.base import words as base_words
from gui.base.words import say
from gui.recipe.stage_parts import listed
from gui.session.engine import EngineState
from gui.session.session import Session

_STILL_TRUE = 2.0  # seconds: asking the system takes longer than all else at a change


@dataclass(frozen=True)
class FreeMemory:
    """Bytes that are free: this machine's, or ``on_card`` those of its graphics card."""

    size: int
    on_card: bool = False


def free_memory(session: Session) -> FreeMemory:
    """What is free for ``session``'s recipe; on the machine until PyTorch tells of a card."""
    is_loaded = session.engine.state == EngineState.READY
    on_card = is_loaded and _is_card(session.recipe.device)
    return _free(on_card, monotonic() // _STILL_TRUE)


@lru_cache(maxsize=2)
def _free(on_card: bool, _now: float) -> FreeMemory:
    return FreeMemory(_card_memory() if on_card else memory.available(), on_card)


@lru_cache
def _is_card(device: str) -> bool:
    """Whether a recipe's ``device`` is a card with memory of its own; Apple's has the machine's."""
    if device in ("cpu", "mps"):
        return False
    try:
        return bool(lazy.load("compute.devices").choose(device) == "cuda")
    except ThawError:  # no such device: told where training would begin
        return False


def _card_memory() -> int:
    """Bytes free on the card, with those that PyTorch holds for later."""
    import torch

    free, _ = torch.cuda.mem_get_info()
    return int(free + torch.cuda.memory_reserved() - torch.cuda.memory_allocated())


translate = QCoreApplication.translate
_GIGABYTE = 10**9


@dataclass(frozen=True)
class Fact:
    """What ``name`` says of a stage: a value, the ``words`` around it ("{value} train"), and
    ``hint``, what it means. ``is_doubtful``: it does not look as if it could go well."""

    name: str
    value: str
    words: str
    hint: str
    is_doubtful: bool = False

    def in_words(self, value: str | None = None) -> str:
        """The words with the value, or what stands for it, in its place."""
        return fill(self.words, {"value": value or self.value})


def facts(
    found: StageFacts, classes: int | None, seconds: float | None, measured: bool, free: FreeMemory
) -> list[Fact]:
    """The facts of a stage, in order. ``seconds`` are those of an epoch, None while they aren't
    known; ``measured``: in epochs of the present run. ``free`` is the memory that is left."""
    told = [_trainable(found, classes), _frozen(found), _memory(found.memory, free), _kept(found)]
    if seconds is not None:
        told.insert(2, _epoch(seconds, measured))
    return told


def _trainable(found: StageFacts, classes: int | None) -> Fact:
    hint = translate("facts", "Weights and biases that this stage changes: {count}.")
    if classes is None:
        hint = translate(
            "facts",
            "Weights and biases that this stage changes, the head's not counted: they follow from "
            "the dataset's classes.",
        )
    value, words = base_words.parameters(found.trainable), translate("facts", "{value} train")
    if classes is None and not found.trainable:
        value, words = translate("facts", "the head"), translate("facts", "only {value} trains")
    return Fact(
        "trainable",
        value,
        words,
        fill(hint, {"count": base_words.count(found.trainable)}),
    )


def _frozen(found: StageFacts) -> Fact:
    hint = translate("facts", "Weights and biases that stay, bit for bit, as they are: {count}.")
    if found.passed:
        hint = translate(
            "facts",
            "Weights and biases that stay, bit for bit, as they are: {count}. Those of block "
            "{blocks} are passed by the gradient on its way to a thawed block before them, so "
            "they cost nearly as much time as if they learned.",
        )
    values = {"count": base_words.count(found.frozen), "blocks": listed(found.passed)}
    value, words = base_words.parameters(found.frozen), translate("facts", "{value} frozen")
    return Fact("frozen", value, words, fill(hint, values))


def _epoch(seconds: float, measured: bool) -> Fact:
    if measured:
        hint = translate("facts", "As measured in the present run, in epochs like this stage's.")
    else:
        hint = translate(
            "facts",
            "Expected from a short measurement of this machine; while such a stage trains, its own "
            "epochs correct it. The first epoch takes longer where features must be computed.",
        )
    words = translate("facts", "{value} an epoch")
    return Fact("epoch", base_words.duration(seconds), words, hint)


def _memory(need: MemoryNeed, free: FreeMemory) -> Fact:
    lines = [
        translate("facts", "What training takes at most, on top of the program itself:"),
        _line(translate("facts", "weights"), need.weights),
        _line(translate("facts", "gradients"), need.gradients),
        _line(translate("facts", "what the optimizer keeps"), need.optimizer),
        _line(translate("facts", "outputs of layers"), need.activations),
        _line(translate("facts", "pictures and features of a batch"), need.pictures),
    ]
    is_doubtful = need.total > free.size
    lines.append(fill(_left(is_doubtful, free.on_card), {"size": _size(free.size)}))
    words = translate("facts", "{value} of memory")
    return Fact("memory", _size(need.total), words, "\n".join(lines), is_doubtful)


def _left(is_doubtful: bool, on_card: bool) -> str:
    """The sentence on what is free, and what may come of it where that is not enough."""
    if on_card and is_doubtful:
        return translate(
            "facts", "Only {size} are free on the graphics card: the training may fail there."
        )
    if on_card:
        return translate("facts", "{size} are free on the graphics card.")
    if is_doubtful:
        return translate(
            "facts", "Only {size} are free on this machine: the system may end the training."
        )
    return translate("facts", "{size} are free on this machine.")


def _line(words: str, size: int) -> str:
    return say("facts", "• {words}: {size}", words=words, size=_size(size))


def _size(size: int) -> str:
    """Bytes, no finer than an estimate is: "320 MB", "1.2 GB"."""
    digits = 1 if size >= _GIGABYTE else 0
    shown = QLocale().formattedDataSize(size, digits, QLocale.DataSizeFormat.DataSizeSIFormat)
    return shown.replace(" ", base_words.NBSP)


def _kept(found: StageFacts) -> Fact:
    if not found.kept_bytes:
        return Fact(
            "kept",
            translate("facts", "none"),
            translate("facts", "features kept: {value}"),
            translate(
                "facts",
                "Features of frozen blocks are kept only below the first thawed block, and of "
                "pictures that come again.",
            ),
        )
    hint = translate(
        "facts",
        "The boundary: the blocks up to here don't change, so their outputs are computed once and "
        "kept, on the disk where there is room: {size}. Only what is above is computed in each "
        "epoch.",
    )
    after = say("facts", "after block {block}", block=found.boundary)
    hint = fill(hint, {"size": _size(found.kept_bytes)})
    return Fact("kept", after, translate("facts", "features kept {value}"), hint)


def classes_of(session: Session) -> int | None:
    """The count of classes of the open dataset."""
    return None if session.summary is None else len(session.summary.classes)


def facts_of(session: Session, index: int) -> StageFacts:
    """The facts of a stage, from 0; while no dataset is open, as if the head had no output."""
    parts = session.split
    held_out = len(parts.validation) + len(parts.test) if parts is not None else 0
    counts = (len(parts.train), held_out) if parts is not None else (1, 0)
    classes = classes_of(session) or 0
    return estimate.stage_facts(session.recipe, index, session.engine.speed, *counts, classes)


def from_each_block(session: Session, index: int) -> tuple[float, ...]:
    """Seconds of an epoch of a stage, from 0, with every block frozen, and thawed from each block
    on; empty while they aren't known. Those that the present run has shown are as it was."""
    recipe, speed, parts = session.recipe, session.engine.speed, session.split
    if speed is None or parts is None:
        return ()
    counts = len(parts.train), len(parts.validation)
    seen, depth, stage = session.measured_epochs(), recipe.model.depth, recipe.stages[index]
    seconds = []
    for first in (depth + 1, *range(1, depth + 1)):
        thawed = tuple(range(first, depth + 1))
        stages = (stage.model_copy(update={"thawed": thawed}),)
        alone = recipe.model_copy(update={"stages": stages})
        expected = estimate.estimate(alone, speed, *counts)
        seconds.append(seen.refined(expected, alone).epochs[0])
    return tuple(seconds)
