"""This package's SQL: jobs (with their rounds), data objects, assignments."""
