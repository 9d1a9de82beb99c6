"""Real windows here too: their garbage is collected on this thread."""

from tests.gui.conftest import _garbage_collected_here

__all__ = ["_garbage_collected_here"]
