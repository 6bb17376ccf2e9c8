"""What happens when the form of a new resource is sent: the call, or the form again with what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.responses import Response

from trigpoint.core.errors import TrigpointError
from trigpoint.server.console.forms import Form
from trigpoint.server.console.page import PageRequest, quoted

Again = Callable[[PageRequest, Form, int], Response]
"""Shows the page with the form, with this status."""


def create(
    page: PageRequest,
    operation: str,
    form: Form,
    request: Mapping[str, Any],
    again: Again,
    *,
    name: str,
    path: str,
    notice: str = "created",
) -> Response:
    """Calls the operation, and goes to the page of the resource.

    Args:   name: the member of the request that names the resource.
            path: of the pages of these resources.
    """
    if page.wants_call:
        page.note("sagemaker", operation, **request)
        return again(page, form, 200)
    if form.problems:
        return again(page, form, 400)
    try:
        page.call("sagemaker", operation, **request)
    except TrigpointError as problem:
        form.refuse(problem)
        return again(page, form, 400)
    return page.redirect(f"{path}/{quoted(request[name])}", notice, request[name])
