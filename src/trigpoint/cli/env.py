"""`trigpoint env`: the environment variables that point AWS clients at the server."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from trigpoint.cli.options import data_option, reports_errors
from trigpoint.core.errors import Conflict, Invalid
from trigpoint.settings import Settings

if TYPE_CHECKING:
    from trigpoint.access.keys import AccessKey

SDK_CONFIG_MARK = "# Written by `trigpoint env --sdk-config`"


@click.command()
@click.option("--key", "key_name", default="root", help="The access key to use [default: root].")
@click.option(
    "--proxy",
    is_flag=True,
    help="Also catch requests to AWS's own hosts, so that old notebooks run unchanged.",
)
@click.option(
    "--proxy-only", is_flag=True, help="As --proxy, without AWS_ENDPOINT_URL: clients address AWS's hosts."
)
@click.option(
    "--sdk-config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the SageMaker SDK's configuration (default bucket, no telemetry) to FILE and name it.",
)
@click.option(
    "--bucket", help="The bucket in that file [default: sagemaker-<region>-<account>, as the SDK names it]."
)
@data_option
@reports_errors
def env(
    key_name: str,
    proxy: bool,
    proxy_only: bool,
    sdk_config: Path | None,
    bucket: str | None,
    data_dir: Path | None,
) -> None:
    """Print the shell lines that point AWS clients at the server: eval "$(trigpoint env)"."""
    from trigpoint.access.keys import AccessKeys
    from trigpoint.access.secrets import SecretBox
    from trigpoint.core.clock import SystemClock
    from trigpoint.datadir.address import open_authority, with_recorded_address
    from trigpoint.datadir.opening import open_existing

    if bucket is not None and sdk_config is None:
        raise Invalid("--bucket needs --sdk-config FILE, the file that names the bucket")
    settings = Settings.load(data_dir=data_dir)
    database = open_existing(settings)
    settings = with_recorded_address(settings)
    clock = SystemClock()
    key = AccessKeys(database, SecretBox(settings.key_file), clock).named(key_name)
    exports = _key_exports(settings, key)
    exports["TRIGPOINT_DATA"] = str(settings.data_dir.absolute())  # for the other commands in the same shell
    unset = ["AWS_SESSION_TOKEN"]  # a token left from other credentials would be sent and refused
    if proxy or proxy_only:
        exports |= _proxy_exports(settings, open_authority(settings, clock).bundle)
        unset += ["https_proxy", "no_proxy"]  # clients prefer these to the names in capitals
    if proxy_only:
        unset.append("AWS_ENDPOINT_URL")
    else:
        exports["AWS_ENDPOINT_URL"] = settings.base_url
    if sdk_config is not None:
        _write_sdk_config(sdk_config, bucket or f"sagemaker-{settings.region}-{settings.account_id}")
        exports["SAGEMAKER_USER_CONFIG_OVERRIDE"] = str(sdk_config.absolute())
    for name, value in exports.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo(f"unset {' '.join(unset)}")


def _key_exports(settings: Settings, key: AccessKey) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "AWS_DEFAULT_REGION": settings.region,
    }


def _proxy_exports(settings: Settings, bundle: Path) -> dict[str, str]:
    """The server is the proxy. botocore and requests each have their own variable for its CA."""
    host = urlsplit(settings.base_url).hostname or ""
    return {
        "HTTPS_PROXY": settings.base_url,
        "NO_PROXY": ",".join(dict.fromkeys(("localhost", "127.0.0.1", "::1", host))),
        "AWS_CA_BUNDLE": str(bundle),
        "REQUESTS_CA_BUNDLE": str(bundle),
    }


def _write_sdk_config(file: Path, bucket: str) -> None:
    """Writes the configuration of the SageMaker SDK, versions 2 and 3.

    Raises: InvalidBucketName. Conflict: the file exists and `trigpoint env` did not write it. Invalid: it cannot
        be written.
    """
    from trigpoint.objects.names import check_bucket_name

    check_bucket_name(bucket)
    try:
        if file.exists() and not file.read_text(errors="replace").startswith(SDK_CONFIG_MARK):
            raise Conflict(
                f"{file} exists and was not written by `trigpoint env`; name another file, or add the lines of "
                "docs/clients.md by hand"
            )
        file.write_text(
            f"{SDK_CONFIG_MARK}, which may overwrite it.\n"
            "SchemaVersion: '1.0'\n"
            "SageMaker:\n"
            "  PythonSDK:\n"
            "    Modules:\n"
            "      TelemetryOptOut: true\n"
            "      Session:\n"
            f"        DefaultS3Bucket: '{bucket}'\n"
        )
    except OSError as problem:
        raise Invalid(f"{file} cannot be written: {problem.strerror}") from None
