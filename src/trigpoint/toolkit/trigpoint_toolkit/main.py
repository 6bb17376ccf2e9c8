"""The two programs of the toolkit."""

from __future__ import annotations


def main(arguments: list[str]) -> int:
    """Runs `train` or `serve`; the exit code."""
    if arguments[:1] == ["train"]:
        from .run_script import train

        return train()
    from .serve_model import serve

    return serve(int(arguments[1]))
