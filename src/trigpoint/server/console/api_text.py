"""A call as text to copy: with boto3, and with the AWS CLI."""

from __future__ import annotations

import json
import pprint
import shlex
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore import xform_name

from trigpoint.server.console.operations import Call

# The names of boto3's clients and of the commands that differ from those of services here.
_CLIENTS = {"monitoring": "cloudwatch"}
_COMMANDS = {**_CLIENTS, "s3": "s3api"}
_WIDTH = 96


@dataclass(frozen=True, slots=True)
class ApiText:
    """How to make the same call elsewhere. `python` is empty for what only the command line can do."""

    title: str
    python: str
    shell: str


def api_text(call: Call) -> ApiText:
    """The call with boto3 and with the AWS CLI. Both need the variables that `trigpoint env` prints."""
    return ApiText(call.operation, _python(call), _shell(call))


def command_text(*words: str) -> ApiText:
    """A command of `trigpoint`, for what AWS has no operation."""
    return ApiText(" ".join(words[:3]), "", shlex.join(words))


def file_text(uri: str, content: str) -> ApiText:
    """An object with this content. The command line takes it from a file; its name is that of the object."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    name = key.rpartition("/")[2]
    python = (
        f'import boto3\n\ns3 = boto3.client("s3")\ncontent = {content!r}\n'
        f"s3.put_object(Bucket={bucket!r}, Key={key!r}, Body=content.encode())"
    )
    return ApiText(f"PutObject {name}", python, f"aws s3 cp {shlex.quote(name)} {shlex.quote(uri)}")


def _python(call: Call) -> str:
    client = _CLIENTS.get(call.service, call.service)
    name = client.replace("-", "_")
    arguments = "".join(f"    {key}={_value(value)},\n" for key, value in call.request.items())
    imports = "import datetime\n\n" if "datetime.datetime(" in arguments else ""
    method = xform_name(call.operation)
    return (
        f'{imports}import boto3\n\n{name} = boto3.client("{client}")\n'
        f"{name}.{method}({chr(10) + arguments if arguments else ''})"
    )


def _value(value: Any) -> str:
    return pprint.pformat(value, width=_WIDTH, sort_dicts=False).replace("\n", "\n    ")


def _shell(call: Call) -> str:
    command = _COMMANDS.get(call.service, call.service)
    words = [f"aws {command} {xform_name(call.operation, '-')}"]
    words += [_option(key, value) for key, value in call.request.items()]
    return " \\\n    ".join(words)


def _option(key: str, value: Any) -> str:
    option = xform_name(key, "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    text = value if isinstance(value, str) else json.dumps(value, default=_time, ensure_ascii=False)
    if isinstance(value, datetime):
        text = value.isoformat()
    # With `=`, so that a value that begins with a hyphen is not read as an option.
    return (
        f"--{option} {shlex.quote(text)}" if not text.startswith("-") else f"--{option}={shlex.quote(text)}"
    )


def _time(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is in no request")
