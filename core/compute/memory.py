"""Memory left for this machine and this process's container, and the most the process has held."""

import contextlib
import sys
from pathlib import Path

_V2 = ("memory.max", "memory.current", "inactive_file", "active_file")
_V1 = (
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    "total_inactive_file",
    "total_active_file",
)


def available() -> int:
    """Bytes that this process may still take without swapping."""
    import psutil  # what starts with the window imports nothing that it may not need

    free = int(psutil.virtual_memory().available)
    limited = control_group_left() if sys.platform == "linux" else None
    return free if limited is None else min(free, limited)


def peak() -> int:
    """The most bytes that this process has held in memory at once since it began, with the
    pages of files that were mapped into it. Linux counts in batches of pages, so that it may
    seem to fall by a few hundred KiB.

    Linux: VmHWM of proc(5), which unlike getrusage's figure is not the parent's where that was
    larger. Windows: the peak of the working set. Elsewhere getrusage's, which macOS tells in
    bytes and other systems in KiB. 0 where none of them says.
    """
    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    with contextlib.suppress(OSError, ValueError, IndexError):
        text = Path("/proc/self/status").read_text("ascii", "replace")
        return 1024 * int(text.split("VmHWM:", 1)[1].split()[0])
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most


def control_group_left(root: Path = Path("/")) -> int | None:
    """Bytes left below the tightest memory limit of this process's control groups.

    Version 2 and version 1, the group itself and those around it; None where none of them
    limits memory. Files that the kernel only caches count as left: it gives them back first.
    ``root`` has ``proc`` and ``sys``. Source: the kernel's documentation, cgroup-v2.rst and
    cgroup-v1/memory.rst.
    """
    mounts = root / "sys" / "fs" / "cgroup"
    left = []
    for controllers, path in _groups(root / "proc" / "self" / "cgroup"):
        if not controllers:
            left += _left_along(mounts, path, _V2)
        elif "memory" in controllers.split(","):
            left += _left_along(mounts / "memory", path, _V1)
    return min(left, default=None)


def _groups(file: Path) -> list[tuple[str, str]]:
    """The controllers ("" for version 2) and the path of each group of this process."""
    try:
        lines = file.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return []
    fields = [line.split(":", 2) for line in lines]
    return [(one[1], one[2]) for one in fields if len(one) == 3]


def _left_along(mount: Path, path: str, names: tuple[str, str, str, str]) -> list[int]:
    """What each group from ``path`` up to the mount leaves. Within a container the path may be
    the host's, which isn't there: then only the mount itself is."""
    parts = [part for part in path.split("/") if part not in ("", "..")]
    folders = [mount.joinpath(*parts[:length]) for length in range(len(parts), -1, -1)]
    return [left for folder in folders if (left := _left(folder, names)) is not None]


def _left(folder: Path, names: tuple[str, str, str, str]) -> int | None:
    limit_file, used_file, *cached = names
    try:
        limit = int((folder / limit_file).read_text("ascii"))  # "max" is no number
        used = int((folder / used_file).read_text("ascii"))
    except (OSError, ValueError):
        return None
    return max(0, limit - used + min(used, _cached(folder / "memory.stat", cached)))


def _cached(file: Path, names: list[str]) -> int:
    try:
        lines = [line.split() for line in file.read_text("ascii").splitlines()]
        return sum(int(value) for name, value in lines if name in names)
    except (OSError, ValueError):
        return 0
