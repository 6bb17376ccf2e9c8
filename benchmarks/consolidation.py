"""Consolidation of workers' answers: how right and how fast it is, in comparison with other methods.

    uv run python benchmarks/consolidation.py [classes] [boxes] [spans]

Each section is a module with `add_options` and `run`; without names, all run.
"""

from __future__ import annotations

import argparse

import box_consolidation
import class_consolidation
import span_consolidation

SECTIONS = {"classes": class_consolidation, "boxes": box_consolidation, "spans": span_consolidation}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    for section in SECTIONS.values():
        section.add_options(parser)
    chosen = parser.parse_args()
    unknown = [name for name in chosen.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"there is no section {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    for name in chosen.sections or SECTIONS:
        print(f"\n== {name} ==\n{SECTIONS[name].__doc__}", flush=True)
        SECTIONS[name].run(chosen)


if __name__ == "__main__":
    main()
