"""Sample events for functions, in the form in which labeling jobs send them.

`payload` is what the object at the `payload` of the `post` event holds.
"""

from __future__ import annotations

from typing import Any, Final

_JOB = "arn:aws:sagemaker:us-east-1:111122223333:labeling-job/sample"
_OUTPUT = "s3://bucket/output/sample/annotations"

SAMPLES: Final[dict[str, Any]] = {
    "pre": {
        "version": "2018-10-16",
        "labelingJobArn": _JOB,
        "dataObject": {"source": "The room was clean but noisy.", "review-id": 991},
    },
    "post": {
        "version": "2018-10-06",
        "labelingJobArn": _JOB,
        "labelCategories": ["praise", "complaint"],
        "labelAttributeName": "label",
        "roleArn": "arn:aws:iam::111122223333:role/Labeler",
        "payload": {
            "s3Uri": f"{_OUTPUT}/consolidated-annotation/consolidation-request/iteration-1/2026-01-02_03:04:05.json"
        },
        "outputConfig": _OUTPUT,
        "maxHumanWorkersPerDataObject": 2,
        "vpcEnabled": False,
    },
    "payload": [
        {
            "datasetObjectId": "0",
            "dataObject": {"content": "The room was clean but noisy."},
            "annotations": [
                {
                    "workerId": f"private.us-east-1.{worker}",
                    "annotationData": {"content": f'{{"classifier":{{"label":"{label}"}}}}'},
                }
                for worker, label in (("ef7294f850a3d9d1", "praise"), ("1c2d3e4f5a6b7c8d", "complaint"))
            ],
        }
    ],
}
