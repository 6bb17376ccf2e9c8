"""Stands in for sagemaker-training, see docs/own-code.md."""

from __future__ import annotations

import logging


def get_logger() -> logging.Logger:
    """The logger of the toolkit, with which some scripts write their own lines."""
    logger = logging.getLogger("sagemaker-training-toolkit")
    if not logger.handlers and not logging.getLogger().handlers:
        logging.basicConfig(format="%(asctime)s %(name)s %(levelname)-8s %(message)s")
        logger.setLevel(logging.INFO)
    return logger


def configure_logger(
    level: int, log_format: str = "%(asctime)s %(name)s %(levelname)-8s %(message)s"
) -> None:
    """Sets the level and the form of all log lines."""
    logging.basicConfig(format=log_format, level=level)
