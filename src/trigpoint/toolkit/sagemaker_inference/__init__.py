"""Stands in for sagemaker-inference, see docs/own-code.md."""
