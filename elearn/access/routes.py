"""The pages of access: asking and deciding, and the register of accounts."""

from elearn.access import register_routes, request_routes
from elearn.access.request_routes import bp

__all__ = ["bp", "register_routes", "request_routes"]
