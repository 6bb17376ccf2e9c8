"""S3's operations: which one a request means, and what it answers."""

from trigpoint.services.s3.service import S3

__all__ = ["S3"]
