"""Pages of models, endpoints and transform jobs."""
