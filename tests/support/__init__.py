"""What several tests share: datasets, runs, recipes, fakes, processes."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # of the checkout
