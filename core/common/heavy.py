"""The modules that need PyTorch, imported where a broken installation becomes one sentence."""

from importlib import import_module
from types import ModuleType

from core.common.messages import ThawError


def load(name: str) -> ModuleType:
    """``core.<name>``. Raises ``ThawError`` (torch_missing) where PyTorch can't be loaded."""
    try:
        return import_module(f"core.{name}")
    except Exception as error:  # a broken wheel can raise anything (OSError for a missing DLL)
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ThawError("torch_missing", reason=reason) from error
