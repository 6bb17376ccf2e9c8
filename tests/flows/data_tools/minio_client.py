"""The minio client: buckets, streams of unknown length, composed objects, tags, presigned URLs and forms."""

import io
import os
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.commonconfig import ComposeSource, CopySource, Tags
from minio.datatypes import PostPolicy
from minio.deleteobjects import DeleteObject
from minio.error import S3Error

endpoint, bucket = urlsplit(os.environ["AWS_ENDPOINT_URL"]), os.environ["BUCKET"]
client = Minio(
    endpoint=endpoint.netloc,
    access_key=os.environ["AWS_ACCESS_KEY_ID"],
    secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    secure=endpoint.scheme == "https",
)
assert client.bucket_exists(bucket_name=bucket) and not client.bucket_exists(
    bucket_name="not-made-by-anybody"
)
client.make_bucket(bucket_name="made-by-minio")
client.remove_bucket(bucket_name="made-by-minio")
data = os.urandom(12 << 20)
done = client.put_object(
    bucket_name=bucket,
    object_name="m/big ü",
    data=io.BytesIO(data),
    length=-1,
    part_size=5 << 20,
    metadata={"by": "alice"},
)
assert done.etag
info = client.stat_object(bucket_name=bucket, object_name="m/big ü")
assert info.size == len(data) and info.metadata["x-amz-meta-by"] == "alice"
part = client.get_object(bucket_name=bucket, object_name="m/big ü", offset=100, length=50)
assert part.read() == data[100:150]
part.close()
client.copy_object(
    bucket_name=bucket, object_name="m/copy", source=CopySource(bucket_name=bucket, object_name="m/big ü")
)
sources = [ComposeSource(bucket_name=bucket, object_name=name) for name in ("m/big ü", "m/copy")]
client.compose_object(bucket_name=bucket, object_name="m/both", sources=sources)
both = client.get_object(bucket_name=bucket, object_name="m/both")
assert both.read() == data + data
both.close()
tags = Tags.new_object_tags()
tags["colour"] = "red"
client.set_object_tags(bucket_name=bucket, object_name="m/copy", tags=tags)
assert client.get_object_tags(bucket_name=bucket, object_name="m/copy") == {"colour": "red"}
http = urllib3.PoolManager()
url = client.presigned_get_object(bucket_name=bucket, object_name="m/copy", expires=timedelta(minutes=5))
assert http.request("GET", url).data == data
url = client.presigned_put_object(bucket_name=bucket, object_name="m/put", expires=timedelta(minutes=5))
assert http.request("PUT", url, body=b"put").status == 200
policy = PostPolicy(bucket, datetime.now(UTC) + timedelta(minutes=5))
policy.add_starts_with_condition("key", "m/")
policy.add_content_length_range_condition(1, 100)
fields = client.presigned_post_policy(policy=policy) | {"key": "m/posted", "file": ("x", b"posted")}
assert http.request("POST", f"{endpoint.geturl()}/{bucket}", fields=fields).status == 204
names = [one.object_name for one in client.list_objects(bucket_name=bucket, prefix="m/", recursive=True)]
assert names == ["m/big ü", "m/both", "m/copy", "m/posted", "m/put"]
try:
    client.stat_object(bucket_name=bucket, object_name="m/none")
except S3Error as error:
    assert error.code == "NoSuchKey"
errors = list(
    client.remove_objects(bucket_name=bucket, delete_object_list=[DeleteObject(name) for name in names])
)
assert errors == [] and list(client.list_objects(bucket_name=bucket, prefix="m/")) == []
