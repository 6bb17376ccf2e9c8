"""The door: what an instance of a job needs of the server besides S3, over HTTP.

An instance has neither the database nor the key file. It has the token of its job for the door and the job's temporary
credentials for S3; both reach only the objects that the job's request names.
"""
