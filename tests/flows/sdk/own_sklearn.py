"""SKLearn of SDK version 2: fit, deploy with functions of its own, an error, and a transform."""

import json
import os
from pathlib import Path

from sagemaker.deserializers import JSONDeserializer
from sagemaker.serializers import CSVSerializer
from sagemaker.session import Session
from sagemaker.sklearn import SKLearn, SKLearnModel

BUCKET, ROLE = os.environ["SDK_BUCKET"], os.environ["SDK_ROLE"]
SCRIPT = """
import argparse, os
import joblib
from sklearn.linear_model import LinearRegression

def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "line.joblib"))

def predict_fn(data, model):
    if data.ravel()[0] > 1e6:
        raise ValueError("too large")
    return model.predict(data.reshape(-1, 1))

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--slope", type=float)
    slope = parser.parse_args().slope
    x = [[0.0], [1.0], [2.0]]
    model = LinearRegression().fit(x, [slope * row[0] + 1 for row in x])
    print(f"score={model.score(x, [slope * row[0] + 1 for row in x]):.3f};")
    joblib.dump(model, os.path.join(os.environ["SM_MODEL_DIR"], "line.joblib"))
"""
folder = Path("forest")
folder.mkdir()
(folder / "line.py").write_text(SCRIPT)
session = Session(default_bucket=BUCKET)
estimator = SKLearn(
    entry_point="line.py",
    source_dir=str(folder),
    role=ROLE,
    framework_version="1.2-1",
    instance_type="ml.m5.large",
    hyperparameters={"slope": 3},
    metric_definitions=[{"Name": "score", "Regex": "score=(.*?);"}],
    sagemaker_session=session,
)
estimator.fit(logs=False)
job = estimator.latest_training_job.describe()
assert [(each["MetricName"], each["Value"]) for each in job["FinalMetricDataList"]] == [("score", 1.0)], job

model = SKLearnModel(
    model_data=estimator.model_data,
    role=ROLE,
    entry_point="line.py",
    source_dir=str(folder),
    framework_version="1.2-1",
    sagemaker_session=session,
)
predictor = model.deploy(1, "ml.m5.large", serializer=CSVSerializer(), deserializer=JSONDeserializer())
assert [round(each, 3) for each in predictor.predict([[2.0], [3.0]])] == [7.0, 10.0]
try:
    predictor.predict([[1e7]])
except Exception as refused:
    assert "500" in str(refused) and "see its log" in str(refused), refused
else:
    raise AssertionError("an exception of predict_fn was not reported")
predictor.delete_endpoint()

session.upload_string_as_file_body("2.0\n3.0\n", BUCKET, "lines/a.csv")
transformer = model.transformer(
    1, "ml.m5.large", strategy="SingleRecord", assemble_with="Line", output_path=f"s3://{BUCKET}/lines-out"
)
transformer.transform(f"s3://{BUCKET}/lines/", content_type="text/csv", split_type="Line", logs=False)
rows = session.read_s3_file(BUCKET, "lines-out/a.csv.out").split()
assert [round(json.loads(row)[0], 3) for row in rows] == [7.0, 10.0], rows
print("passed")
