"""Automated labeling: the machine labels the data objects that it is sure of."""
