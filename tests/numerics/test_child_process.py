"""The child process from end to end: training through pipes, SIGTERM, serving, prediction."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import httpx
import pytest
from PIL import Image

from helpers.algorithms.container import Platform, make_container, run_training, scene_pair, start
from helpers.algorithms.container import jpeg as jpeg_of
from trigpoint.algorithms.object_detection.entry import load_handler

LIGHT = {
    "num_classes": "3",
    "num_training_samples": "4",
    "base_network": "resnet-10",
    "mini_batch_size": "2",
    "optimizer": "adam",
}


def wait_for_port(root: Path, timeout_s: float = 60) -> int:
    deadline = time.monotonic() + timeout_s
    while not (root / "port").exists():
        assert time.monotonic() < deadline, "the model server wrote no port"
        time.sleep(0.02)
    return int((root / "port").read_text())


def test_a_model_trained_for_one_epoch_is_served_and_predicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_container(tmp_path, {**LIGHT, "epochs": "1"})
    pairs = [scene_pair(2, k) for k in range(4)]
    with Platform(tmp_path, {"train": pairs, "validation": pairs[:2]}):
        code, log = run_training(tmp_path)
    assert code == 0, log
    assert re.search(r"#quality_metric: host=\S+, epoch=\S+, validation mAP <score>=\((\S+)\)", log)
    assert re.search(r"#quality_metric: host=\S+, epoch=\S+, batch=2 train smooth_l1 <loss>=(\S+)", log)
    assert "#progress_metric: host=algo-1, completed 100 % of epochs" in log
    assert re.search(r'Saved checkpoint to ".*/model_algo_1-0000.params"', log)

    server = start("serve", tmp_path)
    try:
        base = f"http://127.0.0.1:{wait_for_port(tmp_path)}"
        with httpx.Client(base_url=base, timeout=30) as client:
            ping = client.get("/ping")
            assert (ping.status_code, ping.content) == (200, b"")
            jpeg = {"Content-Type": "image/jpeg"}
            rows = client.post("/invocations", content=pairs[0][0], headers=jpeg).json()["prediction"]
            assert rows == sorted(rows, key=lambda row: -row[1])
            assert all(len(row) == 6 and all(0 <= value <= 1 for value in row[1:]) for row in rows)
            truth_form = client.post(
                "/invocations",
                content=pairs[0][0],
                headers={**jpeg, "Accept": "application/json;annotation=1"},
            ).json()
            assert truth_form["image_size"] == [{"width": 480, "height": 360, "depth": 3}]
            assert len(truth_form["annotations"]) == len(rows)
            refused = client.post("/invocations", content=b"{}", headers={"Content-Type": "text/csv"})
            assert (refused.status_code, refused.text) == (
                415,
                "Content type text/csv is not supported; "
                "send one of image/jpeg, image/png, application/x-image",
            )
            broken = client.post("/invocations", content=b"no image", headers=jpeg)
            assert broken.status_code == 400 and "not an image that can be decoded" in broken.text
            assert client.post("/invocations", content=pairs[0][0]).status_code == 200
            odd = client.post("/invocations", content=pairs[0][0], headers={**jpeg, "Accept": "text/html"})
            assert odd.status_code == 406
            assert client.get("/nowhere").status_code == 404
    finally:
        server.terminate()
        log, _ = server.communicate(timeout=30)
    assert server.returncode == 0, log
    assert "Traceback" not in log

    monkeypatch.setenv("SAGEMAKER_BATCH", "true")  # in a transform job a damaged file has a reply, too
    reply = load_handler(tmp_path / "model")
    assert json.loads(reply(b"no image", "image/jpeg", "").body)["error"]
    grey = jpeg_of(Image.new("L", (40, 30)))
    shown = json.loads(reply(grey, "image/jpeg", "application/json;annotation=1").body)
    assert shown["image_size"] == [{"width": 40, "height": 30, "depth": 1}]


def test_sigterm_ends_the_training_after_its_batch_with_a_model_and_exit_code_0(tmp_path: Path) -> None:
    make_container(tmp_path, {**LIGHT, "epochs": "100000"}, channels=["train"])
    with Platform(tmp_path, {"train": [scene_pair(2, k) for k in range(4)]}):
        process = start("train", tmp_path)
        assert process.stdout is not None
        for line in process.stdout:
            if "#progress_metric" in line:
                break
        process.terminate()
        rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0, rest
    assert "Asked to stop in epoch" in rest
    symbol = json.loads((tmp_path / "model" / "model_algo_1-symbol.json").read_text())
    assert symbol["network"] == "resnet-10"
    assert not (tmp_path / "output" / "failure").exists()


def test_a_model_of_another_program_is_refused(tmp_path: Path) -> None:
    make_container(tmp_path, {})
    (tmp_path / "model" / "model_algo_1-symbol.json").write_text('{"nodes": [], "heads": []}')
    server = start("serve", tmp_path)
    log, _ = server.communicate(timeout=60)
    assert server.returncode == 2
    assert "model_algo_1-symbol.json is MXNet's; only models that were trained by this program" in log
