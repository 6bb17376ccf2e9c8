"""Trigpoint: label images, stream the labels into training, serve the model; self-hosted, with SageMaker's API."""

__version__ = "0.1.0"
