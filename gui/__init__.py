"""The window of Thaw. Imports core, never torch or matplotlib before they are needed."""
