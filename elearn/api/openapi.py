"""The OpenAPI document of the HTTP API, as served at /api/v1/openapi.json."""

from __future__ import annotations

from typing import Any

from elearn import __version__

REASON = {
    "type": "object",
    "required": ["code", "message", "basis", "clause", "next_step", "who"],
    "properties": {
        "code": {"type": "string", "description": "Stable; compare this, never the message."},
        "message": {"type": "string"},
        "basis": {"type": "string", "enum": ["clause", "product"]},
        "clause": {"type": "array", "items": {"type": "string"}, "description": "References in this policy."},
        "next_step": {"type": "string"},
        "who": {"type": "string"},
    },
}

DECISION = {
    "type": "object",
    "required": ["answer", "allowed", "reasons", "next_change_on", "decided_at"],
    "properties": {
        "answer": {"type": "string", "enum": ["yes", "not_yet", "cannot_say"]},
        "allowed": {"type": "boolean", "description": "True for yes only."},
        "reasons": {"type": "array", "items": REASON},
        "next_change_on": {"type": ["string", "null"], "format": "date"},
        "decided_at": {"type": "string", "format": "date-time"},
    },
}

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
        }
    },
}


def _answer(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _query(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string", "format": "uuid"}
    return {"name": name, "in": "query", "required": True, "description": description, "schema": schema}


DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "elearn",
        "version": __version__,
        "description": "May this person use this business social media account now, and if not, why not?",
    },
    "servers": [{"url": "/api/v1"}],
    "security": [{"bearer": []}],
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/access/decision": {
            "get": {
                "summary": "The gate's decision, taken from facts at this moment",
                "parameters": [
                    _query("person", "The person's id"),
                    _query("account", "The account's id"),
                ],
                "responses": {
                    "200": _answer("The decision; read `allowed`", DECISION),
                    "400": _answer("A parameter is missing or is not an id", ERROR),
                    "401": _answer("No valid bearer token", ERROR),
                    "403": _answer("The token lacks the scope access:read", ERROR),
                },
            }
        },
        "/openapi.json": {
            "get": {
                "summary": "This document",
                "security": [],
                "responses": {"200": _answer("The document", {"type": "object"})},
            }
        },
    },
}
