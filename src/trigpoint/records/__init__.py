"""Formats of training data and labels: bytes to values and back. Nothing here opens files or decides policies."""
