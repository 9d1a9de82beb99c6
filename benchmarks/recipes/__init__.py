"""Which recipe wins: every variant trained on held-out folds of several datasets.

``python -m benchmarks.recipes DATA OUT`` trains what is missing in OUT, one file for each dataset,
fold and variant, and prints the table. It can be interrupted at any time and called again. DATA
holds ``clothing-mini``, ``tiles-mini`` and ``cifar-mini``; what is absent is left out. A screening
of one fold takes about an hour and a half on two cores.
"""
