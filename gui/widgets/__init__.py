"""Controls and pictures that know nothing of the session; pages put them together."""
