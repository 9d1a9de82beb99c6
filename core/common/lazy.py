"""Late imports: OpenCV when it is first used, and the modules of ``core`` that need PyTorch.

Neither is imported here at the top, so that the window opens without waiting for them. A broken
installation of PyTorch becomes a ``ThawError``.
"""

from functools import cache
from importlib import import_module
from types import ModuleType

from core.common.messages import ThawError


@cache
def opencv() -> ModuleType:
    """The module cv2, set to one thread.

    Pictures are worked on side by side already, and a second pool would only fight the
    network's threads.
    """
    import cv2

    cv2.setNumThreads(1)
    return cv2


def load(name: str) -> ModuleType:
    """``core.<name>``. Raises ``ThawError`` (torch_missing) where PyTorch can't be loaded."""
    try:
        return import_module(f"core.{name}")
    except Exception as error:  # a broken wheel can raise anything (OSError for a missing DLL)
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ThawError("torch_missing", reason=reason) from error
