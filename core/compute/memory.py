"""Memory left for this machine and this process's container, and the most the process has held."""

import contextlib
import sys
from pathlib import Path

_CACHED = ("inactive_file", "active_file")


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

    The group itself and those around it; None where none of them limits memory. Files that the
    kernel only caches count as left: it gives them back first. ``root`` has ``proc`` and
    ``sys``. Source: the kernel's documentation, cgroup-v2.rst; groups of version 1 say nothing.
    """
    try:
        text = (root / "proc" / "self" / "cgroup").read_text("utf-8", "surrogateescape")
    except OSError:
        return None
    own = next((line[3:] for line in text.splitlines() if line.startswith("0::")), "")
    # Within a container the path may be the host's, which isn't there: only the mount itself is.
    mount = root / "sys" / "fs" / "cgroup"
    group = mount.joinpath(*(part for part in own.split("/") if part not in ("", "..")))
    around = [folder for folder in (group, *group.parents) if folder.is_relative_to(mount)]
    return min((left for left in map(_left, around) if left is not None), default=None)


def _left(folder: Path) -> int | None:
    try:
        limit = int((folder / "memory.max").read_text("ascii"))  # "max" is no number
        used = int((folder / "memory.current").read_text("ascii"))
    except (OSError, ValueError):
        return None
    cached = 0
    with contextlib.suppress(OSError, ValueError):
        lines = [line.split() for line in (folder / "memory.stat").read_text("ascii").splitlines()]
        cached = sum(int(value) for name, value in lines if name in _CACHED)
    return max(0, limit - used + min(used, cached))
