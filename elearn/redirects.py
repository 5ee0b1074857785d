"""On to another page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response
from werkzeug.datastructures import Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class SeeOther(Response):
    """303 See Other: what was posted is done, and this is the page to look at, which can be loaded again.

    Takes an address as `url_for` makes it. Werkzeug's own redirect writes a page for browsers that do not follow, and
    goes through its address as if it could hold any letter, with each of the two dozen on a learner's way.
    """

    def __init__(self, address: str) -> None:
        super().__init__(status=303, headers={"Location": address, "Content-Length": "0"})

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """The headers as they are."""
        return self.headers
