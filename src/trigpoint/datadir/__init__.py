"""The data directory: its marker, its lock, its secrets, and what the first start writes to it.

trigpoint.json   marker: the format of the directory and the version that created it
lock             held by the running server; shared by the servers of one PostgreSQL database
secret.key       encrypts secrets in the database
trigpoint.db     the database, unless another URL is set
objects/         local buckets
jobs/            directories of training instances and model servers
server.json      the address of the server (for `trigpoint env`)
tls/             the CA that vouches for AWS's host names (for `trigpoint env --proxy`), created when first needed
"""
