"""The worker portal: where people sign in, choose a labeling job and work on its tasks."""

from trigpoint.server.portal.app import build_portal

__all__ = ["build_portal"]
