"""Log lines that several algorithms share. They are wire format: clients parse them."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from trigpoint.algorithms.common.harness import logger


def print_metrics(
    metrics: Mapping[str, float], algorithm: str, host: str, start_s: float, end_s: float
) -> None:
    """Prints one ``#metrics`` line; each value is a sum of one. Processes whose log is not shown print none."""
    if not logger.isEnabledFor(logging.INFO):
        return
    record = {
        "Metrics": {name: {"sum": v, "count": 1, "min": v, "max": v} for name, v in metrics.items()},
        "EndTime": end_s,
        "Dimensions": {"Host": host, "Operation": "training", "Algorithm": algorithm},
        "StartTime": start_s,
    }
    print(f"#metrics {json.dumps(record)}", flush=True)


def progress(host: str, epochs_done: int, epochs: int) -> str:
    return f"#progress_metric: host={host}, completed {100 * epochs_done // epochs} % of epochs"


def throughput(host: str, records_per_s: float) -> str:
    return f"#throughput_metric: host={host}, train throughput={records_per_s:.1f} records/second"


def saved(path: str) -> str:
    return f'Saved checkpoint to "{path}"'


def skipped(expected_batches: int, processed_batches: int) -> str:
    return (
        f"Expected number of batches: {expected_batches}, did not match the number of batches processed: "
        f"{processed_batches}. This may happen when some images or annotations are invalid and cannot be "
        "parsed. Please check the dataset and ensure it follows the format in the documentation."
    )
