"""cloudpathlib: paths as of pathlib."""

import os

from cloudpathlib import S3Client, S3Path

client = S3Client(endpoint_url=os.environ["AWS_ENDPOINT_URL"])
folder = S3Path(f"s3://{os.environ['BUCKET']}/paths", client=client)
(folder / "a" / "1 ü.txt").write_text("one")
(folder / "a" / "2.txt").write_text("two")
assert sorted(path.name for path in folder.rglob("*.txt")) == ["1 ü.txt", "2.txt"]
assert (folder / "a" / "1 ü.txt").read_text() == "one" and (folder / "a").is_dir()
(folder / "a" / "2.txt").rename(folder / "b.txt")
assert (folder / "b.txt").stat().st_size == 3
folder.rmtree()
assert not folder.exists()
