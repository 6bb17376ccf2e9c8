"""s3fs, as pandas, dask, xarray and Hugging Face datasets use it: files, appends, globs, moves, big writes."""

import os
import tempfile
from pathlib import Path

import s3fs

fs = s3fs.S3FileSystem(default_block_size=5 << 20)
root = f"{os.environ['BUCKET']}/s3fs"
with fs.open(f"{root}/a/notes ü.txt", "w") as file:
    file.write("first\n")
with fs.open(f"{root}/a/notes ü.txt", "a") as file:
    file.write("second\n")
assert fs.cat(f"{root}/a/notes ü.txt").decode() == "first\nsecond\n"
data = os.urandom(16 << 20)
with fs.open(f"{root}/a/big.bin", "wb") as file:
    for start in range(0, len(data), 1_000_000):
        file.write(data[start : start + 1_000_000])
with fs.open(f"{root}/a/big.bin", "rb") as file:
    file.seek(7_000_000)
    assert file.read(100) == data[7_000_000:7_000_100]
    file.seek(-5, os.SEEK_END)
    assert file.read() == data[-5:]
assert fs.cat_ranges([f"{root}/a/big.bin"] * 2, [0, 9], [4, 12]) == [data[0:4], data[9:12]]
assert fs.info(f"{root}/a/big.bin")["size"] == len(data) and fs.isdir(f"{root}/a")
assert sorted(fs.glob(f"{root}/**/*.bin")) == [f"{root}/a/big.bin"]
fs.copy(f"{root}/a/big.bin", f"{root}/b/copy.bin")
fs.mv(f"{root}/b/copy.bin", f"{root}/b/moved.bin")
assert fs.checksum(f"{root}/b/moved.bin") != fs.checksum(f"{root}/a/notes ü.txt")
assert [Path(path).name for path in fs.ls(f"{root}/b", refresh=True)] == ["moved.bin"]
fs.pipe({f"{root}/many/{n}": bytes([n]) for n in range(50)})
assert fs.du(f"{root}/many") == 50 and len(fs.find(f"{root}/many")) == 50
with tempfile.TemporaryDirectory() as folder:
    fs.get(f"{root}/many", f"{folder}/many", recursive=True)
    assert Path(folder, "many", "7").read_bytes() == b"\x07"
    fs.put(f"{folder}/many", f"{root}/again", recursive=True)
assert fs.cat(f"{root}/again/7") == b"\x07"
fs.setxattr(f"{root}/again/7", by="alice")
assert fs.getxattr(f"{root}/again/7", "by") == "alice"
fs.put_tags(f"{root}/again/7", {"colour": "red"})
assert fs.get_tags(f"{root}/again/7") == {"colour": "red"}
assert fs.url(f"{root}/again/7").startswith("http")
try:
    fs.open(f"{root}/none").read()
except FileNotFoundError:
    pass
else:
    raise AssertionError("what is not there must be a FileNotFoundError")
fs.rm(root, recursive=True)
fs.invalidate_cache()
assert not fs.exists(root)
