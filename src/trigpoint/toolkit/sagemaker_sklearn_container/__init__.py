"""Stands in for sagemaker-scikit-learn-container, see docs/own-code.md."""
