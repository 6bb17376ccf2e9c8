"""Stands in for sagemaker-pytorch-inference, see docs/own-code.md."""
