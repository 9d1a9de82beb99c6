"""OpenCV, loaded when it is first needed, because the window opens before."""

from functools import cache
from types import ModuleType


@cache
def opencv() -> ModuleType:
    """The module cv2, set to one thread.

    Pictures are worked on side by side already, and a second pool would only fight the
    network's threads.
    """
    import cv2

    cv2.setNumThreads(1)
    return cv2
