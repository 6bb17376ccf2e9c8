"""Labeled image sets outside of jobs: checked, counted, cut and joined as manifests, converted from and to others."""
