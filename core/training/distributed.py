"""The processes that train one recipe together, and what they tell each other.

Only tensors travel, never pickled objects. What the ranks agree on (counts, sums, asks to stop)
always goes over gloo, on the processor, so that a rank that dies is noticed at once; the
gradients of a GPU go over NCCL.
"""

import contextlib
import inspect
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Protocol

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from core.common.messages import ThawError
from core.compute import devices
from core.training.control import Control
from core.training.torchrun import Place, part

# A rank that dies closes its connections, which the others see at once; this is for a machine
# that hangs or whose network is cut. A batch of a few thousand pictures takes minutes.
PATIENCE = timedelta(minutes=30)
# Each rank knows the head's scale. The argument's name changed in torch 2.13.
_BUFFERS_STAY: dict[str, Any] = {
    "forward_sync_buffers"
    if "forward_sync_buffers" in inspect.signature(DistributedDataParallel).parameters
    else "broadcast_buffers": False
}
_FAILURE = "thaw/failure"
_LONGEST_FAILURE = 10_000  # letters


class Group:
    """All ranks of a training. This one is a process alone, which has nobody to ask."""

    place = Place()

    @property
    def rank(self) -> int:
        return self.place.rank

    @property
    def size(self) -> int:
        return self.place.size

    @property
    def is_alone(self) -> bool:
        return self.size == 1

    @property
    def is_first(self) -> bool:
        """Whether this is the rank that writes the run and talks to the person."""
        return self.place.is_first

    def part(self, count: int) -> range:
        """This rank's contiguous share of ``count`` things."""
        return part(count, self.rank, self.size)

    def sums(self, *numbers: float) -> list[float]:
        """Each number summed over the ranks; every rank gets the same bits."""
        return list(numbers)

    def gathered(self, rows: Tensor) -> Tensor:
        """``rows`` [n, ...] of all ranks, in rank order; n may differ, the rest may not."""
        return rows

    def from_rank(self, rank: int, values: Tensor) -> None:
        """Fill ``values`` with those of ``rank``."""

    def from_first(self, data: bytes) -> bytes:
        """The first rank's ``data``."""
        return data

    def wait_for_all(self) -> None:
        """Go on once every rank has come here."""

    def replicate(self, module: nn.Module) -> nn.Module:
        """``module`` with the first rank's weights, whose passes stand in ``passing``."""
        return module

    @contextlib.contextmanager
    def passing(self, module: nn.Module, *, is_last: bool) -> Iterator[None]:
        """A pass of a replicated ``module`` and its gradient. They add up on this rank, and with
        a batch's last one become the mean over the ranks."""
        yield

    def fail(self, error: ThawError) -> None:
        """Leave word for the other ranks why this one ends."""

    def leave(self) -> None:
        """End it; a rank that still waits for this one gets an error."""


ALONE = Group()


class Store(Protocol):
    """What is used of ``torch.distributed.Store``, which a build of torch may lack."""

    def check(self, keys: list[str]) -> bool: ...

    def get(self, key: str) -> bytes: ...

    def compare_set(self, key: str, expected: str, desired: str) -> object: ...


class ProcessGroup(Group):
    """Several processes, joined. Every method but ``fail`` is called by all ranks alike.

    Each raises ``ThawError`` where another rank has ended: with its code if it left word,
    otherwise ``rank_lost``.
    """

    def __init__(self, place: Place, store: Store) -> None:
        self.place = place
        self._store = store

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

    def from_rank(self, rank: int, values: Tensor) -> None:
        with self._collective():
            dist.broadcast(values, rank)

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

    def wait_for_all(self) -> None:
        self.sums(0)

    def replicate(self, module: nn.Module) -> nn.Module:
        with self._collective():
            return DistributedDataParallel(module, **_BUFFERS_STAY)

    @contextlib.contextmanager
    def passing(self, module: nn.Module, *, is_last: bool) -> Iterator[None]:
        assert isinstance(module, DistributedDataParallel)
        if not is_last:
            with module.no_sync():
                yield
            return
        try:
            yield
        except RuntimeError as error:
            if isinstance(error, dist.DistError) or "gloo" in str(error).lower():
                raise self._lost(error) from error
            if devices.is_out_of_memory(error):  # some gradients were summed: no way back
                raise ThawError("out_of_memory") from error
            raise

    def fail(self, error: ThawError) -> None:
        values = {name: str(value) for name, value in error.values.items()}
        text = json.dumps([error.code, values])
        if error.code == "rank_lost" or len(text) > _LONGEST_FAILURE:
            return
        with contextlib.suppress(RuntimeError):  # its keeper may have gone as well
            self._store.compare_set(_FAILURE, "", text)  # the first one counts

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
            if self._store.check([_FAILURE]):
                code, values = json.loads(self._store.get(_FAILURE))
                return ThawError(code, **values)
        lines = str(error).splitlines() or [repr(error)]
        return ThawError("rank_lost", size=self.size, reason=lines[0])


class SharedControl(Control):
    """What was asked of any rank, heard by all of them at the same place: in ``settle``."""

    def __init__(self, group: Group, asked: Control) -> None:
        super().__init__(threading.Event())
        self.group, self._asked = group, asked

    def settle(self, *numbers: float) -> list[float]:
        """Hear what was asked meanwhile. The ranks' ``numbers`` come along, each summed."""
        asked = self._asked
        flags = asked.stop.is_set(), asked.finishes_epoch, asked.ends_stage
        stop, finish, following, *summed = self.group.sums(*map(float, flags), *numbers)
        if stop:
            self.stop.set()
        if finish:
            self.finish_epoch()
        if following:
            self.next_stage()
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
    return ProcessGroup(place, store)
