"""What the pages of creating a labeling job are made of."""

from __future__ import annotations

from dataclasses import dataclass

from trigpoint.core.clock import Clock
from trigpoint.labeling.setup.inputs import JobInputs
from trigpoint.labeling.templates import TaskTemplates
from trigpoint.objects import ObjectStore
from trigpoint.server.console.labeling_setup.creating import JobCreation
from trigpoint.server.console.labeling_setup.draft_values import DraftLooks
from trigpoint.server.console.labeling_setup.frame import PreviewFrame
from trigpoint.server.console.labeling_setup.pages import LabelingSetupPages
from trigpoint.server.console.labeling_setup.trial import Trial
from trigpoint.server.console.thumbnails import Thumbnails
from trigpoint.server.portal.image_urls import ImageUrls
from trigpoint.workforce.form_drafts import FormDrafts
from trigpoint.workforce.workers import Workers


@dataclass(frozen=True, slots=True)
class LabelingSetup:
    """Parts of the server that the pages use."""

    drafts: FormDrafts
    objects: ObjectStore
    workers: Workers
    templates: TaskTemplates
    image_urls: ImageUrls
    thumbnails: Thumbnails

    def pages(self, clock: Clock) -> LabelingSetupPages:
        """The pages."""
        inputs = JobInputs(self.objects)
        creation = JobCreation(inputs, self.objects, self.workers, clock)
        frame = PreviewFrame(Trial(self.templates), self.image_urls, self.thumbnails)
        return LabelingSetupPages(self.drafts, DraftLooks(inputs), creation, frame, self.objects, clock)
