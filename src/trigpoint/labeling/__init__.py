"""Labeling jobs: from an input manifest, through people's answers, to an augmented manifest."""
