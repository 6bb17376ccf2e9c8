"""AWS's protocols, driven by the service models that botocore ships: bytes in, dicts out, and back."""
