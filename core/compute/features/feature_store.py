"""Where a run's features are kept: on disk, else in memory, else nowhere."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from core.compute.cache.records import MissingError
from core.compute.feature_plan import Key, picture_bytes
from core.compute.features.feature_cache import MemoryStore
from core.compute.features.store import DiskStore
from core.runs.events import Notice


class FeatureStore:
    """Features of a run's pictures, by position; ``needed`` has those of each key.

    Each key is kept where there is room. When the disk fails on the way, memory takes what is
    still to come, as far as it goes. ``notices`` say what a person should know of it.
    """

    def __init__(
        self,
        needed: Mapping[Key, Sequence[int]],
        image_size: int,
        dtype: torch.dtype,
        budget: int,
        disk: DiskStore | None = None,
    ) -> None:
        self._needed = {key: list(some) for key, some in needed.items() if key.boundary}
        self._image_size, self._dtype, self._budget = image_size, dtype, budget
        self._memory = MemoryStore(self._needed, image_size, dtype, budget)
        self._disk = disk
        self._opened: set[Key] = set()
        self._notices: list[Notice] = []
        self._failed = False

    def open(self, keys: Iterable[Key], positions: Sequence[int] = ()) -> None:
        """Make room for some keys, whose blocks must be as they are now, the deepest first; of
        ``positions`` where nobody foresaw that they would be needed."""
        self._fall_back_if_needed()
        fresh = sorted(set(keys) - self._opened, key=lambda one: (-one.boundary, one))
        for key in (one for one in fresh if one.boundary):
            self._opened.add(key)
            some = self._needed.setdefault(key, list(positions))
            if self._disk is not None and not self._disk.open(key, some):
                self._memory.drop([key])
        for key in fresh:
            if key in self._opened and not self._is_on_disk(key):
                self._tell(key, self._memory.add(key, self._needed[key]))

    def keeps(self, key: Key, position: int) -> bool:
        """Whether these features are kept, or will be once they are computed."""
        on_disk = self._disk is not None and self._disk.keeps(key, position)
        return on_disk or self._memory.keeps(key, position)

    def holds(self, key: Key, position: int) -> bool:
        """Whether these features are there, as far as is known without reading them."""
        return self._is_kept_on_disk(key, position) or self._memory.holds(key, position)

    def lost(self, key: Key, positions: Sequence[int]) -> list[int]:
        """Those of ``positions`` that turn out not to be there when they are read."""
        if self._disk is None:
            return []
        return self._disk.lost(key, [one for one in positions if self._disk.holds(key, one)])

    def put(self, key: Key, position: int, features: Tensor) -> None:
        """Keep one picture's features [C, H, W], where there is room."""
        if self._disk is not None:
            if self._disk.put(key, position, features):
                return
            self._fall_back_if_needed()
        self._memory.put(key, position, features)

    def get(self, key: Key, positions: Sequence[int]) -> Tensor:
        """Features [N, C, H, W] of pictures that it holds, channels last in memory.

        Raises ``MissingError`` where one has gone or was damaged.
        """
        on_disk = [self._is_kept_on_disk(key, one) for one in positions]
        pairs = list(zip(positions, on_disk, strict=True))
        if not all(is_there or self._memory.holds(key, one) for one, is_there in pairs):
            raise MissingError([])
        if self._disk is None or not any(on_disk):
            return self._memory.get(key, positions)
        if all(on_disk):
            return self._disk.get(key, positions)
        first = [one for one, is_there in pairs if is_there]
        second = [one for one, is_there in pairs if not is_there]
        rows = {position: row for row, position in enumerate([*first, *second])}
        both = [self._disk.get(key, first), self._memory.get(key, second)]
        values = torch.cat([one.permute(0, 2, 3, 1) for one in both])
        order = torch.tensor([rows[one] for one in positions])
        return values.index_select(0, order).permute(0, 3, 1, 2)

    def leave_out(self, positions: Iterable[int]) -> None:
        """Need no more room for these pictures: they take no further part in the run."""
        gone = set(positions)
        self._needed = {
            key: [one for one in some if one not in gone] for key, some in self._needed.items()
        }
        if self._disk is not None:
            self._disk.leave_out(gone)

    def refresh(self) -> None:
        """Find what other processes have put on the disk."""
        if self._disk is not None:
            self._disk.refresh()

    def drop(self, unneeded: Iterable[Key]) -> None:
        """Free what some keys take, but on disk."""
        keys = list(unneeded)
        self._memory.drop(keys)
        if self._disk is not None:
            self._disk.drop(keys)
        self._opened -= set(keys)

    def notices(self) -> Iterator[Notice]:
        """What has come up since the last call."""
        while self._notices:
            yield self._notices.pop(0)

    def close(self) -> None:
        """Let go of all files."""
        if self._disk is not None:
            self._disk.close()

    @property
    def keys(self) -> tuple[Key, ...]:
        """What it may hold now, the deepest boundary first."""
        kept = [one for one in self._opened if self._is_on_disk(one) or one in self._memory.keys]
        return tuple(sorted(kept, key=lambda one: (-one.boundary, one)))

    @property
    def bytes(self) -> int:
        """Memory in use."""
        return self._memory.bytes

    def _is_on_disk(self, key: Key) -> bool:
        return self._disk is not None and self._disk.takes(key)

    def _is_kept_on_disk(self, key: Key, position: int) -> bool:
        return self._disk is not None and self._disk.holds(key, position)

    def _fall_back_if_needed(self) -> None:
        """Let memory take what the disk no longer does."""
        disk = self._disk
        if disk is None or disk.can_write or self._failed:
            return
        self._failed = True
        if disk.failure is not None:
            reason = disk.failure.strerror or str(disk.failure)
            self._notices.append(Notice("features_disk_failed", {"reason": reason}))
        for key in sorted(self._opened, key=lambda one: -one.boundary):
            left = [one for one in self._needed[key] if not disk.holds(key, one)]
            if left and not self._memory.add(key, left):
                self._tell(key, in_memory=False)

    def _tell(self, key: Key, in_memory: bool) -> None:
        size = len(self._needed[key]) * picture_bytes(key, self._image_size, self._dtype.itemsize)
        values = {"boundary": key.boundary, "needed": _megabytes(size)}
        if not in_memory:
            values["budget"] = _megabytes(self._budget)
            notice = Notice("features_not_kept", values)
        elif self._disk is not None and self._disk.can_write:
            notice = Notice("features_bypassed_disk", values)
        else:
            return
        if notice not in self._notices:  # views that are kept are alike
            self._notices.append(notice)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
