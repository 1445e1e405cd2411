"""How the documentation shows errors: which codes an operation may answer with, by status, each with its sentence.

The catalog of codes follows from what the operations declare, so that a code cannot be forgotten there.
"""

from collections.abc import Iterable
from http import HTTPStatus
from itertools import groupby
from typing import Any

from kernel.api.idempotency import IdempotencyInFlight, IdempotencyMismatch
from kernel.api.operations import declared
from kernel.api.refusals import (
    AddressNotAllowed,
    ApiRefusal,
    CsrfFailed,
    Internal,
    Malformed,
    MethodNotAllowed,
    MissingScope,
    NotAuthenticated,
    PayloadTooLarge,
    PreconditionFailed,
    RateLimited,
    TenantClosing,
    TenantRequired,
    TenantSuspended,
    Unavailable,
    UnsupportedMediaType,
    WrongTenant,
)
from kernel.api.versions import Gone
from kernel.errors import Invalid, NotFound, Refusal

Schema = dict[str, Any]

EVERYWHERE: tuple[type[Refusal], ...] = (
    Malformed, TenantRequired, Invalid, NotAuthenticated, AddressNotAllowed, CsrfFailed, MissingScope, WrongTenant,
    TenantClosing, TenantSuspended, RateLimited, Internal, Unavailable,
)  # fmt: skip
WITH_BODY = (PayloadTooLarge, UnsupportedMediaType)
WITH_ID = (NotFound,)
WITH_STATE = (PreconditionFailed,)
WITH_KEY = (IdempotencyInFlight, IdempotencyMismatch)


def possible(method: str, *, has_ids: bool, own: Iterable[type[Refusal]]) -> list[type[Refusal]]:
    """Return every refusal an operation may answer with."""
    found = {*EVERYWHERE, *own}
    found |= {*WITH_BODY} if method in {"POST", "PUT", "PATCH"} else set()
    found |= {*WITH_KEY} if method == "POST" else set()
    found |= {*WITH_ID} if has_ids else set()
    return sorted(found, key=lambda refusal: (refusal.status, refusal.code))


def catalog() -> list[type[Refusal]]:
    """Return one class for each code the API can answer with, by status and code."""
    found: list[type[Refusal]] = [refusal for operation in declared() for refusal in operation.errors]
    found += [*EVERYWHERE, *WITH_BODY, *WITH_ID, *WITH_KEY, *WITH_STATE, MethodNotAllowed, Gone]
    by_code = {refusal.code: refusal for refusal in found}
    return sorted(by_code.values(), key=lambda refusal: (refusal.status, refusal.code))


def meaning(refusal: type[Refusal]) -> str:
    """Return the sentence that documents a code: the first of its class."""
    return " ".join((refusal.__doc__ or "").partition("\n\n")[0].split())


def responses(refusals: Iterable[type[Refusal]]) -> Schema:
    """Return the `responses` of an operation for its refusals; what is the same everywhere is said once."""
    documented: Schema = {}
    for status, group in groupby(refusals, key=_status):
        codes = list(group)
        shared = _shared(status)
        same = shared is not None and [code.code for code in codes] == [code.code for code in shared]
        name = _component(status)
        documented[str(int(status))] = {"$ref": f"#/components/responses/{name}"} if same else _response(codes)
    return documented


def stale(shown: Schema, example: Schema) -> Schema:
    """Return the answer to a write whose `If-Match` does not hold: the error, and the object as it is now."""
    described = _response([*WITH_STATE])
    properties = {**_ERROR["properties"], "data": shown}
    schema = {"type": "object", "required": ["success", "error", "data"], "properties": properties}
    content = {"schema": schema, "example": {**_example(PreconditionFailed), "data": example}}
    header = {"ETag": {"$ref": "#/components/headers/ETag"}}
    return {**described, "headers": header, "content": {"application/json": content}}


def components() -> Schema:
    """Return what all operations refer to: the answers said once, and the form of an error."""
    statuses = sorted(map(_status, {*EVERYWHERE, *WITH_BODY, *WITH_ID}))
    return {
        "responses": {_component(status): _response(_shared(status) or []) for status in statuses},
        "schemas": {"Error": _ERROR, "ErrorCode": _codes()},
        "examples": {refusal.code: {"value": _example(refusal)} for refusal in catalog()},
    }


def _shared(status: HTTPStatus) -> list[type[Refusal]] | None:
    found = [refusal for refusal in (*EVERYWHERE, *WITH_BODY, *WITH_ID) if _status(refusal) == status]
    return sorted(found, key=lambda refusal: refusal.code) or None


def _status(refusal: type[Refusal]) -> HTTPStatus:
    return refusal.status


def _component(status: HTTPStatus) -> str:
    return "".join(word.capitalize() for word in status.phrase.replace("-", " ").split())


def _response(refusals: list[type[Refusal]]) -> Schema:
    return {
        "description": "\n".join(f"- `{refusal.code}`: {meaning(refusal)}" for refusal in refusals),
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Error"},
                "examples": {refusal.code: {"$ref": f"#/components/examples/{refusal.code}"} for refusal in refusals},
            }
        },
    }


def _example(refusal: type[Refusal]) -> Schema:
    message = str(refusal.sentence) if issubclass(refusal, ApiRefusal) else meaning(refusal)
    return {
        "success": False,
        "error": {
            "code": refusal.code,
            "message": message,
            "details": {},
            "timestamp": "2026-11-20T15:04:05.000Z",
            "request_id": "01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8e9f",
        },
    }


def _codes() -> Schema:
    lines = [f"- `{refusal.code}` ({refusal.status.value}): {meaning(refusal)}" for refusal in catalog()]
    return {"type": "string", "enum": [refusal.code for refusal in catalog()], "description": "\n".join(lines)}


_ERROR: Schema = {
    "type": "object",
    "description": "Every error of the API.",
    "required": ["success", "error"],
    "properties": {
        "success": {"type": "boolean", "const": False},
        "error": {
            "type": "object",
            "required": ["code", "message", "details", "timestamp", "request_id"],
            "properties": {
                "code": {"$ref": "#/components/schemas/ErrorCode"},
                "message": {"type": "string", "description": "One sentence for people, in the caller's language."},
                "details": {
                    "type": "object",
                    "description": "What is wrong with which field, by dotted path.",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
                "timestamp": {"type": "string", "format": "date-time"},
                "request_id": {"type": "string"},
            },
        },
    },
}
