"""What the pages of training jobs need, and the pages themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from trigpoint.core.clock import Clock
from trigpoint.objects import ObjectStore
from trigpoint.server.console.page import PageModule
from trigpoint.server.console.training.create_pages import TrainingCreatePages
from trigpoint.server.console.training.pages import TrainingJobPages
from trigpoint.settings import Settings
from trigpoint.training.labeled_data import LabeledData
from trigpoint.training.standing import TrainingStanding


@dataclass(frozen=True, slots=True)
class TrainingSetup:
    standing: TrainingStanding
    data: LabeledData
    objects: ObjectStore
    settings: Settings

    def pages(self, clock: Clock) -> Sequence[PageModule]:
        """The pages; the form comes first, because its address looks like that of a job."""
        return TrainingCreatePages(self.data, self.objects, self.settings), TrainingJobPages(
            self.standing, self.data, clock
        )
