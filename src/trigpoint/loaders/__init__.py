"""The stages of `streaming` for training loops that people write themselves; `trigpoint.stream` is its public face."""
