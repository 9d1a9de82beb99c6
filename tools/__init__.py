"""Helpers for those who work on Thaw; the app itself needs none of them."""
