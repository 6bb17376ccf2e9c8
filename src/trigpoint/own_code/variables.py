"""Which of the server's environment variables people's code gets.

Decision: only those that it needs to find a package index, so that no secret of the server's gets into its hands.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_NAMES: Final = (
    *(
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
    *("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES"),
)
_PLACE: Final = re.compile(r"(?:file://|(?<=[\s=]))(/[^\s,;]+)")


def inherited() -> dict[str, str]:
    """The variables that it inherits; those of pip are among them."""
    found = {name: value for name, value in os.environ.items() if name in _NAMES or name.startswith("PIP_")}
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC", **found}


def readable() -> tuple[str, ...]:
    """Files and folders that the inherited variables name, such as certificates."""
    values = (value for name, value in inherited().items() if name != "PATH")
    return tuple(sorted({value for value in values if value.startswith("/") and Path(value).exists()}))


def options_of_pip() -> dict[str, str]:
    """Names the pip.conf of the server's user, which only pip may read: it may hold a password of the index."""
    if "PIP_CONFIG_FILE" in os.environ or not (found := _own_configuration()):
        return {}
    return {"PIP_CONFIG_FILE": str(found[0])}


def readable_by_pip() -> tuple[str, ...]:
    """Files and folders that pip needs: its configuration, and what that names, such as a folder of wheels."""
    files = [*_own_configuration(), Path("/etc/pip.conf")]
    text = "".join(path.read_text(errors="replace") for path in files if path.is_file())
    named = [Path(found) for found in _PLACE.findall(text)]
    named += [path.parent for path in named if path.name == "simple"]  # an index, with its files next to it
    shown = [str(path) for path in named if len(path.parts) > 2 and path.exists()]
    return (*readable(), *map(str, _own_configuration()), *sorted(set(shown)))


def _own_configuration() -> list[Path]:
    home = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    return [
        path for path in (home / "pip" / "pip.conf", Path("~/.pip/pip.conf").expanduser()) if path.is_file()
    ]
