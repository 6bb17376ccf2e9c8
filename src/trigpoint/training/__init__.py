"""Training jobs: from the request to the model archive, in a process of their own."""
