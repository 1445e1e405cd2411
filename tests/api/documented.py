"""Holding answers against the description of the API."""

from copy import deepcopy
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from kernel.api.description import description

Schema = dict[str, Any]


def problems(answer: Any, path: str, method: str) -> list[str]:
    """Return where an answer is not what the description says; every field of a shape must be there, and no other."""
    responses = description()["paths"][path][method]["responses"]
    described = responses.get(str(answer.status_code))
    if described is None:
        return [f"status {answer.status_code} is not described"]
    schema = _resolved(described)["content"]["application/json"]["schema"]
    return differences(answer.json(), schema, closed=True)


def differences(value: Any, schema: Schema, *, closed: bool = False) -> list[str]:
    """Return how a value departs from a schema of the description; `closed` also finds fields nobody described."""
    root = {**_complete(schema), "components": _closed_components() if closed else description()["components"]}
    validator = Draft202012Validator(root, format_checker=FormatChecker())
    return [f"{'/'.join(map(str, error.path))}: {error.message}" for error in validator.iter_errors(value)]


def _resolved(described: Schema) -> Schema:
    if "$ref" in described:
        name = described["$ref"].rpartition("/")[2]
        found: Schema = description()["components"]["responses"][name]
        return found
    return described


def _complete(schema: Any) -> Any:
    """Want the whole shape where the description allows a selection: nothing was selected."""
    if isinstance(schema, dict):
        return {name: _complete(inner) for name, inner in schema.items()}
    if isinstance(schema, list):
        return [_complete(inner) for inner in schema]
    return schema.removesuffix("Selection") if isinstance(schema, str) and schema.startswith("#/") else schema


def _closed_components() -> Schema:
    components = deepcopy(description()["components"])
    for name, schema in components["schemas"].items():
        if "properties" in schema and name not in {"Meta", "PageMeta"}:
            schema["additionalProperties"] = False
    return components
