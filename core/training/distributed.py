"""Training one recipe in several processes (ranks): communication, shared features, the run.

Only tensors travel, never pickled objects. What the ranks agree on (counts, sums, requests to
stop) goes over gloo, on the processor, so that a rank that dies is noticed at once. The gradients
of a GPU go over NCCL.

All ranks ask for the same batches at the same time. What of kept features some rank lacks is
computed before the first batch, shared out evenly; with one feature cache that is all.
Only the first rank writes the run; the others follow it in memory.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch import Tensor

from core.common.files import Contents
from core.common.messages import ThawError
from core.compute.feature_plan import Key
from core.compute.features.source import Computed, FeatureBatch, FeatureSource, Skipped
from core.compute.loaders import Augmenting, picture_of, pictures_of
from core.compute.numerics import Halved
from core.images.errors import ImageError
from core.model.backbone import Stopped
from core.recipe import files as recipes
from core.runs import history
from core.runs import images as run_images
from core.runs.events import Notice
from core.runs.places import HISTORY
from core.runs.run import Run
from core.training.control import Control
from core.training.torchrun import Place

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store  # a build of torch may lack it

# A rank that dies closes its connections, which the others see at once; this is for a machine
# that hangs or whose network is cut. A batch of a few thousand pictures takes minutes.
PATIENCE = timedelta(minutes=30)
_FAILURE = "thaw/failure"
_LONGEST_FAILURE = 10_000  # letters


@dataclass(frozen=True)
class Group(Place):
    """All ranks of a training, from this one's place. This is a process alone, which has nobody
    to ask."""

    @property
    def is_alone(self) -> bool:
        return self.size == 1

    def sums(self, *numbers: float) -> list[float]:
        """Each number summed over the ranks; every rank gets the same bits."""
        return list(numbers)

    def gathered(self, rows: Tensor) -> Tensor:
        """``rows`` [n, ...] of all ranks, in rank order; n may differ, the rest may not."""
        return rows

    def from_first(self, data: bytes) -> bytes:
        """The first rank's ``data``."""
        return data

    def wait_for_all(self) -> None:
        """Go on once every rank has come here."""
        self.sums(0)

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Let each tensor be the sum of all ranks', in place."""

    def fail(self, error: ThawError) -> None:
        """Leave word for the other ranks why this one ends."""

    def leave(self) -> None:
        """End it; a rank that still waits for this one gets an error."""


ALONE = Group()


@dataclass(frozen=True)
class ProcessGroup(Group):
    """Several processes, joined. Every method but ``fail`` is called by all ranks alike.

    Each raises ``ThawError`` where another rank has ended: with its code if it left word,
    otherwise ``rank_lost``.
    """

    store: "Store" = field(kw_only=True)

    def sums(self, *numbers: float) -> list[float]:
        with self._collective():
            values = torch.tensor(numbers, dtype=torch.float64)
            dist.all_reduce(values)
            return values.tolist()

    def gathered(self, rows: Tensor) -> Tensor:
        with self._collective():
            counts = [torch.empty(1, dtype=torch.int64) for _ in range(self.size)]
            dist.all_gather(counts, torch.tensor([len(rows)]))
            lengths = [int(one) for one in counts]
            padded = rows.new_zeros((max(lengths), *rows.shape[1:]))
            padded[: len(rows)] = rows
            parts = [torch.empty_like(padded) for _ in lengths]
            if padded.numel():
                dist.all_gather(parts, padded)
            return torch.cat([one[:length] for one, length in zip(parts, lengths, strict=True)])

    def from_first(self, data: bytes) -> bytes:
        with self._collective():
            length = torch.tensor([len(data)])
            dist.broadcast(length, 0)
            values = torch.empty(int(length), dtype=torch.uint8)
            if self.is_first and data:
                values = torch.frombuffer(bytearray(data), dtype=torch.uint8)
            if len(values):
                dist.broadcast(values, 0)
            return values.numpy().tobytes()

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        whole = torch.cat([tensor.reshape(-1) for tensor in tensors])
        with self._collective():
            dist.all_reduce(whole)
        parts = torch.split(whole, [tensor.numel() for tensor in tensors])
        for tensor, summed in zip(tensors, parts, strict=True):
            tensor.copy_(summed.view(tensor.shape))

    def fail(self, error: ThawError) -> None:
        values = {name: str(value) for name, value in error.values.items()}
        text = json.dumps([error.code, values])
        if error.code == "rank_lost" or len(text) > _LONGEST_FAILURE:
            return
        with contextlib.suppress(RuntimeError):  # its keeper may have gone as well
            self.store.compare_set(_FAILURE, "", text)  # the first one counts

    def leave(self) -> None:
        if dist.is_initialized():
            dist.destroy_process_group()

    @contextlib.contextmanager
    def _collective(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise self._lost(error) from error

    def _lost(self, error: RuntimeError) -> ThawError:
        with contextlib.suppress(RuntimeError, ValueError):
            if self.store.check([_FAILURE]):
                code, values = json.loads(self.store.get(_FAILURE))
                return ThawError(code, **values)
        lines = str(error).splitlines() or [repr(error)]
        return ThawError("rank_lost", size=self.size, reason=lines[0])


class SharedControl(Control):
    """What was asked of any rank, heard by all of them at the same place: in ``settle``."""

    def __init__(self, group: Group, asked: Control) -> None:
        super().__init__()
        self.group, self._asked = group, asked

    def settle(self, *numbers: float) -> list[float]:
        """Hear what was asked meanwhile. The ranks' ``numbers`` come along, each summed."""
        asked = self._asked
        flags = asked.stop.is_set(), asked.finishes_epoch, asked.ends_stage
        stop, finish, following, *summed = self.group.sums(*map(float, flags), *numbers)
        if stop:
            self.stop.set()
        self.finishes_epoch |= finish > 0
        self.ends_stage |= following > 0
        return summed

    def stage_begins(self) -> None:
        super().stage_begins()
        self._asked.stage_begins()


def join(place: Place, patience: timedelta = PATIENCE) -> Group:
    """Wait for the other processes that torchrun has started, and join them.

    Raises ``ThawError`` (ranks_not_joined).
    """
    # a build of torch may lack them
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    on_gpu = torch.cuda.is_available() and dist.is_nccl_available()
    # NCCL refuses two ranks on one GPU; gloo copies what a GPU holds
    on_gpu = on_gpu and place.local_size <= torch.cuda.device_count()
    try:
        common, rank, size = next(rendezvous("env://", timeout=patience))
        # torchrun keeps what those said that it started before, and they no longer listen
        store = PrefixStore(f"thaw/{place.restarts}", common)
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if on_gpu else "gloo",
            store=store,
            rank=rank,
            world_size=size,
            timeout=patience,
        )
    except (RuntimeError, ValueError) as error:
        lines = str(error).splitlines() or [repr(error)]
        raise ThawError("ranks_not_joined", size=place.size, reason=lines[0]) from error
    if torch.cuda.is_available():
        torch.cuda.set_device(place.local_rank % torch.cuda.device_count())
    return ProcessGroup(**asdict(place), store=store)


class FollowedRun(Run):
    """The run that the first rank writes. Nothing that is done to it reaches a disk."""

    _lines = b""

    def history_bytes(self) -> bytes:
        return self._lines

    def sync_history(self) -> int:
        return len(self._lines)

    def replace(self, name: str, data: Contents) -> None:
        if name == HISTORY:
            self._lines = data if isinstance(data, bytes) else b"".join(data)

    def take_up(self, lines: bytes) -> None:
        """Have the history that the first rank has."""
        self._lines = lines
        self.history = history.of_lines(lines)

    def _add_line(self, line: bytes, *, sync: bool) -> None:
        self._lines += line


def shared(group: Group, run: Run | None, directory: Path, folder: Path | None) -> Run | None:
    """The training's run on every rank: the first one gives ``run``, the others follow it.

    None where the first one has nothing to train. ``folder`` is where another rank finds the
    pictures (None: where the run has them). Raises ``ThawError`` (folder_vanished).
    """
    told = [group.from_first(part) for part in (_parts(run) if run is not None else [b""] * 4)]
    config, environment, table, lines = told
    if group.is_first or not config:
        return run
    about = json.loads(environment)
    folder = folder or Path(about["folder"])
    if not folder.is_dir():
        raise ThawError("folder_vanished", path=str(folder))
    classes = tuple(about["classes"])
    pictures = list(run_images.read(table, classes))
    followed = FollowedRun(directory, recipes.make(json.loads(config)), folder, classes, pictures)
    followed.environment, followed.created = about, about["created"]
    followed.take_up(lines)
    return followed


def _parts(run: Run) -> list[bytes]:
    texts = [json.dumps(one).encode() for one in (run.config.to_data(), run.environment)]
    return [*texts, run_images.write(run.pictures, run.classes), run.history_bytes()]


_MICRO_BATCHES_A_ROUND = 4  # of each rank, between two looks at whether one was asked to stop

_Item = FeatureBatch | Computed | Skipped | Halved | Notice
Failed = tuple[tuple[int, ImageError], ...]  # positions, each with what kept it from being read


class SharedFeatureSource(FeatureSource):
    """Gives each rank its part of every batch; ``FeatureBatch.whole`` has all of it.

    ``Skipped`` are those of all ranks. Raises ``Stopped`` on all of them at the same place.
    """

    def __init__(self, control: SharedControl, *given: Any) -> None:
        self._control, self._group = control, control.group
        super().__init__(*given)

    def batches(
        self, groups: Sequence[Sequence[int]], augmenting: Augmenting | None = None
    ) -> Iterator[_Item]:
        key = self._key(augmenting)
        failed: set[int] = set()
        if key is not None and self._is_shared(key):
            self.store.refresh()
            lacking = self._lacking(key, pictures_of(groups))
            size = self._group.size * _MICRO_BATCHES_A_ROUND * self._numerics.micro_batch
            rounds = [lacking[first : first + size] for first in range(0, len(lacking), size)]
            for item in self._in_step(rounds, augmenting, failed):
                if not isinstance(item, FeatureBatch):
                    yield item
            self.store.refresh()
            yield from self.store.notices()
        yield from self._in_step(groups, augmenting, failed)

    def _budget(self) -> int:
        return super()._budget() // self._group.local_size

    def _is_shared(self, key: Key) -> bool:
        """Whether other ranks may find what one of them keeps of ``key``."""
        self.store.check_disk()
        (on_disk,) = self._group.sums(self.store.is_on_disk(key))
        return on_disk == self._group.size

    def _lacking(self, key: Key, positions: Sequence[int]) -> list[int]:
        """Those of ``positions`` that some rank would keep and does not have."""
        wants = [self.store.keeps(key, one) and not self.store.holds(key, one) for one in positions]
        counts = self._group.sums(*map(float, wants))
        return [one for one, count in zip(positions, counts, strict=True) if count]

    def _in_step(
        self, groups: Sequence[Sequence[int]], augmenting: Augmenting | None, failed: set[int]
    ) -> Iterator[_Item]:
        """This rank's part of each group, without what is in ``failed``, which grows by the
        pictures that some rank could not read."""
        left = [[one for one in group if picture_of(one) not in failed] for group in groups]
        parts = [[group[one] for one in self._group.part(len(group))] for group in left]
        rest = iter(left)
        unread: Failed = ()
        for item in super().batches(parts, augmenting):
            match item:
                case Computed():  # the other ranks have as much to do
                    yield Computed(item.pictures * self._group.size)
                case Skipped():
                    unread = item.failed
                case FeatureBatch():
                    lost = tuple(pair for pair in self._union(unread) if pair[0] not in failed)
                    unread = ()
                    failed.update(position for position, _ in lost)
                    group = next(rest)
                    whole = tuple(one for one in group if picture_of(one) not in failed)
                    if lost:
                        yield Skipped(lost, len(group) - len(whole))
                    if whole:
                        mine = [one for one in item.positions if picture_of(one) not in failed]
                        yield replace(item, positions=tuple(mine), among=whole)
                case _:
                    yield item

    def _union(self, failed: Failed) -> Failed:
        """``failed`` of all ranks, in rank order, a picture once. Raises ``Stopped`` where one of
        them was asked to stop."""
        (count,) = self._control.settle(len(failed))
        if self._control.stop.is_set():
            raise Stopped
        if not count:
            return ()
        lines = [
            json.dumps([position, error.code, error.values], default=str)
            for position, error in failed
        ]
        text = "".join(f"{line}\n" for line in lines).encode()
        letters = self._group.gathered(torch.tensor(list(text), dtype=torch.uint8))
        told = list(map(json.loads, letters.numpy().tobytes().decode().splitlines()))
        errors = {position: ImageError(code, **values) for position, code, values in told[::-1]}
        return tuple((one, errors[one]) for one in dict.fromkeys(position for position, *_ in told))
