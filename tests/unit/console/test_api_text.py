"""The calls that pages show to copy are valid, whatever is in them."""

from __future__ import annotations

import ast
import shlex
from datetime import UTC, datetime

from trigpoint.server.console.api_text import api_text, command_text
from trigpoint.server.console.operations import Call

REQUEST = {
    "NameContains": "it's $(rm -rf /) `x`",
    "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": 's3://b/"k".manifest'}}},
    "Tags": [{"Key": "a", "Value": "-b\nc"}],
    "EnableNetworkIsolation": False,
    "MaxResults": 50,
    "CreationTimeAfter": datetime(2026, 1, 2, tzinfo=UTC),
    "Description": "-begins with a hyphen",
}


def test_the_python_code_holds_the_request() -> None:
    code = api_text(Call("sagemaker", "CreateModel", REQUEST)).python
    call = ast.parse(code).body[-1]
    assert isinstance(call, ast.Expr) and isinstance(call.value, ast.Call)
    space: dict[str, object] = {}
    exec("import datetime", space)
    given = {
        word.arg: eval(compile(ast.Expression(word.value), "", "eval"), space) for word in call.value.keywords
    }
    assert given == REQUEST
    assert ast.unparse(call.value.func) == "sagemaker.create_model"


def test_the_command_quotes_every_value_for_the_shell() -> None:
    words = shlex.split(api_text(Call("monitoring", "CreateModel", REQUEST)).shell.replace("\\\n", " "))
    assert words[:3] == ["aws", "cloudwatch", "create-model"]
    assert words[words.index("--name-contains") + 1] == REQUEST["NameContains"]
    assert words[words.index("--tags") + 1] == '[{"Key": "a", "Value": "-b\\nc"}]'
    assert "--no-enable-network-isolation" in words
    assert "--description=-begins with a hyphen" in words
    assert words[words.index("--creation-time-after") + 1] == "2026-01-02T00:00:00+00:00"
    assert api_text(Call("s3", "ListBuckets", {})).shell == "aws s3api list-buckets"
    assert shlex.split(command_text("trigpoint", "person", "add", "a b;c").shell)[3] == "a b;c"
