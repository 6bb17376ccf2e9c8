"""The functions of an inference script, with and without a context."""

from __future__ import annotations

from pathlib import Path

import pytest

from trigpoint.toolkit.trigpoint_toolkit.handlers import ModelFunctions

SCRIPT = """
def model_fn(model_dir, context):
    assert context.system_properties["model_dir"] == model_dir
    return 2
def input_fn(body, content_type, context=None):
    return float(body), context.get_request_header(0, "Content-Type"), context.get_request_header(0, "X-Other")
def predict_fn(data, model):
    return [data[0] * model, *data[1:]]
"""


def test_functions_that_take_a_context_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tp_context_script.py").write_text(SCRIPT)
    functions = ModelFunctions("tp_context_script.py", tmp_path, tmp_path / "model")
    reply = functions(b"4", "text/csv", "application/json")
    assert (reply.body, reply.content_type) == (b'[8.0, "text/csv", null]', "application/json")
