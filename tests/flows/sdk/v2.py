"""What the documentation of SDK version 2 shows: train, attach, analytics, deploy, predict, update, transform."""

import json
import os
from pathlib import Path

from sagemaker import image_uris
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.model import Model
from sagemaker.predictor import Predictor
from sagemaker.serializers import IdentitySerializer
from sagemaker.session import Session
from sagemaker.tuner import ContinuousParameter, HyperparameterTuner

BUCKET, JOB, ROLE = os.environ["SDK_BUCKET"], os.environ["SDK_JOB"], os.environ["SDK_ROLE"]
PICTURE = Path(os.environ["SDK_PICTURE"]).read_bytes()

session = Session(default_bucket=BUCKET)
region = session.boto_region_name
assert region == os.environ["AWS_DEFAULT_REGION"]
assert "train.manifest" in session.list_s3_files(BUCKET, "train")
assert len(session.read_s3_file(BUCKET, "train.manifest").splitlines()) == 8

# -- fit
estimator = Estimator(
    image_uris.retrieve("object-detection", region),
    ROLE,
    instance_count=1,
    instance_type="ml.p3.2xlarge",
    volume_size=50,
    max_run=3600,
    input_mode="Pipe",
    output_path=f"s3://{BUCKET}/v2",
    sagemaker_session=session,
    tags=[{"Key": "sdk", "Value": "2"}],
)
estimator.set_hyperparameters(**json.loads(os.environ["SDK_HYPERPARAMETERS"]))
channel = {
    name: TrainingInput(
        f"s3://{BUCKET}/{name}.manifest",
        distribution="FullyReplicated",
        content_type="application/x-recordio",
        s3_data_type="AugmentedManifestFile",
        attribute_names=["source-ref", "box"],
        record_wrapping="RecordIO",
        input_mode="Pipe",
    )
    for name in ("train", "validation")
}
estimator.fit(inputs=channel, logs="All")
name = estimator.latest_training_job.name
assert session.describe_training_job(name)["TrainingJobStatus"] == "Completed"
session.logs_for_job(name)
assert session.wait_for_job(name, poll=1)["TrainingJobStatus"] == "Completed"

# -- metrics: of the names that the job has, and of named ones
frame = TrainingJobAnalytics(name, sagemaker_session=session).dataframe()
assert {"train:progress", "train:smooth_l1", "train:cross_entropy"} <= set(frame.metric_name), frame
progress = frame[frame.metric_name == "train:progress"]
assert list(progress.value)[-1] > 0, progress
assert estimator.training_job_analytics.dataframe().equals(frame)

# -- attach
attached = Estimator.attach(JOB, sagemaker_session=session)
assert attached.model_data.endswith("model.tar.gz")

# -- deploy, predict, update
predictor = attached.deploy(
    1,
    "ml.m4.xlarge",
    endpoint_name="v2",
    serializer=IdentitySerializer("image/jpeg"),
    deserializer=JSONDeserializer(),
)
found = predictor.predict(PICTURE)["prediction"]
assert all(len(row) == 6 for row in found), found[:2]
again = Predictor(
    "v2",
    sagemaker_session=session,
    serializer=IdentitySerializer("application/x-image"),
    deserializer=JSONDeserializer(),
)
assert again.predict(PICTURE)["prediction"] == found
again.update_endpoint(initial_instance_count=1, instance_type="ml.m5.xlarge")
config = session.sagemaker_client.describe_endpoint(EndpointName="v2")["EndpointConfigName"]
variants = session.sagemaker_client.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
assert variants[0]["InstanceType"] == "ml.m5.xlarge"
assert again.predict(PICTURE)["prediction"] == found
predictor.delete_model()
again.delete_endpoint()

# -- transform, of a model made of an artifact
model = Model(
    image_uri=attached.training_image_uri(),
    model_data=attached.model_data,
    role=ROLE,
    name="v2-again",
    sagemaker_session=session,
)
model.create(instance_type="ml.m4.xlarge")
transformer = model.transformer(
    1, "ml.m4.xlarge", strategy="SingleRecord", output_path=f"s3://{BUCKET}/v2-out", accept="application/json"
)
transformer.transform(f"s3://{BUCKET}/images/", data_type="S3Prefix", content_type="image/jpeg", logs=False)
outputs = session.list_s3_files(BUCKET, "v2-out")
assert len(outputs) == 8 and all(each.endswith(".jpg.out") for each in outputs), outputs
assert "prediction" in json.loads(session.read_s3_file(BUCKET, outputs[0]))
model.delete_model()

# -- unserved operations are refused by name
tuner = HyperparameterTuner(estimator, "validation:mAP", {"learning_rate": ContinuousParameter(1e-4, 1e-2)})
try:
    tuner.fit(channel, include_cls_metadata=False, wait=False)
except Exception as refused:
    assert "CreateHyperParameterTuningJob is not served" in str(refused), refused
else:
    raise AssertionError("a tuning job was accepted")
try:
    Estimator(
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/my-image:1",
        ROLE,
        instance_count=1,
        instance_type="ml.m5.large",
        sagemaker_session=session,
    ).fit(channel, wait=False)
except Exception as refused:
    assert "my-image" in str(refused), refused
    print("a custom image:", refused)
else:
    raise AssertionError("a custom image was accepted")
print("passed")
