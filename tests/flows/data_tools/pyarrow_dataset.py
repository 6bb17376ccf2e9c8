"""pyarrow's own S3 client (the AWS SDK for C++): files, and a partitioned Parquet dataset written and queried."""

import os
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyarrow import fs as pafs

endpoint = urlsplit(os.environ["AWS_ENDPOINT_URL"])
s3 = pafs.S3FileSystem(
    access_key=os.environ["AWS_ACCESS_KEY_ID"],
    secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    region=os.environ["AWS_DEFAULT_REGION"],
    scheme=endpoint.scheme,
    endpoint_override=endpoint.netloc,
)
root = f"{os.environ['BUCKET']}/arrow"
data = os.urandom(23 << 20)
with s3.open_output_stream(f"{root}/big ü.bin", metadata={"Content-Type": "image/png"}) as stream:
    stream.write(data)
with s3.open_input_file(f"{root}/big ü.bin") as file:
    assert file.size() == len(data)
    file.seek(11_000_000)
    assert file.read(1000) == data[11_000_000:11_001_000]
assert s3.open_input_stream(f"{root}/big ü.bin").readall() == data
table = pa.table({"label": ["cat", "dog"] * 5000, "area": range(10_000)})
ds.write_dataset(table, f"{root}/labels", format="parquet", filesystem=s3, partitioning=["label"])
read = ds.dataset(f"{root}/labels", filesystem=s3, partitioning=["label"])
assert read.to_table(filter=ds.field("label") == "dog").num_rows == 5000
pq.write_table(table, f"{root}/one.parquet", filesystem=s3)
assert pq.read_table(f"{root}/one.parquet", filesystem=s3, columns=["area"]).num_rows == 10_000
s3.copy_file(f"{root}/one.parquet", f"{root}/two.parquet")
s3.move(f"{root}/two.parquet", f"{root}/three.parquet")
s3.create_dir(f"{root}/empty")
found = {info.path: info.type for info in s3.get_file_info(pafs.FileSelector(root, recursive=False))}
assert (
    found[f"{root}/empty"] is pafs.FileType.Directory and found[f"{root}/three.parquet"] is pafs.FileType.File
)
assert s3.get_file_info(f"{root}/two.parquet").type is pafs.FileType.NotFound
s3.delete_dir(root)
assert s3.get_file_info(root).type is pafs.FileType.NotFound
