"""Stands in for sagemaker-training, see docs/own-code.md."""
