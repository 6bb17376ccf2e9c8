"""Classic manifest files: the URIs that they list, and the errors of bad files."""

from __future__ import annotations

import pytest

from trigpoint.core.errors import Invalid
from trigpoint.records.manifest.manifest_file import read_manifest_file


def test_a_manifest_file_puts_its_prefix_before_every_entry() -> None:
    found = read_manifest_file(b'[{"prefix":"s3://bkt/imgs/"},"a/1.jpg","a/2.jpg"]')
    assert found.uris == ["s3://bkt/imgs/a/1.jpg", "s3://bkt/imgs/a/2.jpg"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "must be one JSON array"),
        (b"{}", "must be a JSON array"),
        (b"[]", "must be a JSON array"),
        (b'["a"]', "entry 1 .* must be"),
        (b'[{"prefix":""},"a"]', "entry 1 .* must be"),
        (b'[{"prefix":"s3:///a"},"a"]', "entry 1 .* must be"),
        (b'[{"prefix":"s3://b/"},"a",7]', "entry 3 .* must be a text, not 7"),
    ],
)
def test_a_bad_manifest_file_is_refused_with_the_entry(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        read_manifest_file(data)
