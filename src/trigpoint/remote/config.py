"""The address of another S3 store and the credentials for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from trigpoint.core.errors import Invalid

DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True, slots=True)
class RemoteConfig:
    """The address of a store and the credentials for it.

    `endpoint` is its URL; empty means Amazon's own for the region. Without an access key requests go unsigned.
    `virtual_host_style` puts the bucket's name into the host name instead of the path.
    """

    endpoint: str = ""
    region: str = DEFAULT_REGION
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    virtual_host_style: bool = False
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 15.0
    retries: int = 2

    def __post_init__(self) -> None:
        if self.endpoint:
            _check_endpoint(self.endpoint)
        if bool(self.access_key_id) != bool(self.secret_access_key):
            raise Invalid(
                "an access key id and a secret access key belong together; give both, or neither for "
                "unsigned requests"
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> RemoteConfig:
        """The configuration in the AWS_* variables that all AWS clients read.

        AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID,
        AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.
        Raises: Invalid: the endpoint is no URL, or one half of the key is missing.
        """
        return cls(
            environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL", ""),
            environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or DEFAULT_REGION,
            environment.get("AWS_ACCESS_KEY_ID", ""),
            environment.get("AWS_SECRET_ACCESS_KEY", ""),
            environment.get("AWS_SESSION_TOKEN", ""),
        )

    @property
    def anonymous(self) -> bool:
        """Whether requests go unsigned."""
        return not self.access_key_id

    @property
    def url(self) -> str:
        """The store's URL, without a slash at its end."""
        if self.endpoint:
            return self.endpoint.rstrip("/")
        suffix = "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com"
        return f"https://s3.{self.region}.{suffix}"

    def bucket_url(self, bucket: str) -> str:
        """The URL for requests to a bucket."""
        if not self.virtual_host_style:
            return self.url
        scheme, _, host = self.url.partition("://")
        return f"{scheme}://{bucket}.{host}"


def _check_endpoint(endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.path in ("", "/")
        usable = usable and not (parts.query or parts.fragment or parts.username)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise Invalid(
            f"the endpoint {endpoint!r} is not the address of a store; it must look like https://host or "
            "http://host:port, without a path"
        )
