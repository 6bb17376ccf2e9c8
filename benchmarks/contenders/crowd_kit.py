"""crowd-kit's aggregators of classes. Without arguments, prints their names; with a file of votes and a name, one result.

The file is a JSON list of [object, worker, class]. The result is one JSON line: choices, confidences or null, seconds.
"""

from __future__ import annotations

import inspect
import json
import sys
import time

import crowdkit.aggregation as aggregation
import pandas
from crowdkit.aggregation.base import BaseClassificationAggregator

# they need known answers, sets of classes, or embeddings
LEFT_OUT = ("GoldMajorityVote", "BinaryRelevance", "HRRASA", "RASA")


def names():
    """All aggregators that take only votes."""
    found = [getattr(aggregation, name) for name in sorted(dir(aggregation))]
    return [
        each.__name__
        for each in found
        if inspect.isclass(each)
        and issubclass(each, BaseClassificationAggregator)
        and each.__name__ not in LEFT_OUT
    ]


def main() -> None:
    if len(sys.argv) == 1:
        print("\n".join(names()))
        return
    with open(sys.argv[1]) as file:
        votes = pandas.DataFrame(json.load(file), columns=["task", "worker", "label"])
    aggregator = getattr(aggregation, sys.argv[2])()
    started_s = time.perf_counter()
    choices = aggregator.fit_predict(votes)
    seconds = time.perf_counter() - started_s
    probabilities = getattr(aggregator, "probas_", None)
    confidences = None if probabilities is None else probabilities.max(axis=1).to_dict()
    print(
        json.dumps(
            {"choices": choices.to_dict(), "confidences": confidences, "seconds": seconds}, default=float
        )
    )


if __name__ == "__main__":
    main()
