"""What the pages of models, endpoints and transform jobs need, and the pages themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from trigpoint.core.clock import Clock
from trigpoint.hosting.standing import HostingStanding
from trigpoint.server.console.hosting.endpoint_configs import EndpointConfigPages
from trigpoint.server.console.hosting.endpoints import EndpointPages
from trigpoint.server.console.hosting.models import ModelPages
from trigpoint.server.console.hosting.transform_jobs import TransformJobPages
from trigpoint.server.console.hosting.try_pages import TryPages
from trigpoint.server.console.live import Version
from trigpoint.server.console.page import PageModule
from trigpoint.training.labeled_data import LabeledData


@dataclass(frozen=True, slots=True)
class HostingSetup:
    standing: HostingStanding
    data: LabeledData

    def pages(self, clock: Clock) -> Sequence[PageModule]:
        """The pages, in the order of the navigation."""
        return (
            ModelPages(),
            EndpointPages(self.standing, clock),
            EndpointConfigPages(),
            TryPages(self.data),
            TransformJobPages(self.standing, clock),
        )

    def lists(self) -> Mapping[str, Version]:
        """The topics of the lists."""
        return {
            "endpoints": self.standing.version_of_endpoints,
            "transform-jobs": self.standing.version_of_transforms,
        }

    def details(self) -> Mapping[str, Version]:
        """The topics of the pages of one resource."""
        return {
            "endpoint": self.standing.endpoint_version,
            "transform-job": self.standing.transform_version,
        }
