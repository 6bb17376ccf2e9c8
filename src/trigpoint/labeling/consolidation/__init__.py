"""How do several workers' answers become one label: one algorithm a file, pure functions."""
