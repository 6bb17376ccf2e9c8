"""S3 over HTTP: addresses, bodies, browser forms and CORS; the operations themselves are in `services.s3`."""
