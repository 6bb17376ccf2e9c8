"""Human task UIs: task templates with a name."""

from __future__ import annotations

from collections.abc import Mapping

from trigpoint.core.arn import sagemaker_arn
from trigpoint.core.clock import Clock
from trigpoint.core.errors import Conflict, NotFound
from trigpoint.core.list_filter import ListFilter
from trigpoint.core.paging import Page
from trigpoint.db import Database
from trigpoint.db.tables.tags import delete_tags, get_tags, put_tags
from trigpoint.labeling.model import HumanTaskUi
from trigpoint.labeling.store import human_task_uis as store
from trigpoint.settings import Settings

KIND = "human-task-ui"


class HumanTaskUis:
    """The human task UIs of the account."""

    def __init__(self, db: Database, settings: Settings, clock: Clock) -> None:
        self._db = db
        self._settings = settings
        self._clock = clock

    def create(self, name: str, template: str, tags: Mapping[str, str]) -> HumanTaskUi:
        """The new UI. Its template is not checked; RenderUiTemplate reports its errors.

        Raises: Conflict: the name is taken.
        """
        arn = sagemaker_arn(self._settings.region, self._settings.account_id, KIND, name)
        ui = HumanTaskUi(name, arn, template, self._clock.now())
        with self._db.write() as connection:
            if not store.add(connection, ui):
                raise Conflict(f"The human task UI {name} already exists ({arn}); choose another name")
            put_tags(connection, arn, tags, ui.created_at)
        return ui

    def describe(self, name: str) -> HumanTaskUi:
        """Raises: NotFound: there is no UI of that name."""
        with self._db.read() as connection:
            ui = store.find(connection, name)
        if ui is None:
            raise NotFound(f"There is no human task UI {name!r}; ListHumanTaskUis shows the existing ones")
        return ui

    def describe_by_arn(self, arn: str) -> HumanTaskUi:
        """Raises: NotFound: there is no UI of that ARN."""
        with self._db.read() as connection:
            ui = store.find(connection, arn.rsplit("/", 1)[-1])
        if ui is None or ui.arn != arn:
            raise NotFound(f"There is no human task UI {arn!r}; ListHumanTaskUis shows the existing ones")
        return ui

    def delete(self, name: str) -> None:
        """Raises: NotFound: there is no UI of that name."""
        ui = self.describe(name)
        with self._db.write() as connection:
            store.remove(connection, name)
            delete_tags(connection, ui.arn, get_tags(connection, ui.arn))

    def list(self, wanted: ListFilter) -> Page[HumanTaskUi]:
        """One page of UIs."""
        with self._db.read() as connection:
            return store.page(connection, wanted)
