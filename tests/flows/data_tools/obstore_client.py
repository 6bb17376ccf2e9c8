"""obstore (the Rust crate object_store, which polars, delta-rs and Lance use): files, parts, conditions,
renames.
"""

import os
from datetime import timedelta

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

store = S3Store(os.environ["BUCKET"], client_options={"allow_http": True})
data = os.urandom(21 << 20)
obstore.put(
    store, "o/big ü", data, chunk_size=5 << 20, max_concurrency=4, attributes={"Content-Type": "image/png"}
)
found = obstore.get(store, "o/big ü")
assert bytes(found.bytes()) == data and found.attributes["Content-Type"] == "image/png"
assert bytes(obstore.get_range(store, "o/big ü", start=6_000_000, length=10)) == data[6_000_000:6_000_010]
assert [bytes(one) for one in obstore.get_ranges(store, "o/big ü", starts=[0, 9], ends=[4, 12])] == [
    data[:4],
    data[9:12],
]
obstore.put(store, "o/once", b"1", mode="create")
try:
    obstore.put(store, "o/once", b"2", mode="create")
except AlreadyExistsError:
    pass
else:
    raise AssertionError("a second creation must be refused")
etag = obstore.head(store, "o/once")["e_tag"]
obstore.put(store, "o/once", b"3", mode={"e_tag": etag})
with obstore.open_writer(store, "o/written", buffer_size=5 << 20) as writer:
    writer.write(data)
reader = obstore.open_reader(store, "o/written")
reader.seek(1000)
assert bytes(reader.read(10)) == data[1000:1010]
obstore.copy(store, "o/once", "o/copy")
obstore.rename(store, "o/copy", "o/renamed")
listed = obstore.list_with_delimiter(store, "o/")
assert [one["path"] for one in listed["objects"]] == ["o/big ü", "o/once", "o/renamed", "o/written"]
names = [one["path"] for chunk in obstore.list(store, "o/", chunk_size=2) for one in chunk]
url = obstore.sign(store, "GET", "o/once", expires_in=timedelta(minutes=1))
assert "X-Amz-Signature=" in url
obstore.delete(store, names)
assert obstore.list(store, "o/").collect() == []
