"""The events of a training, as frozen dataclasses of plain Python values.

The trainer yields them, the run writes each but ``Preparing`` as one line of ``history.jsonl``,
and the command line prints the same lines with ``--events``. A reader ignores fields that it
doesn't know and fills those that are missing with their defaults, so old histories open.
"""

import json
from collections.abc import Generator
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import Field, PlainValidator, TypeAdapter, ValidationError

Count = Annotated[int, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]
FileName = Annotated[str, PlainValidator(str)]  # with undecodable bytes as lone surrogates
Outcome = Literal["finished", "stopped", "failed"]
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Score:
    """Mean loss and share of right answers over a number of pictures, each counting alike,
    with class weights too."""

    loss: float
    accuracy: Share
    images: Count

    @property
    def correct(self) -> int:
        """How many pictures were right."""
        return round(self.accuracy * self.images)


@dataclass(frozen=True)
class RunStarted:
    """The run is set up. ``majority`` is the validation accuracy of always answering the
    class that training holds most of; ``epochs`` and ``thawed`` have one entry a stage."""

    classes: tuple[FileName, ...] = ()
    train_images: int = 0
    validation_images: int = 0
    test_images: int = 0
    majority: float = 0.0
    epochs: tuple[int, ...] = ()
    thawed: tuple[tuple[int, ...], ...] = ()
    depth: int = 5
    preset: str = "custom"


@dataclass(frozen=True)
class Preparing:
    """What takes a while before the run is set up: a code of ``core.common.messages``. It is no
    part of a run's history, so neither ``history.jsonl`` nor ``--events`` has it."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StageStarted:
    """A stage begins. ``boundary`` counts the leading frozen blocks; ``cached`` says whether
    their outputs are computed only once. The rates are those that its schedule starts from,
    ``backbone_learning_rate`` that of the fastest block, 0 if all is frozen. ``keep`` is the rule
    by which its epochs become the best, as ``StageConfig`` has it."""

    stage: int
    epochs: int = 0
    thawed: tuple[int, ...] = ()
    augmented: bool = False
    boundary: int = 5
    cached: bool = True
    trainable_parameters: int = 0
    learning_rate: float = 0.0
    backbone_learning_rate: float = 0.0
    keep: str = "accuracy"


@dataclass(frozen=True)
class CacheProgress:
    """The frozen blocks' outputs are being computed: ``done`` of ``total`` pictures.

    ``seconds_left`` is for the rest of them; ``epoch_seconds`` is what an epoch is expected
    to cost afterwards. Both are None until measured.
    """

    stage: int
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    epoch_seconds: float | None = None


@dataclass(frozen=True)
class BatchFinished:
    """One optimizer step. ``pictures`` are the first few of the batch, relative to the
    dataset folder; ``repeats`` how often each was learned from before in the epoch (empty:
    never). The rates are those of the step: the head's, and that of the fastest block (0: all is
    frozen); None in histories that don't tell."""

    stage: int
    epoch: int
    batch: int = 0
    batches: int = 0
    images: int = 0
    loss: float = 0.0
    accuracy: float = 0.0
    pictures: tuple[FileName, ...] = ()
    repeats: tuple[int, ...] = ()
    learning_rate: float | None = None
    backbone_learning_rate: float | None = None


@dataclass(frozen=True)
class EpochFinished:
    """One pass over the training pictures, and its validation. Training figures are taken
    while learning, on augmented pictures where augmentation is on.

    ``block_changes`` has one entry a kept block: how far its weights have come since the stage
    first began, as the L2 norm of their change over their norm then (0.1: a tenth of it), and
    exactly 0 for a frozen block. ``memory`` is the most bytes that the training process has had
    since it began, in memory (``core.compute.memory.peak``) and on a CUDA device together; as the
    ``seconds``, it differs where a run is resumed. Empty and 0 in histories that don't tell;
    ``block_changes`` is empty also where the weights that the stage began with were lost."""

    stage: int
    epoch: int
    train: Score
    validation: Score
    seconds: float = 0.0
    is_best: bool = False
    block_changes: tuple[float, ...] = ()
    memory: int = 0


@dataclass(frozen=True)
class StageEnded:
    """``stage`` ends with ``epoch``, before its planned end: because a person said so, or, with
    the ``reason`` "patience", the recipe. Written before that epoch's ``EpochFinished``; a
    resumed run ends the stage there too."""

    stage: int
    epoch: int
    reason: str = ""


@dataclass(frozen=True)
class StageCompared:
    """What ``stage``, the last one, gained over the stage ``before``, in which the head alone was
    trained, by the epoch that each would keep: of the images of ``part`` ("test", or "validation"
    where there are none) how many both, only one or neither of the two predicts correctly."""

    stage: int
    before: int
    part: Literal["validation", "test"] = "validation"
    both: Count = 0
    only_before: Count = 0
    only_after: Count = 0
    neither: Count = 0

    @property
    def images(self) -> int:
        """On how many images they were compared."""
        return sum(self.counts)

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Predicted correctly by both, by ``before`` only, by ``stage`` only, by neither."""
        return self.both, self.only_before, self.only_after, self.neither

    @property
    def gain(self) -> float:
        """The accuracy of ``stage`` less that of ``before``, as a share of 1."""
        return (self.only_after - self.only_before) / self.images if self.images else 0.0


@dataclass(frozen=True)
class RunExtended:
    """A person gave ``stage``, the last one, so many more ``epochs``; ``planned`` is how many it
    was to have until then, if it did not end early (0 in histories that don't tell)."""

    stage: int
    epochs: int
    planned: int = 0


@dataclass(frozen=True)
class RunResumed:
    """The run goes on where it was kept: ``batch`` batches of ``epoch`` of ``stage`` are done
    (none: the epoch begins), after ``epochs`` whole epochs of the run. What an earlier reader
    saw beyond that happens again."""

    stage: int = 1
    epoch: int = 1
    batch: int = 0
    epochs: int = 0


@dataclass(frozen=True)
class Notice:
    """Something a person should know that doesn't end the run: a code of
    ``core.common.messages``."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class RunFinished:
    """Always the last. ``code`` and ``values`` say why a run failed."""

    outcome: Outcome
    best_stage: int = 0
    best_epoch: int = 0
    seconds: float = 0.0
    code: str = ""
    values: dict[str, Any] = field(default_factory=dict)


Event = (
    Preparing
    | RunStarted
    | StageStarted
    | CacheProgress
    | BatchFinished
    | EpochFinished
    | StageEnded
    | StageCompared
    | RunExtended
    | RunResumed
    | Notice
    | RunFinished
)
_KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}


def unheard(steps: Generator[Any, None, _Result]) -> _Result:
    """What ``steps`` return, whatever they say meanwhile."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _Result = end.value
            return result


def to_json(event: Event) -> str:
    """One line of JSON, without its newline.

    Only ASCII: a file name may hold a line separator or an undecodable byte, and a pipe on
    Windows may take no other letters.
    """
    return json.dumps({"event": type(event).__name__, **asdict(event)})


def from_json(line: str | bytes) -> Event | None:
    """The event of one line, or None for a kind that this version doesn't know.

    Raises ``ValueError`` for a line that is no JSON object, lacks a needed field or has a value
    that its field cannot hold.
    """
    data = json.loads(line)  # pydantic's own reader refuses lone surrogates
    if not isinstance(data, dict):
        raise ValueError("an event is a JSON object")
    kind = str(data.get("event"))
    if kind not in _KINDS:
        return None
    try:
        return _reader(kind).validate_python(data)
    except ValidationError as error:
        wrong = error.errors()[0]
        raise ValueError(f"{kind}.{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


@cache
def _reader(kind: str) -> TypeAdapter[Event]:
    return TypeAdapter(_KINDS[kind])
