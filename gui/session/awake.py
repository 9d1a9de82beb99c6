"""The machine doesn't fall asleep while it trains."""

import contextlib
import logging
from collections.abc import Iterator

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def kept_awake() -> Iterator[None]:
    """Ask the system not to sleep until the end of the block; the screen may go dark.

    Where the system cannot be asked, or refuses, nothing else changes: it is only logged.
    """
    request = contextlib.ExitStack()
    _begin(request)
    try:
        yield
    finally:
        _end(request)


def _begin(request: contextlib.ExitStack) -> None:
    try:
        from wakepy import keep  # here, so that the window need not wait for it

        mode = request.enter_context(keep.running(on_fail="pass"))
        if not mode.active:
            _log.info("the machine may fall asleep: no way to keep it awake works here")
    except Exception as error:  # whatever a desktop's services answer, training matters more
        _log.info("the machine may fall asleep: %r", error)


def _end(request: contextlib.ExitStack) -> None:
    try:
        request.close()
    except Exception as error:
        _log.info("the machine may stay awake: %r", error)
