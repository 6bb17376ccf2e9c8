"""Runs the public conformance suite for S3 servers (github.com/ceph/s3-tests) against Trigpoint.

    python tools/s3_conformance.py ../s3-tests --python ../s3-tests-env/bin/python

starts a throw-away server, runs the suite's tests of the operations that Trigpoint serves, and writes
docs/s3-conformance.md. The suite is unchanged. The interpreter that `--python` names must have its
requirements. Exits with 1 when a test fails for which this script holds no reason.
"""

from __future__ import annotations

import argparse
import configparser
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trigpoint.access.keys import AccessKey

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "s3-conformance.md"
FILES = ("test_s3.py", "test_headers.py")


@dataclass(frozen=True)
class Group:
    """Tests selected by mark or by name, and the reason why they are left out or may fail."""

    name: str
    reason: str
    marks: tuple[str, ...] = ()
    names: str = "$^"
    save: str = "$^"

    def holds(self, name: str, marks: Sequence[str]) -> bool:
        """Whether a mark or the name selects the test, and `save` does not exclude it."""
        by_name = re.search(self.names, name) is not None
        return (by_name or bool(set(self.marks) & set(marks))) and re.search(self.save, name) is None


OUT_OF_SCOPE = (
    Group(
        "versioning",
        "buckets keep one version of each object",
        ("delete_marker",),
        r"version|delete_marker|noncur|delete_objects?_current_if|put_current_object|multipart_put_current|"
        r"put_object_current_if_match",
    ),
    Group(
        "lifecycle, transitions, restore",
        "objects stay until they are deleted; there is one storage class",
        ("lifecycle", "lifecycle_expiration", "lifecycle_transition", "cloud_transition", "cloud_restore"),
        r"lifecycle|restore_|read_through|storage_class",
    ),
    Group(
        "encryption (SSE-C, SSE-KMS, SSE-S3)",
        "refused with NotImplemented: objects are plain files; encrypt the disk instead",
        ("encryption", "sse_s3", "bucket_encryption"),
        r"encrypt|sse_|_enc$|put_obj_enc_",
        r"copy(_part)?_enc\[unencrypted-unencrypted-",
    ),
    Group(
        "bucket policies",
        "access keys are valid for the whole installation",
        ("bucket_policy",),
        r"policy(?!_condition|_specified|$)|_policy$(?<!expired_policy)|public_block|block_public",
    ),
    Group("bucket logging", "not served", ("bucket_logging", "bucket_logging_cleanup"), r"bucket_logging"),
    Group("object lock, retention, legal hold", "not served", ("object_lock",), r"object_lock"),
    Group(
        "ACLs that grant to others",
        "every object belongs to the one account (bucket owner enforced); other grants are refused with "
        "AccessControlListNotSupported",
        ("object_ownership",),
        r"_acl|access_bucket|bucket_ownership|ownership_controls",
        r"_acl_default$|private_to_private|bad_canned_acl|full_control_verify|"
        r"object_raw_authenticated_(bucket|object)_acl|(object|cors)_presigned_put_object_with_acl$",
    ),
    Group(
        "reading and writing without credentials",
        "every request is signed: nothing is public",
        (),
        r"anonymous|anon_put|_public$|raw_get($|_bucket_gone|_object_gone)|object_raw_get_bucket|acl_public",
    ),
    Group(
        "two owners, tenants",
        "there is one account, so nobody else owns a bucket",
        (),
        r"nonowner|not_owned|_tenant|object_read_unreadable|upload_owner|expected_bucket_owner$",
    ),
    Group(
        "usage of the account",
        "an extension of Ceph",
        ("appendobject",),
        r"account_usage|bucket_usage|append",
    ),
    Group(
        "version 2 signatures in the Authorization header",
        "refused, as AWS does for buckets created since June 2020; presigned URLs and forms of version 2 are served",
        ("auth_aws2",),
    ),
    Group(
        "static web sites, torrents, S3 Select", "not served", ("s3website", "s3select"), r"torrent|website"
    ),
)

EXPECTED = (
    Group(
        "tests that the suite marks as not working",
        "botocore signs after the test has removed the header, so that the request is valid; or one part is "
        "named twice, which is an InvalidPartOrder",
        names=r"bad_authorization_(empty|none)|bad_contentlength_none|resend_first_finishes_last",
    ),
    Group("version 2 signatures in the Authorization header", "as above", names=r"_v2$"),
    Group(
        "extensions of Ceph",
        "headers and parameters that AWS does not have (allow-unordered is ignored)",
        names=r"unordered|head_extended",
    ),
    Group(
        "the test checks its result without credentials",
        "every request must be signed; tests/wire/test_s3_over_http.py tests the same with a signature",
        names=r"delete_key_bucket_gone|cors_origin|100_continue$|post_object_(set_|success_redirect)",
    ),
    Group(
        "replies as AWS documents them, which the test does not expect",
        "Prefix of the first listing is URL-encoded on request, and botocore does not decode it; metadata that are "
        "not ASCII are returned in RFC 2047; an X-Amz-Expires that is negative or longer than a week is an "
        "AuthorizationQueryParametersError (400), not AccessDenied (403); a part number beyond the last is "
        "InvalidPartNumber (416); a malformed checksum is InvalidRequest; more than ten tags are a BadRequest",
        names=r"list_prefix_unreadable|unicode_metadata|put_authenticated_expired|expires_out_(max|positive)|_get_part$|"
        r"object_checksum_(sha256|crc64nvme)|multipart_checksum_sha256|put_excess_tags",
    ),
)


def main() -> int:
    """Runs the suite and writes the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("suite", type=Path, help="a checkout of ceph/s3-tests")
    parser.add_argument(
        "--python", default=sys.executable, help="an interpreter with the suite's requirements"
    )
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write")
    parser.add_argument("--only", default="", help="run the tests that match this expression (pytest -k)")
    parser.add_argument("--report", type=Path, help="keep the raw results in this file too")
    arguments, rest = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        tests = _run(arguments, Path(folder), rest)
    if arguments.report:
        arguments.report.write_text(json.dumps(tests, indent=1))
    ran = {name: test for name, test in tests.items() if test["outcome"]}
    unexplained = [name for name in ran if _failed(ran[name]) and _group(EXPECTED, name, ran[name]) is None]
    for name in unexplained:
        print(f"no known reason why {name} fails: {ran[name]['why']}", file=sys.stderr)
    print(f"{sum(not _failed(test) for test in ran.values())} of {len(ran)} passed")
    if not arguments.only:
        arguments.page.write_text(_page(tests, _version(arguments.suite)))
    return 1 if unexplained else 0


def _run(arguments: argparse.Namespace, folder: Path, rest: list[str]) -> dict[str, dict[str, Any]]:
    paths = [f"s3tests/functional/{name}" for name in FILES]
    pytest = [arguments.python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "s3_conformance_plugin"]
    report, left_out = folder / "report.json", folder / "left_out"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'tools'}",
        "TRIGPOINT_CONFORMANCE_REPORT": str(report),
        "S3TEST_CONF": str(folder / "s3tests.conf"),
    }
    with _server(folder / "data") as (url, keys):
        _write_config(folder, url, keys)
        collecting = [*pytest, "--collect-only", *paths]
        subprocess.run(
            collecting, cwd=arguments.suite, env=environment, check=True, stdout=subprocess.DEVNULL
        )
        found: dict[str, dict[str, Any]] = json.loads(report.read_text())
        left_out.write_text(
            "\n".join(name for name, test in found.items() if _group(OUT_OF_SCOPE, name, test))
        )
        environment["TRIGPOINT_CONFORMANCE_LEFT_OUT"] = str(left_out)
        wanted = ["-k", arguments.only] if arguments.only else []
        subprocess.run([*pytest, "--tb=short", *wanted, *rest, *paths], cwd=arguments.suite, env=environment)
    ended: dict[str, dict[str, Any]] = json.loads(report.read_text())
    return found | ended


@contextmanager
def _server(data_dir: Path) -> Iterator[tuple[str, dict[str, AccessKey]]]:
    """A server's URL and the keys of the suite's users. The data are deleted at the end."""
    command = [sys.executable, "-m", "trigpoint", "serve", "--data", str(data_dir), "--port", "0"]
    output = data_dir.with_name("output")
    with output.open("w") as file:
        child = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        yield _url(child, output), _make_keys(data_dir)
    finally:
        child.terminate()
        child.wait(30)


def _url(child: subprocess.Popen[bytes], output: Path) -> str:
    while child.poll() is None:
        if "is ready at " in (said := output.read_text()):
            return said.split("is ready at ")[1].split()[0]
        time.sleep(0.1)
    raise SystemExit(f"the server did not start: {output.read_text()}")


def _make_keys(data_dir: Path) -> dict[str, AccessKey]:
    from trigpoint.access.keys import AccessKeys
    from trigpoint.access.secrets import SecretBox
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.opening import open_existing
    from trigpoint.settings import Settings

    settings = Settings.load(data_dir=data_dir)
    keys = AccessKeys(open_existing(settings), SecretBox(settings.key_file), SystemClock())
    return {name: keys.create(name) for name in ("main", "alt", "tenant")}


def _write_config(folder: Path, url: str, keys: Mapping[str, AccessKey]) -> None:
    """Writes the suite's configuration. All of its users belong to the one account."""
    from trigpoint.settings import Settings

    account = Settings.load(data_dir=folder / "data").account_id
    host, _, port = url.removeprefix("http://").partition(":")
    config = configparser.RawConfigParser()
    config["DEFAULT"] = {"host": host, "port": port, "is_secure": "False", "ssl_verify": "False"}
    config["fixtures"] = {"bucket prefix": "conformance-{random}-"}
    for section, key in (("s3 main", "main"), ("s3 alt", "alt"), ("s3 tenant", "tenant"), ("iam", "main"), ("iam root", "main"), ("iam alt root", "alt")):  # fmt: skip
        config[section] = {
            "display_name": account,
            "user_id": account,
            "email": f"{key}@example.com",
            "access_key": keys[key].access_key_id,
            "secret_key": keys[key].secret_access_key,
            "api_name": "",
            "tenant": "",
        }
    with (folder / "s3tests.conf").open("w") as file:
        config.write(file)


def _group(groups: Sequence[Group], name: str, test: Mapping[str, Any]) -> Group | None:
    return next((group for group in groups if group.holds(name, test["marks"])), None)


def _failed(test: Mapping[str, Any]) -> bool:
    return bool(test["outcome"] == "failed")


def _version(suite: Path) -> str:
    done = subprocess.run(["git", "-C", str(suite), "rev-parse", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip()[:12]


def _page(tests: Mapping[str, Mapping[str, Any]], version: str) -> str:
    ran = {name: test for name, test in sorted(tests.items()) if test["outcome"]}
    passed = [name for name, test in ran.items() if test["outcome"] == "passed"]
    failed = [name for name, test in ran.items() if _failed(test)]
    skipped = [name for name, test in ran.items() if test["outcome"] == "skipped"]
    left = [name for name, test in tests.items() if not test["outcome"]]
    lines = [
        "# S3 conformance",
        "",
        "Generated by `tools/s3_conformance.py`; do not edit. The suite is [ceph/s3-tests](https://github.com/ceph/s3-tests)"
        + (f" at `{version}`" if version else "")
        + ", unchanged, with its tests of S3 itself ("
        + ", ".join(f"`{name}`" for name in FILES)
        + "),",
        "run over HTTP against a fresh `trigpoint serve`. All of the suite's users are access keys of the one account. Where a",
        "test of something else creates a bucket or an object with a public ACL, which Trigpoint refuses, its client leaves the",
        "ACL out (`tools/s3_conformance_plugin.py`).",
        "",
        "| | Tests |",
        "|---|---|",
        f"| passed | {len(passed)} |",
        f"| failed | {len(failed)} |",
        f"| skipped by the suite itself | {len(skipped)} |",
        f"| not in scope, not run | {len(left)} |",
        f"| all | {len(tests)} |",
        "",
        "## Not in scope",
        "",
        "| Group | Tests | Why |",
        "|---|---|---|",
    ]
    for group in OUT_OF_SCOPE:
        count = sum(_group(OUT_OF_SCOPE, name, tests[name]) is group for name in left)
        lines.append(f"| {group.name} | {count} | {group.reason} |")
    lines += ["", "## Failed", ""]
    for group in EXPECTED:
        names = [name for name in failed if _group(EXPECTED, name, tests[name]) is group]
        if names:
            lines += [
                f"**{group.name}** ({len(names)}): {group.reason}.",
                "",
                *(f"- `{name}`" for name in names),
                "",
            ]
    unexplained = [name for name in failed if _group(EXPECTED, name, tests[name]) is None]
    if unexplained:
        lines += [f"**Unexplained** ({len(unexplained)})", "", *(f"- `{name}`: {tests[name]['why']}" for name in unexplained), ""]  # fmt: skip
    lines += ["## Passed", "", *(f"- `{name}`" for name in passed), ""]
    if skipped:
        lines += ["## Skipped by the suite", "", *(f"- `{name}`" for name in skipped), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
