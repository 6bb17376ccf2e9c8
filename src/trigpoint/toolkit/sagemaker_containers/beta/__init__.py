"""Stands in for sagemaker-containers, see docs/own-code.md."""
