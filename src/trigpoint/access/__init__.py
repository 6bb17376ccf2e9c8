"""Access keys, temporary credentials, the encryption of secrets, and the CA."""
