"""Runs the toolkit as a folder; the script's own modules must not find what is in it."""

import importlib
import sys

if __name__ == "__main__":
    main = importlib.import_module("trigpoint_toolkit.main").main
    sys.path.pop(0)
    sys.exit(main(sys.argv[1:]))
