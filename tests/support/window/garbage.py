"""Windows and jobs of one test must not die in a worker thread of the next."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def garbage_collected_here() -> Iterator[None]:
    """Collect cycles between tests, on this thread, as ``gui.shell.app`` does in the window."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()
