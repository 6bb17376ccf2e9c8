"""Command line of the built-in algorithms' child processes.

python -m trigpoint.algorithms train NAME --opt-ml DIR
python -m trigpoint.algorithms serve NAME --opt-ml DIR [--port PORT]
python -m trigpoint.algorithms recognize FILE
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from trigpoint.builtin import ALGORITHMS, HOSTED, TRAINABLE

if TYPE_CHECKING:
    from trigpoint.algorithms.common.contract import AlgorithmModule


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains, serves, or recognizes weights; the exit code of the process."""
    parser = argparse.ArgumentParser(
        prog="python -m trigpoint.algorithms", description="Train or serve a built-in algorithm."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    train = verbs.add_parser("train", help="run one training under the container contract")
    serve = verbs.add_parser("serve", help="answer GET /ping and POST /invocations for a trained model")
    for verb, names in ((train, TRAINABLE), (serve, HOSTED)):
        verb.add_argument("algorithm", choices=names)
        verb.add_argument("--opt-ml", type=Path, required=True, metavar="DIR", help="what is /opt/ml on AWS")
    serve.add_argument("--port", type=int, default=0, help="0 (default): any free one; written to DIR/port")
    recognize = verbs.add_parser(
        "recognize", help="print the name of the network that a file of weights is of"
    )
    recognize.add_argument("file", type=Path)
    options = parser.parse_args(arguments)
    # torch's threads sleep while they wait for each other, instead of spinning: half the CPU time on a busy
    # machine. It must be set before torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if options.verb == "recognize":
        return _recognize(options.file)
    if options.verb == "train":
        return _train(options.algorithm, options.opt_ml)
    return _serve(options.algorithm, options.opt_ml, options.port)


def _train(name: str, opt_ml: Path) -> int:
    from trigpoint.algorithms.common import processes
    from trigpoint.algorithms.common.harness import Container, run_training

    def train(container: Container) -> int | None:
        count = processes.processes_wanted(container)
        if count > 1:
            command = processes.command_of(["train", name, "--opt-ml", str(opt_ml)])
            return processes.train_in_processes(count, container, command)
        processes.see_own_gpu(container)
        _load(name).train(container)
        return None

    return run_training(train, opt_ml)


def _serve(name: str, opt_ml: Path, port: int) -> int:
    from trigpoint.algorithms.common.serve import serve

    return serve(_load(name).load_handler, opt_ml, port)


def _recognize(file: Path) -> int:
    from trigpoint.core.errors import Invalid

    try:
        from trigpoint.algorithms.common.backbones import Unfit
        from trigpoint.algorithms.common.pretrained import read_tensors, recognize
    except ImportError as error:
        print(f"{error}; install what trainings need: pip install 'trigpoint[train]'", file=sys.stderr)
        return 1
    try:
        print(recognize(read_tensors(file)))
    except Invalid as error:
        print(error.message, file=sys.stderr)
        return 2
    except Unfit as error:
        print(f"{file}: {error}", file=sys.stderr)
        return 2
    return 0


def _load(name: str) -> AlgorithmModule:
    module = ALGORITHMS[name].module
    assert module is not None  # the parser accepts only names of algorithms that have one
    return cast("AlgorithmModule", importlib.import_module(module))


if __name__ == "__main__":
    sys.exit(main())
