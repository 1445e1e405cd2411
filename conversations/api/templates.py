"""Message templates, as the vendor approved them."""

from uuid import UUID

from conversations import queries
from conversations.api.inputs import TemplateQuery
from conversations.api.outputs import TemplateShape
from kernel.api.calls import Answer, Call, one_answer, page_answer
from kernel.api.operations import Caching, Operation
from kernel.api.views import ApiView
from kernel.errors import NotFound


class Templates(ApiView):
    """All templates of the tenant."""

    tag = "Templates"

    @Operation(
        name="listTemplates",
        summary="List message templates",
        scope="templates:read",
        returns=TemplateShape,
        many=True,
        query=TemplateQuery,
        errors=(NotFound,),
        caching=Caching.LONG,
    )
    def get(self, call: Call) -> Answer:
        """Only those with the status `approved` can be sent."""
        query = call.query
        rows = queries.templates_matching(
            outlet_id=query.get("outlet"),
            name=query.get("name", ""),
            language=query.get("language", ""),
            status=query.get("status", ""),
        )
        return page_answer(call, rows, queries.template_shapes, order="created_at")


class Template(ApiView):
    """One template."""

    tag = "Templates"

    @Operation(
        name="getTemplate",
        summary="Read a message template",
        scope="templates:read",
        returns=TemplateShape,
        caching=Caching.LONG,
    )
    def get(self, call: Call, template_id: UUID) -> Answer:
        """Read one; its blanks are in its components: `{{1}}` or `{{name}}`."""
        return one_answer(call, template_id, queries.template_shapes)
