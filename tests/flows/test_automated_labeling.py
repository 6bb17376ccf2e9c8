"""Automated labeling on a real server: rounds of people and machine, crashes, limits, and input that is of no use."""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from helpers.automated_world import ATTRIBUTE, BUCKET, Crowd, create_job
from helpers.labeling_world import World, invite
from helpers.processes import wait_for
from helpers.server_process import ServerProcess, run_command
from trigpoint.autolabel.exact_interval import clopper_pearson

LIMIT_S = 240
AUDIT = "trigpoint:audit-share"
WORDS = (
    ("weather", "will it rain snow storm sunny cold in the city forecast tomorrow wind cloud"),
    ("music", "play the song album band singer guitar louder playlist from concert record next"),
    ("food", "book a table restaurant pizza for dinner lunch sushi menu waiter spicy tonight"),
)
KINDS = {kind: words.split() for kind, words in WORDS}
LABELS = tuple(KINDS)
OBJECTS = 1_250


def sentence(number: int) -> tuple[str, str]:
    """A sentence and its kind; one of ten has words of two kinds, and is hard."""
    dice = random.Random(number)
    kind = dice.choice(LABELS)
    words = dice.choices(KINDS[kind], k=6)
    if number % 10 == 0:
        words = words[:3] + dice.choices(KINDS[dice.choice(LABELS)], k=3)
    return f"{' '.join(words)} {number}", kind


SENTENCES = dict(sentence(number) for number in range(OBJECTS))
LINES = [{"source": text, "n": n} for n, text in enumerate(SENTENCES)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("automated") / "data").start() as server:
        invite(server, "first@example.com", "crowd")
        yield server


def status(world: World) -> str:
    found: str = world.describe()["LabelingJobStatus"]
    return found


def jobs_of(server: ServerProcess, kind: str) -> list[dict[str, Any]]:
    sagemaker = server.aws("sagemaker")
    if kind == "training":
        found: list[dict[str, Any]] = sagemaker.list_training_jobs()["TrainingJobSummaries"]
    else:
        found = sagemaker.list_transform_jobs()["TransformJobSummaries"]
    return found


def test_the_machine_labels_most_texts_although_the_server_is_killed_in_every_phase(
    server: ServerProcess,
) -> None:
    world = create_job(server, "texts", "TextMultiClass", LINES, LABELS, batch=60, tags={AUDIT: "0.2"})
    with Crowd(world, SENTENCES.__getitem__, LABELS) as crowd:
        wait_for(lambda: crowd.answers > 20, "people have begun", LIMIT_S)
        server.kill()
        server.start()
        for kind in ("training", "transform"):
            wait_for(lambda: jobs_of(server, kind), f"a {kind} job", LIMIT_S)  # noqa: B023 - called at once
            server.kill()
            server.start()
        wait_for(lambda: status(world) not in ("Initializing", "InProgress"), "the job has ended", LIMIT_S)
    described = world.describe()
    assert described["LabelingJobStatus"] == "Completed", described.get("FailureReason")
    counters = described["LabelCounters"]
    assert counters["TotalLabeled"] == OBJECTS == counters["HumanLabeled"] + counters["MachineLabeled"]
    report = json.loads(world.read(f"s3://{BUCKET}/out/{world.job}/automated-labeling.json"))
    by_people = counters["HumanLabeled"] + report["audit"]["confirmed"]
    # the answer that the server took in the moment of each kill may have no reply
    assert crowd.answers <= by_people <= crowd.answers + 3
    assert counters["HumanLabeled"] <= 0.6 * OBJECTS
    lines = world.output_lines()
    by_machine = [line for line in lines if line[f"{ATTRIBUTE}-metadata"]["human-annotated"] == "no"]
    assert len(by_machine) == counters["MachineLabeled"]
    right = sum(SENTENCES[line["source"]] == LABELS[line[ATTRIBUTE]] for line in by_machine)
    assert right / len(by_machine) >= 0.93
    for line in by_machine:
        metadata = line[f"{ATTRIBUTE}-metadata"]
        assert metadata["class-name"] == LABELS[line[ATTRIBUTE]]
        assert metadata["type"] == "groundtruth/text-classification"
        assert 0 < metadata["confidence"] <= 1
    check_audit(world, counters, by_machine)
    check_jobs(server, described)
    check_files(server, world, counters)
    check_final_model(server, described)


def audited(world: World) -> list[dict[str, Any]]:
    """What became of the labels of the machine that people checked."""
    content = world.read(f"s3://{BUCKET}/out/{world.job}/activelearning/audit.jsonl").decode()
    return [json.loads(line) for line in content.splitlines()]


def check_audit(world: World, counters: dict[str, int], by_machine: list[dict[str, Any]]) -> None:
    """People checked a fifth of the machine's labels; what they found holds for all of them."""
    report = json.loads(world.read(f"s3://{BUCKET}/out/{world.job}/automated-labeling.json"))
    found, checked = report["audit"], audited(world)
    assert len(checked) == found["chosen"] == found["answered"] == -(-found["machine"] // 5)
    assert found["machine"] == counters["MachineLabeled"] + found["changed"]
    changed = {each["object"] for each in checked if each["result"] == "changed"}
    assert len(changed) == found["changed"] == found["answered"] - found["confirmed"]
    lines = world.output_lines()
    for each in checked:
        line = lines[each["object"]]
        assert each["people"] == line[ATTRIBUTE] == LABELS.index(SENTENCES[line["source"]])
        assert (each["machine"] != each["people"]) == (each["object"] in changed)
        by_people = line[f"{ATTRIBUTE}-metadata"]["human-annotated"] == "yes"
        assert by_people == (each["object"] in changed)
    wrong = sum(SENTENCES[line["source"]] != LABELS[line[ATTRIBUTE]] for line in by_machine)
    low, high = clopper_pearson(found["confirmed"], found["answered"])
    assert found["interval"] == [round(low, 4), round(high, 4)]
    low, high = clopper_pearson(
        found["confirmed"], found["answered"], 0.9999
    )  # a test must not fail by chance
    assert low <= 1 - (wrong + len(changed)) / found["machine"] <= high


def check_jobs(server: ServerProcess, described: dict[str, Any]) -> None:
    """The jobs of the rounds are ordinary ones."""
    sagemaker = server.aws("sagemaker")
    training = sagemaker.describe_training_job(
        TrainingJobName=jobs_of(server, "training")[0]["TrainingJobName"]
    )
    transform = sagemaker.describe_transform_job(
        TransformJobName=jobs_of(server, "transform")[0]["TransformJobName"]
    )
    assert training["LabelingJobArn"] == transform["LabelingJobArn"] == described["LabelingJobArn"]
    assert training["TrainingJobStatus"] == transform["TransformJobStatus"] == "Completed"
    assert [
        each["Value"]
        for each in training["FinalMetricDataList"]
        if each["MetricName"] == "validation:accuracy"
    ]


def check_files(server: ServerProcess, world: World, counters: dict[str, int]) -> None:
    """The tree of files, as public notebooks read it."""
    s3 = server.aws("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"out/{world.job}/")
    keys = [each["Key"] for page in pages for each in page["Contents"]]
    found = [key for key in keys if key.endswith("auto_annotator_output.txt")]
    numbered: dict[int, dict[str, Any]] = {}
    for key in found:
        assert re.fullmatch(r"\d+", key.split("/")[-3])
        for line in world.read(f"s3://{BUCKET}/{key}").decode().splitlines():
            number, _, text = line.partition(" ")
            numbered[int(number)] = json.loads(text)
    changed = [each["object"] for each in audited(world) if each["result"] == "changed"]
    assert len(numbered) == counters["MachineLabeled"] + len(changed)
    kept = {n: line for n, line in numbered.items() if n not in changed}
    assert kept == {n: line for n, line in enumerate(world.output_lines()) if n in kept}
    models = [key for key in keys if key.endswith("model.tar.gz")]
    assert all(f"/training/{key.split('/')[-5]}/" in key for key in models) and models
    report = json.loads(world.read(f"s3://{BUCKET}/out/{world.job}/automated-labeling.json"))
    assert report["machine"] == counters["MachineLabeled"]
    assert report["bound"] >= 0.95
    assert [each["number"] for each in report["rounds"]] == list(range(1, len(report["rounds"]) + 1))
    thresholds = [key for key in keys if key.endswith("/validation/threshold.json")]
    assert len(thresholds) == len(report["rounds"])


def check_final_model(server: ServerProcess, described: dict[str, Any]) -> None:
    """The final model can start another job, whose machine labels from the first round on."""
    arn = described["LabelingJobOutput"]["FinalActiveLearningModelArn"]
    more = [{"source": text[::-1] if n < 2 else text} for n, text in enumerate(SENTENCES)]
    world = create_job(
        server,
        "again",
        "TextMultiClass",
        more,
        LABELS,
        batch=300,
        algorithms={"InitialActiveLearningModelArn": arn},
    )

    def truth(text: str) -> str:
        return SENTENCES.get(text) or SENTENCES[text[::-1]]

    with Crowd(world, truth, LABELS, email="again@example.com"):
        wait_for(lambda: status(world) not in ("Initializing", "InProgress"), "the job has ended", LIMIT_S)
    assert status(world) == "Completed"
    report = json.loads(world.read(f"s3://{BUCKET}/out/{world.job}/automated-labeling.json"))
    first = report["rounds"][0]
    assert first["people"] == 250  # the validation set
    assert first["labeled"] > 500


def test_a_job_that_is_stopped_keeps_its_labels(server: ServerProcess) -> None:
    world = create_job(server, "stopped", "TextMultiClass", LINES, LABELS, batch=100)
    with Crowd(world, SENTENCES.__getitem__, LABELS, email="stopped@example.com") as crowd:
        wait_for(lambda: crowd.answers > 20, "people have begun", LIMIT_S)
        server.aws("sagemaker").stop_labeling_job(LabelingJobName=world.job)
        wait_for(lambda: status(world) == "Stopped", "the job is stopped", LIMIT_S)
    counters = world.describe()["LabelCounters"]
    assert counters["Unlabeled"] + counters["TotalLabeled"] == OBJECTS
    assert sum(ATTRIBUTE in line for line in world.output_lines()) == counters["TotalLabeled"] > 0


def test_a_budget_of_human_labels_ends_the_job(server: ServerProcess) -> None:
    world = create_job(
        server,
        "budget",
        "TextMultiClass",
        LINES,
        LABELS,
        batch=100,
        stopping={"MaxHumanLabeledObjectCount": 30},
    )
    with Crowd(world, SENTENCES.__getitem__, LABELS, email="budget@example.com"):
        wait_for(lambda: status(world) == "Stopped", "the job is stopped", LIMIT_S)
    assert world.describe()["LabelCounters"]["HumanLabeled"] == 30


def test_a_first_sample_that_fails_ends_the_job(server: ServerProcess) -> None:
    missing = [{"source-ref": f"s3://{BUCKET}/none-{n}.jpg"} for n in range(OBJECTS)]
    world = create_job(server, "missing", "ImageMultiClass", missing, LABELS, batch=50)
    wait_for(lambda: status(world) == "Failed", "the job has failed", LIMIT_S)
    assert "10 of the first 50 data objects could not be labeled" in world.describe()["FailureReason"]


def test_too_few_objects_and_algorithms_of_other_tasks_are_refused(server: ServerProcess) -> None:
    world = create_job(server, "few", "TextMultiClass", LINES[:1_249], LABELS)
    wait_for(lambda: status(world) == "Failed", "the job has failed", LIMIT_S)
    assert "has 1249 objects; automated labeling needs at least 1250" in world.describe()["FailureReason"]
    with pytest.raises(
        ClientError, match="automated labeling of TextMultiClassMultiLabel jobs does not exist"
    ):
        create_job(server, "other", "TextMultiClassMultiLabel", LINES, LABELS)
    arn = "arn:aws:sagemaker:us-east-1:027400017018:labeling-job-algorithm-specification/image-classification"
    with pytest.raises(ClientError, match=r"TextMultiClass jobs need .*/text-classification"):
        create_job(
            server,
            "other",
            "TextMultiClass",
            LINES,
            LABELS,
            algorithms={"LabelingJobAlgorithmSpecificationArn": arn},
        )


OWN_LEARNER = """
import collections, http.server, json, math, os, sys

ML = "/opt/ml"


def train():
    settings = json.load(open(f"{ML}/input/config/hyperparameters.json"))
    counts = [collections.Counter() for _ in range(int(settings["num_classes"]))]
    for line in open(f"{ML}/input/data/train/train.manifest"):
        example = json.loads(line)
        counts[example[settings["label_attribute"]]].update(example["source"].split())
    json.dump(counts, open(f"{ML}/model/counts.json", "w"))


def chances(counts, text):
    logs = [sum(math.log(own.get(word, 0) + 0.1) for word in text.split()) for own in counts]
    powers = [math.exp(each - max(logs)) for each in logs]
    return [each / sum(powers) for each in powers]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        replies = [{"prediction": chances(COUNTS, json.loads(line)["source"])} for line in body.splitlines()]
        self.answer("".join(json.dumps(each) + "\\n" for each in replies).encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if sys.argv[-1] == "train":
    train()
else:
    COUNTS = json.load(open(f"{ML}/model/counts.json"))
    port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
    http.server.ThreadingHTTPServer(("", port), Handler).serve_forever()
"""


def test_a_program_of_the_requester_learns_instead_of_the_built_in_algorithm(
    server: ServerProcess, tmp_path: Path
) -> None:
    program = tmp_path / "learner" / "learner.py"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\n{OWN_LEARNER}")
    program.chmod(0o755)
    tags = {"trigpoint:learner-image": "my/learner:1"}
    with pytest.raises(ClientError, match="no program runs for 'my/learner:1'; register one"):
        create_job(server, "own", "TextMultiClass", LINES, LABELS, batch=300, tags=tags)
    added = ("image", "add", "my/learner:1", "--command", str(program), "--data", str(server.data_dir))
    assert run_command(*added).returncode == 0
    world = create_job(server, "own", "TextMultiClass", LINES, LABELS, batch=300, tags=tags)
    with Crowd(world, SENTENCES.__getitem__, LABELS, email="own@example.com"):
        wait_for(lambda: status(world) not in ("Initializing", "InProgress"), "the job has ended", LIMIT_S)
    described = world.describe()
    report = json.loads(world.read(f"s3://{BUCKET}/out/{world.job}/automated-labeling.json"))
    assert described["LabelingJobStatus"] == "Completed" and report["trouble"] is None, report
    assert described["LabelCounters"]["MachineLabeled"] > 300
    right = [
        SENTENCES[line["source"]] == LABELS[line[ATTRIBUTE]]
        for line in world.output_lines()
        if line[f"{ATTRIBUTE}-metadata"]["human-annotated"] == "no"
    ]
    assert sum(right) / len(right) >= 0.93
    arn = described["LabelingJobOutput"]["FinalActiveLearningModelArn"]
    model = server.aws("sagemaker").describe_model(ModelName=arn.rpartition("/")[2])
    assert model["PrimaryContainer"]["Image"] == "my/learner:1"
