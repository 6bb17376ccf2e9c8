"""Protection against requests that another site makes through a visitor's browser (CSRF).

Three checks apply to every request that is not GET or HEAD. `OriginCheck` refuses foreign origins. Pages accept
only forms with the token of the session (`check_form`). The JSON API accepts only JSON, which a form of another
site cannot send (`bodies.check_json`).
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from starlette.datastructures import FormData, Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from trigpoint.core.errors import Denied
from trigpoint.language import gettext, translatable
from trigpoint.server.web.bodies import MalformedRequest
from trigpoint.server.web.site import Site

TOKEN_FIELD = "form_token"
TOKEN_HEADER = "X-Form-Token"
SAFE_METHODS = ("GET", "HEAD")
MAX_FIELDS = 1_100
"""More than the largest selection of objects on a page."""
MAX_FILES = 200


def form_token(session_token: str) -> str:
    """The token that the forms of a session carry in their field `form_token`."""
    return hmac.new(session_token.encode(), b"trigpoint form", hashlib.sha256).hexdigest()


async def read_form(request: Request) -> FormData:
    """The fields of the form. Files and more than MAX_FIELDS fields are refused with 400."""
    form = await request.form(max_files=0, max_fields=MAX_FIELDS)
    # PostgreSQL cannot compare text that contains U+0000.
    return FormData([(name, str(value).replace("\0", "\ufffd")) for name, value in form.multi_items()])


async def check_form(request: Request, session_token: str) -> None:
    """Raises: Denied: the form was not made by a page of this session."""
    _check_token((await read_form(request)).get(TOKEN_FIELD), session_token)


async def check_files(request: Request, session_token: str) -> None:
    """As `check_form`, for a form with files, or for bytes that a script sends with the token in a header.

    Raises: Denied: the token is not that of the session. MalformedRequest: there is none.
    """
    given: object = request.headers.get(TOKEN_HEADER)
    if given is None:
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise MalformedRequest(f"the request needs the header {TOKEN_HEADER}")
        given = (await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS)).get(TOKEN_FIELD)
    _check_token(given, session_token)


def _check_token(given: object, session_token: str) -> None:
    expected = form_token(session_token)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Denied(
            translatable("this form belongs to an earlier sign-in; open the page again and repeat the change")
        )


class OriginCheck:
    """Refuses changes that a page of another site requests.

    Browsers name the origin of a change. Scripts do not, but they have no cookie either unless given one.
    """

    def __init__(self, app: ASGIApp, site: Site, base_url: str) -> None:
        self._app = app
        self._site = site
        self._our_host = urlsplit(base_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in SAFE_METHODS and not self._is_ours(scope):
            await self._refusal(scope)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if origin is None:
            return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        return urlsplit(origin).netloc in (headers.get("host"), self._our_host)

    def _refusal(self, scope: Scope) -> Response:
        message = gettext(
            "this request comes from a page of another site; open %(page)s and try again",
            page=self._site.home,
        )
        if self._site.is_api(scope["path"]):
            return JSONResponse({"error": {"code": "ForeignOrigin", "message": message}}, 403)
        return PlainTextResponse(message, 403)
