"""Pages of acknowledgements."""

from flask import Blueprint

bp = Blueprint("acknowledgements", __name__)
