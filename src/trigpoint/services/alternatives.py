"""What to use instead of the parts of AWS that are not served, and the error that says so.

The table is also the last section of docs/api-coverage.md.
"""

from __future__ import annotations

from trigpoint.wire.errors import AwsError

ALTERNATIVES: tuple[tuple[str, str, str], ...] = (
    ("sagemaker", "HyperParameterTuningJob", "start one training job per set of hyperparameters and compare their metrics"),
    ("sagemaker", "ProcessingJob", "run the script on your own machine; it reads and writes the same buckets with boto3"),
    ("sagemaker", "Pipeline", "start the jobs in order from a script and wait for each with a waiter of boto3"),
    ("sagemaker", "ModelPackage", "keep the S3 URI of the model; CreateModel takes it as ModelDataUrl"),
    ("sagemaker", "ModelCard", "describe the model in a file next to it"),
    ("sagemaker", "NotebookInstance", "use Jupyter on your own machine with `trigpoint env`"),
    ("sagemaker", "Domain", "use Jupyter on your own machine with `trigpoint env`"),
    ("sagemaker", "UserProfile", "use Jupyter on your own machine with `trigpoint env`"),
    ("sagemaker", "AutoML", "start a training job of a built-in algorithm"),
    ("sagemaker", "Feature", "keep features in files of a bucket"),
    ("sagemaker", "Experiment", "read the metrics of training jobs with DescribeTrainingJob and CloudWatch"),
    ("sagemaker", "Trial", "read the metrics of training jobs with DescribeTrainingJob and CloudWatch"),
    ("sagemaker", "Action", "keep the lineage of models in tags"),
    ("sagemaker", "Artifact", "keep the lineage of models in tags"),
    ("sagemaker", "Context", "keep the lineage of models in tags"),
    ("sagemaker", "MonitoringSchedule", "compare predictions with labels in a script"),
    ("sagemaker", "JobDefinition", "compare predictions with labels in a script"),
    ("sagemaker", "CompilationJob", "deploy the model as training wrote it"),
    ("sagemaker", "EdgePackaging", "download the model from its bucket"),
    ("sagemaker", "FlowDefinition", "start a labeling job over the objects that people should review"),
    ("sagemaker", "InferenceComponent", "create one endpoint per model, or several variants of one endpoint"),
    ("sagemaker", "InferenceRecommendations", "measure the endpoint with your own requests"),
    ("sagemaker", "InferenceExperiment", "give the variants of one endpoint different weights"),
    ("sagemaker", "CodeRepository", "clone the repository with git"),
    ("sagemaker", "Image", "name a built-in algorithm as TrainingImage; Trigpoint runs no containers"),
    ("sagemaker", "Algorithm", "name a built-in algorithm as TrainingImage"),
    ("sagemaker", "Cluster", "start several servers on one PostgreSQL database"),
    ("sagemaker", "Hub", "read the guides of the built-in algorithms in the documentation"),
    ("sagemaker-runtime", "InvokeEndpointAsync", "use InvokeEndpoint, or CreateTransformJob for many objects"),
    ("sagemaker-runtime", "InvokeEndpointWithResponseStream", "use InvokeEndpoint, which replies as a whole"),
    ("sagemaker-metrics", "", "print metrics to the log of the training job; MetricDefinitions find them there"),
    ("sagemaker-featurestore-runtime", "", "keep features in files of a bucket"),
    ("sagemaker-a2i-runtime", "", "start a labeling job over the objects that people should review"),
    ("s3", "SelectObjectContent", "read the object and filter it in your program"),
    ("s3", "RestoreObject", "read the object: nothing is archived"),
    ("s3", "Retention", "remove it from the request: every object can be deleted"),
    ("s3", "LegalHold", "remove it from the request: every object can be deleted"),
    ("s3", "Torrent", "use GetObject or a presigned URL"),
    ("s3", "CreateSession", "use a general purpose bucket"),
    ("s3", "ListDirectoryBuckets", "use ListBuckets"),
    ("s3", "RenameObject", "use CopyObject and DeleteObject"),
    ("s3", "Bucket", "leave the setting out"),
    ("iam", "", "use any role ARN, such as arn:aws:iam::111122223333:role/AnyName: roles are not checked. Create keys with `trigpoint key create`"),
    ("sts", "", "use AssumeRole or GetSessionToken"),
    ("logs", "", "read log events with GetLogEvents or FilterLogEvents"),
    ("monitoring", "", "read metrics with GetMetricData"),
    ("application-autoscaling", "", "set InitialInstanceCount in the endpoint configuration"),
    ("autoscaling", "", "set InitialInstanceCount in the endpoint configuration"),
    ("ecr", "", "name a built-in algorithm as TrainingImage; Trigpoint runs no containers"),
    ("ecs", "", "name a built-in algorithm as TrainingImage; Trigpoint runs no containers"),
    ("eks", "", "name a built-in algorithm as TrainingImage; Trigpoint runs no containers"),
    ("batch", "", "use CreateTrainingJob or CreateTransformJob"),
    ("lambda", "Version", "a function has one version, $LATEST, which UpdateFunctionCode changes"),
    ("lambda", "Alias", "a function has one version, $LATEST; name it without a qualifier"),
    ("lambda", "Layer", "put the packages of the layer into the zip archive of the function"),
    ("lambda", "", "call functions with Invoke, or name them in CreateLabelingJob"),
    ("cognito-idp", "", "invite workers with `trigpoint worker invite`"),
    ("cognito-identity", "", "invite workers with `trigpoint worker invite`"),
    ("kms", "", "leave out the key, or keep its id: it has no effect. Encrypt the server's disk"),
    ("ssm", "", "keep parameters in a file of a bucket or in environment variables"),
    ("secretsmanager", "", "keep secrets in environment variables"),
    ("glue", "", "read the files with pandas or DuckDB through the S3 endpoint"),
    ("athena", "", "read the files with pandas or DuckDB through the S3 endpoint"),
    ("elasticmapreduce", "", "run Spark on your own machines; it reads the same buckets"),
    ("states", "", "start the jobs in order from a script and wait for each with a waiter of boto3"),
    ("events", "", "wait for the job with a waiter of boto3"),
    ("sns", "", "wait for the job with a waiter of boto3"),
    ("sqs", "", "wait for the job with a waiter of boto3"),
    ("ec2", "", "leave out VpcConfig: Trigpoint runs on the machines that you start it on"),
    ("elasticfilesystem", "", "link the folder as a bucket with `trigpoint bucket link`"),
    ("fsx", "", "link the folder as a bucket with `trigpoint bucket link`"),
    ("servicequotas", "", "read the limits in the documentation"),
    ("codecommit", "", "use git"),
    ("dynamodb", "", "use a database of your own"),
    ("rds", "", "use a database of your own"),
    ("redshift", "", "use a database of your own"),
    ("rekognition", "", "train a model and call InvokeEndpoint"),
    ("textract", "", "train a model and call InvokeEndpoint"),
    ("comprehend", "", "train a model and call InvokeEndpoint"),
    ("bedrock", "", "train a model and call InvokeEndpoint"),
    ("organizations", "", "there is one account"),
    ("ce", "", "nothing is billed"),
    ("pricing", "", "nothing is billed"),
    ("budgets", "", "nothing is billed"),
)  # fmt: skip
"""(service, a part of the operation's name, what to use instead). The first row that fits counts."""


def alternative(service: str, operation: str) -> str:
    """What to use instead of the operation; "" if there is no advice."""
    rows = (advice for of, part, advice in ALTERNATIVES if of == service and part in operation)
    return next(rows, "")


def not_served(service: str, operation: str) -> str:
    """The message about an operation that exists and is not served; `operation` is "" if it is not known."""
    what = f"{service} {operation}" if operation else f"The service {service or 'of this request'}"
    advice = alternative(service, operation)
    return f"{what} is not served by Trigpoint{f'; {advice}' if advice else ''}."


def not_served_error(service: str, operation: str) -> AwsError:
    """That message with the code that clients of the service expect."""
    message = not_served(service, operation)
    if service == "s3":
        return AwsError("NotImplemented", message, 501)
    if service in ("sts", "iam", "ec2", "sns", "sqs", "autoscaling", "rds", "redshift"):
        return AwsError("InvalidAction", message, 400)
    return AwsError("UnknownOperationException", message, 400)
