"""The index in the database: rows of buckets, objects, uploads and parts."""
