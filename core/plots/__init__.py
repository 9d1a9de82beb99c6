"""The figures of runs, drawn with matplotlib alone: in the window, in files and in reports."""
