"""Preparing a labeling job from what a person chose: its input manifest, its labels and its task template."""
