"""Formats of training data and labels: bytes in, values out. No file is opened and no policy decided here."""
