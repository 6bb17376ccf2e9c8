"""The pages about data: buckets, objects, uploads and manifests."""
