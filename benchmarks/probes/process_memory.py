"""The most memory that this process has held. Needs Python alone: Keras's loop uses it too."""

import resource
import sys
from contextlib import suppress
from pathlib import Path


def peak() -> int:
    """Bytes of this process, without its children.

    Linux's own ``ru_maxrss`` begins with what the parent held when it started this process.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
