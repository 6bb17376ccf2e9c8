"""The HTTP surfaces: AWS's protocols, the worker portal, static files, health; the web framework lives here
only."""
