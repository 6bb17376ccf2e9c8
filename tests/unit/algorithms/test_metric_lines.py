"""The exact lines that clients parse, and the platform's regular expressions for them."""

from __future__ import annotations

import io
import json
import logging
import re

import pytest

from trigpoint.algorithms.common.harness import LogFormat, logger
from trigpoint.algorithms.common.metric_lines import print_metrics, progress, saved, skipped, throughput
from trigpoint.algorithms.object_detection import metric_lines as lines

DEFINITIONS = {
    "validation:mAP": r"#quality_metric: host=\S+, epoch=\S+, validation mAP <score>=\((\S+)\)",
    "train:smooth_l1": r"#quality_metric: host=\S+, epoch=\S+, batch=\S+ train smooth_l1 <loss>=(\S+)",
    "train:cross_entropy": (
        r"#quality_metric: host=\S+, epoch=\S+, batch=\S+ train cross_entropy <loss>=(\S+)"
    ),
    "train:progress": r"#progress_metric: host=\S+, completed (\S+) %",
    "train:throughput": r"#throughput_metric: host=\S+, train throughput=(\S+) records/second",
}


def test_the_lines_have_the_exact_text_that_clients_parse() -> None:
    assert lines.train_loss("algo-1", 0, 517, "cross_entropy", 0.95) == (
        "#quality_metric: host=algo-1, epoch=0, batch=517 train cross_entropy <loss>=0.9500"
    )
    assert lines.validation_map("algo-1", 0, 0.0316) == (
        "#quality_metric: host=algo-1, epoch=0, validation mAP <score>=(0.0316)"
    )
    assert lines.best_model(0.0316) == "Updating the best model with validation-mAP=0.0316"
    assert saved("/opt/ml/model/model_algo_1-0000.params") == (
        'Saved checkpoint to "/opt/ml/model/model_algo_1-0000.params"'
    )
    assert progress("algo-1", 1, 30) == "#progress_metric: host=algo-1, completed 3 % of epochs"
    assert throughput("algo-1", 113.4) == (
        "#throughput_metric: host=algo-1, train throughput=113.4 records/second"
    )
    assert lines.progress_of_batches(0, 100, 3200, 27.779193) == (
        "Epoch:    0, batches:    100, num_examples:   3200, 115.2 samples/sec, "
        "epoch time so far:  0:00:27.779193"
    )
    assert skipped(1932, 616) == (
        "Expected number of batches: 1932, did not match the number of batches processed: 616. This may "
        "happen when some images or annotations are invalid and cannot be parsed. Please check the dataset "
        "and ensure it follows the format in the documentation."
    )


def test_the_platforms_expressions_find_the_numbers() -> None:
    log = "\n".join(
        (
            lines.train_loss("algo-1", 3, 9, "cross_entropy", 0.95),
            lines.train_loss("algo-1", 3, 9, "smooth_l1", 0.48),
            lines.validation_map("algo-1", 3, 0.5),
            progress("algo-1", 4, 8),
            throughput("algo-1", 42.06),
        )
    )
    found = {name: [float(v) for v in re.findall(regex, log)] for name, regex in DEFINITIONS.items()}
    assert found == {
        "validation:mAP": [0.5],
        "train:smooth_l1": [0.48],
        "train:cross_entropy": [0.95],
        "train:progress": [50.0],
        "train:throughput": [42.1],
    }


def test_log_lines_begin_with_time_level_and_thread() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(LogFormat())
    record = logging.makeLogRecord({"msg": "hello", "levelname": "INFO", "created": 0.0, "thread": 14})
    handler.emit(record)
    assert stream.getvalue() == "[01/01/1970 00:00:00 INFO 14] hello\n"


def test_the_metrics_line_is_json_after_its_tag(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=logger.name)  # as in the process whose log is shown
    print_metrics({"smooth_l1": 0.5}, lines.ALGORITHM, "algo-1", 1.0, 2.5)
    tag, _, rest = capsys.readouterr().out.partition(" ")
    assert tag == "#metrics"
    assert json.loads(rest) == {
        "Metrics": {"smooth_l1": {"sum": 0.5, "count": 1, "min": 0.5, "max": 0.5}},
        "EndTime": 2.5,
        "Dimensions": {"Host": "algo-1", "Operation": "training", "Algorithm": "AWS/Object Detection"},
        "StartTime": 1.0,
    }
