"""Data setup: the files under a prefix or in a folder become an input manifest, one line per data object.

Files are read one after the other, in the order of their names as S3 lists them, and nothing is kept of them, so memory
does not depend on their number. What is left out is counted with its reason.

Source: ground-truth.md 1.1 to 1.5.
"""
