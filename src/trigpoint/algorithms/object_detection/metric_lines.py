"""How does a detection training report its progress? These lines are wire format: clients parse them.

The asymmetry is the original's: mAP stands in parentheses, losses do not.
"""

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
    return f"#quality_metric: host={host}, epoch={epoch}, validation mAP <score>=({value:.4f})"


def best_model(value: float) -> str:
    return f"Updating the best model with validation-mAP={value:.4f}"


def saved(path: str) -> str:
    return f'Saved checkpoint to "{path}"'


def progress(host: str, epochs_done: int, epochs: int) -> str:
    return f"#progress_metric: host={host}, completed {100 * epochs_done // epochs} % of epochs"


def throughput(host: str, records_per_s: float) -> str:
    return f"#throughput_metric: host={host}, train throughput={records_per_s:.1f} records/second"


def skipped(expected_batches: int, processed_batches: int) -> str:
    return (
        f"Expected number of batches: {expected_batches}, did not match the number of batches processed: "
        f"{processed_batches}. This may happen when some images or annotations are invalid and cannot be "
        "parsed. Please check the dataset and ensure it follows the format in the documentation."
    )
