"""boto3's transfer manager: parallel parts up and down, copies of several parts, its resource interface."""

import os
import tempfile
from pathlib import Path

import boto3
from boto3.s3.transfer import TransferConfig

bucket = boto3.resource("s3").Bucket(os.environ["BUCKET"])
config = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20, max_concurrency=4)
data = os.urandom(17 << 20)
with tempfile.TemporaryDirectory() as folder:
    source, target = Path(folder, "source"), Path(folder, "target")
    source.write_bytes(data)
    bucket.upload_file(
        str(source),
        "t/big",
        Config=config,
        ExtraArgs={"Metadata": {"by": "alice"}, "ChecksumAlgorithm": "SHA256"},
    )
    bucket.download_file("t/big", str(target), Config=config)
    assert target.read_bytes() == data
copy = bucket.Object("t/copy")
copy.copy({"Bucket": bucket.name, "Key": "t/big"}, Config=config)
assert copy.content_length == len(data) and copy.metadata == {"by": "alice"}
assert copy.get(Range="bytes=6000000-6000009")["Body"].read() == data[6_000_000:6_000_010]
assert {one.key: one.size for one in bucket.objects.filter(Prefix="t/")} == {
    "t/big": len(data),
    "t/copy": len(data),
}
copy.wait_until_exists()
bucket.objects.filter(Prefix="t/").delete()
assert list(bucket.objects.filter(Prefix="t/")) == []
assert list(bucket.multipart_uploads.all()) == []
