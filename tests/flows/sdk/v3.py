"""What the documentation of SDK version 3 shows: ModelTrainer, the resource classes, invoke, transform."""

import json
import os
from pathlib import Path

from sagemaker.core import image_uris
from sagemaker.core.helper.session_helper import Session
from sagemaker.core.resources import Endpoint, EndpointConfig, Model, TrainingJob, TransformJob
from sagemaker.core.shapes import (
    Channel,
    ContainerDefinition,
    DataSource,
    ProductionVariant,
    S3DataSource,
    TransformDataSource,
    TransformInput,
    TransformOutput,
    TransformResources,
    TransformS3DataSource,
)
from sagemaker.train.configs import Compute, OutputDataConfig, StoppingCondition
from sagemaker.train.model_trainer import ModelTrainer

BUCKET, JOB, ROLE = os.environ["SDK_BUCKET"], os.environ["SDK_JOB"], os.environ["SDK_ROLE"]
PICTURE = Path(os.environ["SDK_PICTURE"]).read_bytes()

session = Session(default_bucket=BUCKET)
image = image_uris.retrieve("object-detection", session.boto_region_name)
trainer = ModelTrainer(
    training_image=image,
    role=ROLE,
    base_job_name="v3",
    sagemaker_session=session,
    training_input_mode="Pipe",
    hyperparameters=json.loads(os.environ["SDK_HYPERPARAMETERS"]),
    compute=Compute(instance_type="ml.p3.2xlarge", instance_count=1, volume_size_in_gb=50),
    output_data_config=OutputDataConfig(s3_output_path=f"s3://{BUCKET}/v3"),
    stopping_condition=StoppingCondition(max_runtime_in_seconds=3600),
)
trainer.train(
    input_data_config=[
        Channel(
            channel_name=name,
            content_type="application/x-recordio",
            input_mode="Pipe",
            record_wrapper_type="RecordIO",
            data_source=DataSource(
                s3_data_source=S3DataSource(
                    s3_data_type="AugmentedManifestFile",
                    s3_uri=f"s3://{BUCKET}/{name}.manifest",
                    s3_data_distribution_type="FullyReplicated",
                    attribute_names=["source-ref", "box"],
                )
            ),
        )
        for name in ("train", "validation")
    ],
    wait=False,
)

job = TrainingJob.get(training_job_name=JOB)
assert job.training_job_status == "Completed"
assert JOB in {each.training_job_name for each in TrainingJob.get_all(status_equals="Completed")}
container = ContainerDefinition(image=image, model_data_url=job.model_artifacts.s3_model_artifacts)
model = Model.create(model_name="v3", primary_container=container, execution_role_arn=ROLE)
config = EndpointConfig.create(
    endpoint_config_name="v3",
    production_variants=[
        ProductionVariant(
            variant_name="AllTraffic", model_name="v3", initial_instance_count=1, instance_type="ml.m4.xlarge"
        )
    ],
)
endpoint = Endpoint.create(endpoint_name="v3", endpoint_config_name="v3")
endpoint.wait_for_status("InService")
answer = endpoint.invoke(body=PICTURE, content_type="image/jpeg")
assert "prediction" in json.loads(answer.body.read())
endpoint.delete()
endpoint.wait_for_delete()
config.delete()

transform = TransformJob.create(
    transform_job_name="v3",
    model_name="v3",
    transform_input=TransformInput(
        data_source=TransformDataSource(
            s3_data_source=TransformS3DataSource(s3_data_type="S3Prefix", s3_uri=f"s3://{BUCKET}/images/")
        ),
        content_type="image/jpeg",
    ),
    transform_output=TransformOutput(s3_output_path=f"s3://{BUCKET}/v3-out"),
    transform_resources=TransformResources(instance_type="ml.m4.xlarge", instance_count=1),
)
transform.wait(logs=True)
assert transform.transform_job_status == "Completed"
model.delete()

trained = trainer._latest_training_job
trained.wait(logs=True)
assert trained.training_job_status == "Completed"
print("passed")
