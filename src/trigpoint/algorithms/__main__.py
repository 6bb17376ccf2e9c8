"""The command line of the built-in algorithms' child processes: ``python -m trigpoint.algorithms
train|serve NAME``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

ALGORITHMS = ("object-detection",)


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains or serves; the exit code of the process."""
    parser = argparse.ArgumentParser(prog="python -m trigpoint.algorithms", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train", help="run one training under the container contract")
    serve = verbs.add_parser("serve", help="answer GET /ping and POST /invocations for a trained model")
    for verb in (train, serve):
        verb.add_argument("algorithm", choices=ALGORITHMS)
        verb.add_argument("--opt-ml", type=Path, required=True, metavar="DIR", help="what is /opt/ml on AWS")
    serve.add_argument("--port", type=int, default=0, help="0 (default): any free one; written to DIR/port")
    options = parser.parse_args(arguments)
    # torch's threads sleep while they wait for each other, instead of spinning: half the CPU time on a busy
    # machine. Read when torch is loaded, which is after this.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if options.verb == "train":
        return _train(options.opt_ml)
    return _serve(options.opt_ml, options.port)


def _train(opt_ml: Path) -> int:
    from trigpoint.algorithms.harness import Container, run_training

    def train(container: Container) -> None:
        from trigpoint.algorithms.object_detection.configuration import configure

        configured = configure(container)
        # torch is loaded under the contract: its absence is told like any failure
        from trigpoint.algorithms.object_detection.train import train as train_detector

        train_detector(container, *configured)

    return run_training(train, opt_ml)


def _serve(opt_ml: Path, port: int) -> int:
    from trigpoint.algorithms.object_detection.predict import load_handler
    from trigpoint.algorithms.serve import serve

    return serve(load_handler, opt_ml, port)


if __name__ == "__main__":
    sys.exit(main())
