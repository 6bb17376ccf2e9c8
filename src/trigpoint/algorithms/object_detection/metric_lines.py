"""Log lines of a detection training. They are wire format: clients parse them."""

from __future__ import annotations

from datetime import timedelta

ALGORITHM = "AWS/Object Detection"


def progress_of_batches(epoch: int, batches: int, examples: int, elapsed_s: float) -> str:
    rate = examples / max(elapsed_s, 1e-9)
    return (
        f"Epoch: {epoch:4d}, batches: {batches:6d}, num_examples: {examples:6d}, {rate:.1f} samples/sec, "
        f"epoch time so far:  {timedelta(seconds=elapsed_s)}"
    )


def train_loss(host: str, epoch: int, batches: int, name: str, value: float) -> str:
    """name: cross_entropy or smooth_l1."""
    return f"#quality_metric: host={host}, epoch={epoch}, batch={batches} train {name} <loss>={value:.4f}"


def validation_map(host: str, epoch: int, value: float) -> str:
    # AWS prints mAP in parentheses, and losses without
    return f"#quality_metric: host={host}, epoch={epoch}, validation mAP <score>=({value:.4f})"


def best_model(value: float) -> str:
    return f"Updating the best model with validation-mAP={value:.4f}"


def stopped_early(epoch: int, best: float) -> str:
    return f"Early stopping after epoch {epoch}: best validation-mAP={best:.4f}."
