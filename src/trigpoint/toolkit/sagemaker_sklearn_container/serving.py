"""Stands in for sagemaker-scikit-learn-container, see docs/own-code.md."""

from trigpoint_toolkit.default_handlers import sklearn_input_fn as default_input_fn
from trigpoint_toolkit.default_handlers import sklearn_model_fn as default_model_fn
from trigpoint_toolkit.default_handlers import sklearn_output_fn as default_output_fn
from trigpoint_toolkit.default_handlers import sklearn_predict_fn as default_predict_fn

__all__ = ["default_input_fn", "default_model_fn", "default_output_fn", "default_predict_fn"]
