"""E-mail to workers: what is said, the outbox in the database, and the delivery through an SMTP server."""
