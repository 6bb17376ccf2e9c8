"""The command of a whole training in a child process, as a job starts it, with a seed of one's choice."""

import sys
from pathlib import Path

_RUN = """
import sys
from trigpoint.algorithms.common import loop
loop.SEED = int(sys.argv.pop(1))
from trigpoint.algorithms.__main__ import main
sys.exit(main())
"""


def command(algorithm: str, opt_ml: Path, seed: int) -> list[str]:
    """Trains `algorithm` with a directory like /opt/ml."""
    return [sys.executable, "-c", _RUN, str(seed), "train", algorithm, "--opt-ml", str(opt_ml)]
