"""Readers of records and batches of images for training loops that people write themselves.

They use the stages of `streaming` within one process. `trigpoint.stream` is the public module with their names.
"""
