"""Holding answers against the description of the API."""

from copy import deepcopy
from functools import cache
from http import HTTPStatus
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

from kernel.api.description import description

Schema = dict[str, Any]


def problems(answer: Any, path: str, method: str, *, whole: bool = True) -> list[str]:
    """Return where an answer is not what the description says; every field of a shape must be there, and no other.

    Not `whole`: the caller chose fields.
    """
    if answer["Content-Type"] != "application/json" and answer.status_code == HTTPStatus.OK:
        return []  # bytes and streams have tests of their own
    validator = _validator_of_answer(path, method, str(answer.status_code), whole=whole)
    return [f"status {answer.status_code} is not described"] if validator is None else _told(validator, answer.json())


def differences(value: Any, schema: Schema) -> list[str]:
    """Return how a value departs from a schema of the description; a field nobody described is one, too."""
    return _told(_validator(schema), value)


@cache
def _validator_of_answer(path: str, method: str, status: str, *, whole: bool) -> Draft202012Validator | None:
    described = description()["paths"][path][method]["responses"].get(status)
    if described is None:
        return None
    if "$ref" in described:
        described = description()["components"]["responses"][described["$ref"].rpartition("/")[2]]
    schema = described["content"]["application/json"]["schema"]
    return _validator(_complete(schema) if whole else schema)


def _validator(schema: Schema) -> Draft202012Validator:
    return Draft202012Validator({**schema, "components": _closed_components()}, format_checker=FormatChecker())


def _told(validator: Draft202012Validator, value: Any) -> list[str]:
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(value)]


def _complete(schema: Any) -> Any:
    """Want the whole shape where the description allows a selection: nothing was selected."""
    if isinstance(schema, dict):
        return {name: _complete(inner) for name, inner in schema.items()}
    if isinstance(schema, list):
        return [_complete(inner) for inner in schema]
    return schema.removesuffix("Selection") if isinstance(schema, str) and schema.startswith("#/") else schema


@cache
def _closed_components() -> Schema:
    components: Schema = deepcopy(description()["components"])
    for name, schema in components["schemas"].items():
        if "properties" in schema and name not in {"Meta", "PageMeta"}:
            schema["additionalProperties"] = False
    return components
