"""Writes docs/api-coverage.md: every operation and input field of the services that are spoken, and what becomes
of it.

python tools/api_coverage.py            # writes the page
python tools/api_coverage.py --check    # exits 1 when the page is not what would be written
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from trigpoint.access.secrets import SecretBox
from trigpoint.app import Application
from trigpoint.db import Database
from trigpoint.services.coverage import (
    Coverage,
    FieldRow,
    IgnoredField,
    PartlyServedField,
    RefusedField,
    field_rows,
)
from trigpoint.services.dispatch import OperationTable, Served
from trigpoint.settings import Settings
from trigpoint.wire.model import service_model

PAGE = Path(__file__).parents[1] / "docs" / "api-coverage.md"

TITLES = {
    "sagemaker": "SageMaker",
    "sagemaker-runtime": "SageMaker Runtime",
    "logs": "CloudWatch Logs",
    "monitoring": "CloudWatch",
    "sts": "STS",
    "iam": "IAM",
}
ORDER = tuple(TITLES)

HEAD = """# API coverage

<!-- Made by tools/api_coverage.py from botocore's service models and from what each operation declares. -->

Every operation that Trigpoint serves, with every field of its input:

- **served**: the field does what AWS says;
- **served in part**: some values of it are refused, with an error that says so;
- **no effect**: accepted, and shown again where AWS shows it, so that scripts made for AWS run unchanged;
- **refused**: a request with it is answered with an error that names the field.

Fields that the service model does not know are ignored, as AWS does. All other operations are answered with
`UnknownOperationException` (STS and IAM: `InvalidAction`) and a message that says that Trigpoint does not serve
them; their names stand at the end of each service.

SageMaker's lists: `NameContains` and `JobReferenceCodeContains` find text in whatever case; `...Before` does not include the time
itself. A `NextToken` goes on where its page ended, whatever was added or deleted meanwhile, and is refused with another
operation, other filters or another order; `MaxResults` may change from page to page.
"""


def main(arguments: Sequence[str]) -> int:
    wanted = page()
    if "--check" in arguments:
        there = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
        if there != wanted:
            print(f"{PAGE} is out of date; run: python tools/api_coverage.py", file=sys.stderr)
        return int(there != wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    print(PAGE)
    return 0


def page() -> str:
    """The page, for the server as it is put together in `trigpoint.app`."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        SecretBox.create(settings.key_file)
        database = Database(f"sqlite:///{folder}/scratch.db")
        database.create_all()
        try:
            application = Application(settings, database)
            lines = list(_lines(application.operations, application.s3.operation_names()))
        finally:
            database.close()
    return "\n".join(lines).rstrip() + "\n"


def _lines(table: OperationTable, s3_operations: Sequence[str]) -> Iterator[str]:
    yield HEAD
    services = sorted(table.services, key=ORDER.index)
    yield "| Service | Operations served | in the service model |\n| --- | ---: | ---: |"
    for service in services:
        yield f"| {TITLES[service]} | {len(table.names(service))} | {len(_all(service))} |"
    yield f"| S3 | {len(s3_operations)} | {len(_all('s3'))} |"
    for service in services:
        yield from _service(table, service)
    yield from _s3(s3_operations)


def _service(table: OperationTable, service: str) -> Iterator[str]:
    names = table.names(service)
    yield f"\n## {TITLES[service]}"
    for name in names:
        yield from _operation(table.find(service, name))
    yield from _unserved(sorted(set(_all(service)) - set(names)))


def _operation(served: Served) -> Iterator[str]:
    rows = field_rows(served.model, served.fields)
    yield f"\n### {served.name}\n"
    if not rows:
        yield "No input."
    elif not served.fields:
        yield f"All fields are served: {', '.join(_name(row) for row in rows)}."
    else:
        yield "| Field | |\n| --- | --- |"
        yield from (f"| {_name(row)} | {_said(row.coverage)} |" for row in rows)


def _name(row: FieldRow) -> str:
    return f"`{row.path}`" + (" (required)" if row.required else "")


def _said(coverage: Coverage | None) -> str:
    match coverage:
        case None:
            return "served"
        case IgnoredField(reason):
            return f"no effect: {reason}"
        case RefusedField(reason):
            return f"**refused**: {reason}"
        case PartlyServedField(reason):
            return f"served in part: {reason}"


def _s3(served: Sequence[str]) -> Iterator[str]:
    yield "\n## S3\n"
    yield f"Served: {', '.join(served)}, and uploads by browser forms (POST Object)."
    yield from _unserved(sorted(set(_all("s3")) - set(served)), "with `NotImplemented` and their name")


def _unserved(names: Sequence[str], how: str = "") -> Iterator[str]:
    if names:
        yield f"\n### Not served\n\n{len(names)} operations{', answered ' + how if how else ''}: {', '.join(names)}."


def _all(service: str) -> list[str]:
    return list(service_model(service).operation_names)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
