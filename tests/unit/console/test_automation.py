"""Automated labeling on the page of a labeling job."""

from __future__ import annotations

import re

from helpers.automated_job import ROUNDS, automate
from helpers.console import ConsoleServer
from trigpoint.autolabel.model import Phase
from trigpoint.autolabel.review import AutomationReview
from trigpoint.server.console.automation import MOST_ROUNDS, rounds_view
from trigpoint.workforce.people import Role


def test_the_page_shows_rounds_bound_and_audit(server: ConsoleServer) -> None:
    server.create_job("birds")
    viewer = server.visitor(Role.VIEWER)
    assert "Automated labeling" not in viewer.get("/labeling-jobs/birds").text
    automate(server, "birds")
    page = viewer.get("/labeling-jobs/birds").text
    text = " ".join(re.sub(r"<[^>]+>", " ", page.split('data-part="automation"')[1]).split())
    assert "Round 5: a model learns" in text
    assert "Labeled by the machine 2,221 44.4 % of all objects" in text
    assert "Right with 90 % certainty at least 95.3 %" in text
    assert "Checked by people 81 / 112" in text
    assert "Right in the check 96.3 % 89.6 to 99.2 % with 95 % certainty" in text
    assert "3 86.6 % 0.874 911 95.4 % 1,250 1,515 Training job · Transform jobs" in text
    assert re.search(r'href="/console/training-jobs/birds-[0-9a-z]{8}-5"', page)
    assert re.search(r'href="/console/transform-jobs\?q=birds-[0-9a-z]{8}-4-"', page)


def test_a_change_of_phase_or_audit_shows_at_once(server: ConsoleServer) -> None:
    server.create_job("birds")
    before = server.application.console_live.version("labeling-job:birds")
    automate(server, "birds", Phase.PEOPLE, ())
    review = AutomationReview(server.application.database, server.application.objects)
    assert server.application.console_live.version("labeling-job:birds") != before
    assert review.version("birds") != "" == review.version("none")
    page = server.visitor(Role.VIEWER).get("/labeling-jobs/birds").text
    assert "People label the first sample and the validation set" in page
    assert "a validation set of 500 objects" in page


def test_curves_stay_in_their_box_and_old_rounds_are_left_out(server: ConsoleServer) -> None:
    server.create_job("birds")
    automate(server, "birds", Phase.DONE, tuple(list(ROUNDS) * 20))
    found = AutomationReview(server.application.database, server.application.objects).of("birds")
    assert found is not None and found.running is None
    view = rounds_view(found, has_ended=False)
    assert (len(view.rounds), view.left_out, view.now) == (MOST_ROUNDS, 20, "Finished")
    assert view.lowest == 0.7
    points = [*view.accuracy.points, *view.bound.points]
    assert all(0 <= x <= 100 and 0 <= y <= 100 for x, y in points)
    assert len(view.bound.points) == 45  # no bound where the machine has labeled nothing
