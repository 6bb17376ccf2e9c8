"""Clients of S3 stores that are not this server: remote buckets, and streaming from any store."""
