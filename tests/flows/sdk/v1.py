"""What the documentation of SDK version 1 shows: s3_input, fit, attach, analytics, deploy, predict, transform."""

import json
import os
from pathlib import Path

import sagemaker
from sagemaker.amazon.amazon_estimator import get_image_uri
from sagemaker.analytics import TrainingJobAnalytics

BUCKET, JOB, ROLE = os.environ["SDK_BUCKET"], os.environ["SDK_JOB"], os.environ["SDK_ROLE"]
PICTURE = Path(os.environ["SDK_PICTURE"]).read_bytes()

session = sagemaker.Session()
session._default_bucket = BUCKET  # version 1 has no other way to set it
image = get_image_uri(session.boto_region_name, "object-detection", repo_version="latest")
estimator = sagemaker.estimator.Estimator(
    image,
    ROLE,
    train_instance_count=1,
    train_instance_type="ml.p3.2xlarge",
    train_volume_size=50,
    train_max_run=3600,
    input_mode="Pipe",
    output_path=f"s3://{BUCKET}/v1",
    sagemaker_session=session,
)
estimator.set_hyperparameters(**json.loads(os.environ["SDK_HYPERPARAMETERS"]))
channels = {
    name: sagemaker.session.s3_input(
        f"s3://{BUCKET}/{name}.manifest",
        distribution="FullyReplicated",
        content_type="application/x-recordio",
        s3_data_type="AugmentedManifestFile",
        attribute_names=["source-ref", "box"],
        record_wrapping="RecordIO",
    )
    for name in ("train", "validation")
}
estimator.fit(inputs=channels, logs=True)
frame = TrainingJobAnalytics(
    estimator.latest_training_job.name,
    metric_names=["train:progress", "train:smooth_l1"],
    sagemaker_session=session,
).dataframe()
assert set(frame.metric_name) == {"train:progress", "train:smooth_l1"}, frame

attached = sagemaker.estimator.Estimator.attach(JOB, sagemaker_session=session)
predictor = attached.deploy(initial_instance_count=1, instance_type="ml.m4.xlarge", endpoint_name="v1")
predictor.content_type = "image/jpeg"
found = json.loads(predictor.predict(PICTURE))["prediction"]
assert all(len(row) == 6 for row in found), found[:2]
attached.deploy(
    initial_instance_count=1, instance_type="ml.m5.xlarge", endpoint_name="v1", update_endpoint=True
)
assert json.loads(predictor.predict(PICTURE))["prediction"] == found
predictor.delete_model()
predictor.delete_endpoint()

transformer = attached.transformer(1, "ml.m4.xlarge", output_path=f"s3://{BUCKET}/v1-out")
transformer.transform(f"s3://{BUCKET}/images/", content_type="image/jpeg")
transformer.wait()
assert len(session.list_s3_files(BUCKET, "v1-out")) == 8
print("passed")
