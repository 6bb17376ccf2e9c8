"""Batch transform: a model applied to every object under a prefix or of a manifest."""
