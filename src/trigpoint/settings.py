"""The settings of an installation. Only this module reads the environment.

Arguments override the environment (`TRIGPOINT_*`), which overrides the defaults. The server does not start with a
malformed value.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trigpoint.core.errors import Invalid
from trigpoint.core.smtp_url import SmtpServer, is_mail_address
from trigpoint.language import ENGLISH, LANGUAGES, is_language

DEFAULT_PORT = 8400

_WHOLE_NUMBERS = (
    "max_connections",
    "max_connections_per_address",
    "max_model_bytes",
    "max_function_calls",
    "max_instances",
    "correction_s",
    "max_job_processes",
)
"""Settings that must be 1 or more."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings; see docs/settings.md."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    region: str = "us-east-1"
    account_id: str = "111122223333"
    database_url: str = ""
    public_url: str = ""
    frame_url: str = ""
    trusted_proxies: tuple[str, ...] = ()
    max_connections: int = 2000
    max_connections_per_address: int = 500
    max_model_bytes: int = 20 * 1024**3
    require_pretrained: bool = False
    max_function_calls: int = 8
    max_instances: int = 8
    max_job_processes: int = 4096
    max_job_memory_mb: int = 0
    unconfined: bool = False
    correction_s: int = 10
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    organization: str = ""
    contact_email: str = ""
    language: str = ENGLISH
    weights: str = ""
    segmentation_endpoint: str = ""
    console_groups: tuple[tuple[str, str], ...] = ()
    """Role in the console and group at the identity provider."""

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise Invalid(f"TRIGPOINT_PORT is {self.port}; it must be between 0 and 65535")
        if not re.fullmatch(r"\d{12}", self.account_id):
            raise Invalid(f"TRIGPOINT_ACCOUNT_ID is {self.account_id!r}; it must have 12 digits")
        if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d+", self.region):
            raise Invalid(f"TRIGPOINT_REGION is {self.region!r}; it must look like us-east-1")
        if self.database_url and not re.match(r"(postgresql(\+psycopg)?://|sqlite:///)", self.database_url):
            kind = self.database_url.partition(":")[0]
            raise Invalid(f"TRIGPOINT_DATABASE_URL begins with {kind!r}; it must begin with postgresql://")
        if self.frame_url:
            _check_frame_url(self.frame_url, self.base_url)
        _check_mail(self)
        if not is_language(self.language):
            raise Invalid(f"TRIGPOINT_LANGUAGE is {self.language!r}; it can be {', '.join(LANGUAGES)}")
        _check_model(self.segmentation_endpoint)
        for network in self.trusted_proxies:
            _check_network(network)
        if self.max_job_memory_mb < 0:
            raise Invalid(f"TRIGPOINT_MAX_JOB_MEMORY_MB is {self.max_job_memory_mb}; it must be 0 or more")
        for name in _WHOLE_NUMBERS:
            if getattr(self, name) < 1:
                raise Invalid(f"TRIGPOINT_{name.upper()} is {getattr(self, name)}; it must be 1 or more")

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None, **arguments: Any) -> Settings:
        """The settings of the environment, overridden by each argument that is not None."""
        env = os.environ if environment is None else environment
        values: dict[str, Any] = {
            "data_dir": env.get("TRIGPOINT_DATA") or default_data_dir(env),
            "host": env.get("TRIGPOINT_HOST", "127.0.0.1"),
            "port": env.get("TRIGPOINT_PORT", str(DEFAULT_PORT)),
            "region": env.get("TRIGPOINT_REGION", "us-east-1"),
            "account_id": env.get("TRIGPOINT_ACCOUNT_ID", "111122223333"),
            "database_url": env.get("TRIGPOINT_DATABASE_URL", ""),
            "public_url": env.get("TRIGPOINT_PUBLIC_URL", ""),
            "frame_url": env.get("TRIGPOINT_FRAME_URL", "").rstrip("/"),
            "trusted_proxies": tuple(re.findall(r"[^\s,]+", env.get("TRIGPOINT_TRUSTED_PROXIES", ""))),
            "max_connections": env.get("TRIGPOINT_MAX_CONNECTIONS", "2000"),
            "max_connections_per_address": env.get("TRIGPOINT_MAX_CONNECTIONS_PER_ADDRESS", "500"),
            "max_model_bytes": env.get("TRIGPOINT_MAX_MODEL_BYTES", str(20 * 1024**3)),
            "max_function_calls": env.get("TRIGPOINT_MAX_FUNCTION_CALLS", "8"),
            "max_instances": env.get("TRIGPOINT_MAX_INSTANCES", "8"),
            "max_job_processes": env.get("TRIGPOINT_MAX_JOB_PROCESSES", "4096"),
            "max_job_memory_mb": env.get("TRIGPOINT_MAX_JOB_MEMORY_MB", "0"),
            "unconfined": _flag("TRIGPOINT_UNCONFINED", env),
            "correction_s": env.get("TRIGPOINT_CORRECTION_S", "10"),
            "require_pretrained": _flag("TRIGPOINT_REQUIRE_PRETRAINED", env),
            "smtp_url": env.get("TRIGPOINT_SMTP_URL", "").strip(),
            "mail_from": env.get("TRIGPOINT_MAIL_FROM", "").strip(),
            "organization": env.get("TRIGPOINT_ORGANIZATION", "").strip(),
            "contact_email": env.get("TRIGPOINT_CONTACT_EMAIL", "").strip(),
            "language": env.get("TRIGPOINT_LANGUAGE", ENGLISH).strip(),
            "weights": env.get("TRIGPOINT_WEIGHTS", "").strip(),
            "console_groups": _console_groups(env.get("TRIGPOINT_CONSOLE_GROUPS", "")),
            "segmentation_endpoint": env.get("TRIGPOINT_SEGMENTATION_ENDPOINT", "").strip(),
        }
        values |= {name: value for name, value in arguments.items() if value is not None}
        for name in ("port", "max_job_memory_mb", *_WHOLE_NUMBERS):
            values[name] = _whole_number(name, values[name])
        values["data_dir"] = Path(values["data_dir"]).expanduser().absolute()
        return cls(**values)

    @property
    def base_url(self) -> str:
        """The URL at which clients reach the server."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def local_url(self) -> str:
        """The URL at which processes of this machine reach the server."""
        return replace(self, public_url="", frame_url="").base_url

    @property
    def address_file(self) -> Path:
        """The file in which the server records its addresses."""
        return self.data_dir / "server.json"

    def for_instances(self) -> Settings:
        """The settings that processes of jobs may see: without the URLs that contain passwords."""
        return replace(self, database_url="", smtp_url="")

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The mail server; None if there is none."""
        return SmtpServer.parse(self.smtp_url) if self.smtp_url else None

    @property
    def frame_host(self) -> str:
        """The host name of the frames of tasks; empty if the portal serves them."""
        return urlsplit(self.frame_url).hostname or ""

    @property
    def sqlalchemy_url(self) -> str:
        """The URL of the database. The default is SQLite in the data directory."""
        return self.database_url or f"sqlite:///{self.sqlite_file}"

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite database; None on PostgreSQL."""
        if not self.database_url:
            return self.data_dir / "trigpoint.db"
        return None if self.is_postgres else Path(self.database_url.removeprefix("sqlite:///"))

    @property
    def is_postgres(self) -> bool:
        """Whether the database is PostgreSQL, which several servers can share."""
        return self.database_url.startswith("postgresql")

    @property
    def objects_dir(self) -> Path:
        """The folder of the local buckets, one folder for each."""
        return self.data_dir / "objects"

    @property
    def jobs_dir(self) -> Path:
        """The folder of the directories of training instances and model servers."""
        return self.data_dir / "jobs"

    @property
    def environments_dir(self) -> Path:
        """The folder of the environments with what people's code requires."""
        return self.data_dir / "environments"

    @property
    def functions_dir(self) -> Path:
        """The folder of the code, the logs and the temporary files of functions."""
        return self.data_dir / "functions"

    @property
    def thumbnails_dir(self) -> Path:
        """The folder of the thumbnails that the console shows. It can be deleted at any time."""
        return self.data_dir / "cache" / "thumbnails"

    @property
    def downloads_dir(self) -> Path:
        """The folder of the labels that people download in formats of other tools. It can be deleted at any time."""
        return self.data_dir / "cache" / "downloads"

    @property
    def weights_dir(self) -> Path:
        """The folder of pretrained weights."""
        return _weights_dir(self.weights, self.data_dir)

    @property
    def features_dir(self) -> Path:
        """The folder of the features of images that were computed before."""
        return self.data_dir / "features"

    @property
    def key_file(self) -> Path:
        """The file with the key that encrypts the secrets in the database."""
        return self.data_dir / "secret.key"


def _check_mail(settings: Settings) -> None:
    """Raises: Invalid: the mail settings are malformed or incomplete."""
    for name in ("mail_from", "contact_email"):
        value = getattr(settings, name)
        if value and not is_mail_address(value):
            raise Invalid(f"TRIGPOINT_{name.upper()} is {value!r}; it must look like name@example.com")
    if len(settings.organization) > 100 or not settings.organization.isprintable():
        raise Invalid("TRIGPOINT_ORGANIZATION must be a name of at most 100 characters on one line")
    if settings.smtp_server is not None and not settings.mail_from:
        raise Invalid(
            "TRIGPOINT_SMTP_URL is set and TRIGPOINT_MAIL_FROM is not; set it to the address that mails come from"
        )


def _check_model(endpoint: str) -> None:
    """Raises: Invalid: it is neither the name of an endpoint nor the address of a model server."""
    name, address = r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", r"https?://[^\s/?#@]+(/[^\s#]*)?"
    if endpoint and not re.fullmatch(f"{name}|{address}", endpoint):
        raise Invalid(
            f"TRIGPOINT_SEGMENTATION_ENDPOINT is {endpoint!r}; it must be the name of an endpoint, or the address of a "
            "model server such as http://127.0.0.1:8080/invocations"
        )


def _console_groups(text: str) -> tuple[tuple[str, str], ...]:
    """`admin=leads,viewer=everybody` as pairs of role and group.

    Raises: Invalid: a part has another form, or names another role.
    """
    pairs = [tuple(part.strip().partition("=")[::2]) for part in text.split(",") if part.strip()]
    for role, group in pairs:
        if role not in ("admin", "requester", "viewer") or not group:
            raise Invalid(
                f"TRIGPOINT_CONSOLE_GROUPS has {role + '=' + group!r}; each part must be admin=GROUP, requester=GROUP or "
                "viewer=GROUP, with commas between them"
            )
    return tuple((role, group) for role, group in pairs)


def _check_frame_url(frame_url: str, base_url: str) -> None:
    """Raises: Invalid: it is not an origin, or the portal's cookies would be sent to it."""
    frame, base = urlsplit(frame_url), urlsplit(base_url)
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?", frame_url):
        raise Invalid(
            f"TRIGPOINT_FRAME_URL is {frame_url!r}; it must be a scheme and a host, such as "
            "https://frames.example.com"
        )
    if frame.hostname == base.hostname:
        raise Invalid(
            f"TRIGPOINT_FRAME_URL has the host of the portal, {base.hostname}; it must have another one, because "
            "browsers send the portal's cookies to all ports of a host"
        )
    if base.scheme == "https" and frame.scheme != "https":
        raise Invalid(f"TRIGPOINT_FRAME_URL is {frame_url!r}; it must use https, as the portal does")


def _whole_number(name: str, value: str | int) -> int:
    try:
        return int(value)
    except ValueError:
        raise Invalid(f"TRIGPOINT_{name.upper()} is {value!r}; it must be a whole number") from None


def _flag(name: str, environment: Mapping[str, str]) -> bool:
    text = environment.get(name, "").strip().lower()
    if text not in ("", "0", "1", "false", "true"):
        raise Invalid(f"{name} is {text!r}; it must be 1 or 0")
    return text in ("1", "true")


def _check_network(text: str) -> None:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise Invalid(
            f"TRIGPOINT_TRUSTED_PROXIES contains {text!r}; each entry must be an IP address or a network such as "
            "10.0.0.0/8"
        ) from None


def weights_dir_of(environment: Mapping[str, str] | None = None) -> Path:
    """The folder of pretrained weights, for processes that need no other setting."""
    env = os.environ if environment is None else environment
    return _weights_dir(
        env.get("TRIGPOINT_WEIGHTS", "").strip(), Path(env.get("TRIGPOINT_DATA") or default_data_dir(env))
    )


def _weights_dir(setting: str, data_dir: Path) -> Path:
    return Path(setting).expanduser().absolute() if setting else data_dir.expanduser().absolute() / "weights"


def default_data_dir(environment: Mapping[str, str]) -> Path:
    """`trigpoint` in the user's data folder, according to the XDG base directory specification."""
    data_home = environment.get("XDG_DATA_HOME") or str(Path("~/.local/share").expanduser())
    return Path(data_home) / "trigpoint"
