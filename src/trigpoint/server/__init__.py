"""The HTTP surfaces: AWS's protocols, the worker portal, static files, health. Only this package uses the web
framework."""
