"""The functions of labeling jobs: which ones their ARNs name, and calling those that requesters wrote."""
