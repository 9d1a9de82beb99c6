"""Real windows here too: their garbage is collected on this thread."""

from tests.support.window.garbage import garbage_collected_here

__all__ = ["garbage_collected_here"]
