"""The rail's steps, a page each; they know the session and never each other."""
