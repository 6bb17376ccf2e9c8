"""The object store: buckets of objects, in plain files, linked folders or other S3 stores."""

from trigpoint.objects.model import (
    Attributes,
    Bucket,
    Listing,
    NamedPart,
    ObjectInfo,
    OpenObject,
    Part,
    RemoteLocation,
    Upload,
    UploadListing,
    WriteCondition,
)
from trigpoint.objects.object_store import ObjectStore

__all__ = [
    "Attributes",
    "Bucket",
    "Listing",
    "NamedPart",
    "ObjectInfo",
    "ObjectStore",
    "OpenObject",
    "Part",
    "RemoteLocation",
    "Upload",
    "UploadListing",
    "WriteCondition",
]
