"""Automated labeling: the machine labels the data objects that it is sure of, people label the others.

A job's objects are first held back. Each round of `loop` trains a model on what people have labeled, lets it predict the
validation set and the held objects, labels those above the threshold, and gives some of the others to people. The
labeling job itself goes on as always: it shows people their batch and consolidates their answers.
"""
