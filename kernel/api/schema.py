"""The OpenAPI 3.1 description, written from the declarations of the operations."""

import re
from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import Direction, OpenApiParameter
from rest_framework import serializers

from kernel.api import problems
from kernel.api.inputs import Body, IdOrWord, ListQuery, Names
from kernel.api.operations import EVENT_STREAM, Caching, Operation, operation_of, parameters_of
from kernel.api.rendering import dump
from kernel.api.shapes import Shape
from kernel.api.versions import Gone

if TYPE_CHECKING:
    from kernel.api.views import ApiView

Described = dict[str, Any]
JSON = "application/json"
BYTES = "application/octet-stream"


class Schema(AutoSchema):
    """Describes one operation; the framework asks for each part by the name of a method here."""

    @property
    def operation(self) -> Operation:
        """The declaration of the operation that is being described."""
        declared = operation_of(self.view, self.method)
        if declared is None:
            message = f"{type(self.view).__name__}.{self.method.lower()} has no @Operation"
            raise TypeError(message)
        return declared

    @property
    def reading(self) -> bool:
        """Whether the operation changes nothing."""
        return bool(self.method == "GET")

    @property
    def guarded(self) -> bool:
        """Whether `If-Match` holds the operation to a state of its object."""
        return self.method in {"PUT", "PATCH", "DELETE"} and cast("ApiView", self.view).subject is not None

    def get_operation_id(self) -> str:
        """Return the name programs call it by; an address below its tenant is another one for the same thing."""
        below_tenant = "{tenant}/" in self.path and not self.path.endswith("{tenant}/")
        return f"{self.operation.name}OfTenant" if below_tenant else self.operation.name

    def get_summary(self) -> str:
        """Return the line for a list."""
        return self.operation.summary

    def get_description(self) -> str:  # type: ignore[override]  # as in drf-spectacular
        """Return what the handler's docstring says, and the scope."""
        handler = getattr(self.view, self.method.lower())
        told = " ".join((handler.__doc__ or "").split())
        return f"{told}\n\nScope: `{self.operation.scope}`".strip()

    def is_deprecated(self) -> bool:
        """Return whether its end is announced."""
        return self.operation.ending is not None

    def get_tags(self) -> list[str]:
        """Return the chapter."""
        return [cast("ApiView", self.view).tag]

    def get_auth(self) -> list[Described]:
        """Return both ways to prove who is asking; OpenAPI 3.1 lets either name the scope."""
        return [{"apiKey": [self.operation.scope]}, {"session": [self.operation.scope]}]

    def get_override_parameters(self) -> list[Any]:
        """Return the query, and the headers of a write."""
        query = parameters_of(self.operation, reading=self.reading)
        parameters: list[Any] = [query] if query().fields else []
        parameters += [_IDEMPOTENCY_KEY] if self.method == "POST" else []
        return [*parameters, _IF_MATCH] if self.guarded else parameters

    def get_serializer_name(self, serializer: serializers.Serializer[Any], direction: str) -> str:  # noqa: ARG002 - the framework's signature
        """Name components after the thing, not after our class of it."""
        return type(serializer).__name__.removesuffix("Shape")

    def _map_serializer(
        self,
        serializer: object,
        direction: Direction,
        bypass_extensions: bool = False,  # noqa: FBT001, FBT002 - the framework's signature
    ) -> Described:
        described: Described = super()._map_serializer(serializer, direction, bypass_extensions)  # type: ignore[no-untyped-call]  # the library's
        return {**described, "additionalProperties": False} if isinstance(serializer, Body) else described

    def _map_serializer_field(
        self,
        field: object,
        direction: Direction,
        bypass_extensions: bool = False,  # noqa: FBT001, FBT002 - the framework's signature
    ) -> Described:
        described: Described = super()._map_serializer_field(field, direction, bypass_extensions)  # type: ignore[no-untyped-call]  # the library's
        if isinstance(field, serializers.FileField):
            return {"type": "string", "format": "binary"}
        if isinstance(field, IdOrWord):
            an_id = {name: described.pop(name) for name in ("type", "format")}
            described["anyOf"] = [an_id, {"type": "string", "enum": list(field.words)}]
        return described

    def _is_list_view(self, serializer: object = None) -> bool:  # noqa: ARG002 - the framework's signature
        """Keep the framework from guessing parameters: the operation declares all of them."""
        return False

    def _process_override_parameters(self, direction: str = "request") -> dict[tuple[str, str], Any]:
        described: dict[tuple[str, str], Any] = super()._process_override_parameters(direction)  # type: ignore[no-untyped-call]  # the library's
        fields = parameters_of(self.operation, reading=self.reading)().fields
        for name in [name for name, field in fields.items() if isinstance(field, Names)]:
            known = self.operation.returns.expandable if name == "expand" else self.operation.returns().fields
            described[name, "query"] |= {"schema": _names(sorted(known)), "style": "form", "explode": False}
        return described

    def _get_request_body(self, direction: Direction = "request") -> Described | None:
        body: type[Body] = self.operation.body
        if self.reading or self.method == "DELETE" or not body().fields:
            return None
        component = self.resolve_serializer(body, direction)
        required = bool(component.schema.get("required"))
        content = {self.operation.consumes: {"schema": component.ref, "example": body.example}}
        return {"required": required, "content": content}

    def _get_response_bodies(self, direction: Direction = "response") -> Described:
        own = (*self.operation.errors, *([Gone] if self.operation.ending else []))
        refusals = problems.possible(self.method, has_ids="{" in self.path, own=own)
        answers = {str(int(self.operation.status)): self._success(direction)}
        if self.reading and "ETag" in self._headers():
            answers["304"] = {"description": "Nothing has changed since the `ETag` in `If-None-Match`."}
        if self.operation.may_take_longer:
            answers["202"] = {**self._success(direction), "description": "Too much for the request: it is a job now."}
        if self.guarded:
            answers["412"] = problems.stale(
                self._item(self.operation.returns, direction), self.operation.returns.example
            )
        return {**answers, **problems.responses(refusals)}

    def _stream(self, direction: Direction) -> Described:
        """Return the answer of a stream; a stream cannot be told in JSON Schema, what its data is can be."""
        name = self.resolve_serializer(self.operation.returns, direction).name
        example = f"id: 4711\ndata: {dump(self.operation.returns.example).decode()}\n\n"
        return {
            "description": f"{self.operation.summary}. The data of each one is `{name}`.",
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in self._headers()},
            "content": {
                EVENT_STREAM: {"schema": _event_of(self._item(self.operation.returns, direction)), "example": example}
            },
        }

    def _success(self, direction: Direction) -> Described:
        if self.operation.streams:
            return self._stream(direction)
        shape, many = self.operation.returns, self.operation.many
        if self.operation.is_raw:
            return {
                "description": self.operation.summary,
                "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
            }
        item = self._item(shape, direction)
        meta = "PageMeta" if many and issubclass(self.operation.query, ListQuery) else "Meta"
        schema = {
            "type": "object",
            "required": ["success", "data", "meta"],
            "properties": {
                "success": {"type": "boolean", "const": True},
                "data": {"type": "array", "items": item} if many else item,
                "meta": {"$ref": f"#/components/schemas/{meta}"},
            },
        }
        example = {"success": True, "data": [shape.example] if many else shape.example, "meta": _META_EXAMPLES[meta]}
        return {
            "description": self.operation.summary,
            "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in self._headers()},
            "content": {JSON: {"schema": schema, "example": example}},
        }

    def _item(self, shape: type[Shape], direction: Direction) -> Described:
        """Return the full shape; where `?fields=` works, the same with nothing required."""
        full = self.resolve_serializer(shape, direction)
        if not (self.reading and shape.selectable):
            return full.ref
        described = {key: value for key, value in full.schema.items() if key != "required"}
        described["description"] = f"{full.schema.get('description', '')} Every field, unless `?fields=` chose some."
        chosen = ResolvedComponent(  # type: ignore[no-untyped-call]  # the library's
            name=f"{full.name}Selection",
            type=ResolvedComponent.SCHEMA,
            schema=described,
            object=f"{full.name}Selection",
        )
        self.registry.register_on_missing(chosen)
        return chosen.ref

    def _headers(self) -> list[str]:
        names = ["X-Request-ID", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"]
        if self.operation.many and self.reading:
            names.append("Link")
        elif (self.reading or self.guarded) and self.operation.caching is not Caching.NONE:
            names.append("ETag")
        return [*names, "Idempotency-Replayed"] if self.method == "POST" else names


class Generator(SchemaGenerator):
    """Adds to the operations what all of them refer to."""

    def get_schema(self, request: object = None, public: bool = False) -> Described:  # noqa: FBT001, FBT002 - the framework's signature
        """Return the whole description, the same bytes for the same code."""
        described: Described = super().get_schema(request=request, public=public)  # type: ignore[no-untyped-call]  # the library's
        components = described["components"]
        for kind, added in {**_COMPONENTS, **problems.components()}.items():
            components[kind] = dict(sorted({**components.get(kind, {}), **_COMPONENTS.get(kind, {}), **added}.items()))
        described["components"] = dict(sorted(components.items()))
        described["tags"] = [{"name": tag} for tag in sorted(_tags(described))]
        return described


def _tags(described: Described) -> set[str]:
    return {tag for methods in described["paths"].values() for one in methods.values() for tag in one["tags"]}


def _event_of(data: Described) -> Described:
    """Return what one event of a stream is: its fields as they are in the text, its data as JSON inside."""
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["data"],
        "properties": {
            "id": text,
            "event": text,
            "data": {**text, "contentMediaType": JSON, "contentSchema": data},
        },
    }


def _names(known: list[str]) -> Described:
    return {"type": "array", "minItems": 1, "items": {"type": "string", "enum": known}}


def _header(description: str, kind: str = "string") -> Described:
    return {"description": re.sub(r"\s+", " ", description), "schema": {"type": kind}}


_IDEMPOTENCY_KEY = OpenApiParameter(
    name="Idempotency-Key",
    location=OpenApiParameter.HEADER,
    type={"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
    description="The same key and body within 24 hours answer the same and do nothing again.",
)
_IF_MATCH = OpenApiParameter(
    name="If-Match",
    location=OpenApiParameter.HEADER,
    type=str,
    description="Write only if the object still is in the state of one of these `ETag`s, or exists at all (`*`).",
)
_META: Described = {
    "type": "object",
    "required": ["version", "timestamp", "request_id"],
    "properties": {
        "version": {"type": "string", "const": "v1"},
        "timestamp": {"type": "string", "format": "date-time"},
        "request_id": {"type": "string"},
    },
}
_PAGINATION: Described = {
    "type": "object",
    "required": ["limit", "next_cursor", "previous_cursor"],
    "properties": {
        "limit": {"type": "integer"},
        "next_cursor": {"type": ["string", "null"], "description": "Null on the last page."},
        "previous_cursor": {"type": ["string", "null"], "description": "Null on the first page."},
        "total": {"type": "integer", "description": "Only with `include_total=true`; counted up to 10,000."},
        "total_capped": {"type": "boolean", "description": "Whether there are more than `total`."},
    },
}
_COMPONENTS: Described = {
    "schemas": {
        "Meta": _META,
        "PageMeta": {
            "allOf": [{"$ref": "#/components/schemas/Meta"}],
            "type": "object",
            "required": ["pagination"],
            "properties": {"pagination": _PAGINATION},
        },
    },
    "headers": {
        "X-Request-ID": _header("The id of this request in our logs: yours, when you sent one."),
        "X-RateLimit-Limit": _header("Requests allowed in the window of the limit nearest to refusing.", "integer"),
        "X-RateLimit-Remaining": _header("Requests left of it.", "integer"),
        "X-RateLimit-Reset": _header("Unix time in seconds when more are allowed.", "integer"),
        "Link": _header("Addresses of the next and previous page (RFC 8288)."),
        "ETag": _header(
            "Names the state of the object. `If-None-Match` with it answers 304 while nothing changed; `If-Match` with "
            "it lets a write through while nobody has changed the object."
        ),
        "Idempotency-Replayed": _header("`true` when this is the stored answer of an earlier request."),
    },
    "securitySchemes": {
        "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key: `Bearer rk_...`."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": "redress_session",
            "description": "A browser's session; writes also send the CSRF token in `X-CSRFToken`.",
        },
    },
}
_META_EXAMPLE = {
    "version": "v1",
    "timestamp": "2026-11-20T15:04:05.000Z",
    "request_id": "01936f5e-8c1a-7b3e-9d2f-4a5b6c7d8e9f",
}
_META_EXAMPLES = {
    "Meta": _META_EXAMPLE,
    "PageMeta": {**_META_EXAMPLE, "pagination": {"limit": 50, "next_cursor": None, "previous_cursor": None}},
}
