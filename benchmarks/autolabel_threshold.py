"""How well two rules for the threshold of automated labeling keep their promise, in simulated jobs.

uv run python benchmarks/autolabel_threshold.py [--jobs 200]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from helpers.labeling_rounds import WORLDS, documented, ours, run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200, help="simulated jobs for each rule and world")
    jobs = parser.parse_args().jobs
    print(f"Target 95 %, {jobs} jobs each. accuracy: of machine labels; missed: share of jobs below 95 %\n")
    print(f"{'world':<32}{'rule':<12}{'mean':>8}{'10 %':>8}{'worst':>8}{'missed':>8}{'people':>8}")
    for name, world in WORLDS.items():
        for rule in (documented, ours):
            found = [run(world, rule, seed) for seed in range(jobs)]
            accuracy = sorted(each.accuracy for each in found)
            missed = sum(value < 0.95 for value in accuracy) / jobs
            people = fmean(each.human_share for each in found)
            figures = (fmean(accuracy), accuracy[jobs // 10], accuracy[0], missed, people)
            print(f"{name:<32}{rule.__name__:<12}" + "".join(f"{100 * value:>7.1f}%" for value in figures))


if __name__ == "__main__":
    main()
