"""The pages about data, put together."""

from __future__ import annotations

from collections.abc import Sequence

from trigpoint.core.clock import Clock
from trigpoint.objects import ObjectStore
from trigpoint.objects.bucket_sizes import SizeCounter
from trigpoint.objects.receiving import Receiving
from trigpoint.server.console.data.buckets import BucketPages
from trigpoint.server.console.data.files import FilePages
from trigpoint.server.console.data.manifests import ManifestPages
from trigpoint.server.console.data.objects import ObjectPages
from trigpoint.server.console.data.places import PlacePages
from trigpoint.server.console.data.samples import SamplePages
from trigpoint.server.console.data.unfinished import UnfinishedPages
from trigpoint.server.console.data.uploads import UploadPages
from trigpoint.server.console.page import PageModule
from trigpoint.server.console.thumbnails import Thumbnails


def data_pages(
    objects: ObjectStore, thumbnails: Thumbnails, sizes: SizeCounter, clock: Clock
) -> Sequence[PageModule]:
    """The pages; those of buckets have the entry in the navigation. Longer paths first: `{bucket}` takes any name."""
    return [
        BucketPages(objects, sizes),
        UploadPages(Receiving(objects)),
        FilePages(objects, thumbnails),
        ManifestPages(objects, clock),
        ObjectPages(objects),
        SamplePages(objects),
        PlacePages(objects),
        UnfinishedPages(objects),
    ]
