"""A desk is one table of an admin: read-only unless it says otherwise, and every write is a named action."""

from typing import Any, ClassVar

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from unfold.admin import ModelAdmin

from tenants.backoffice.columns import Show
from tenants.backoffice.sites import BackOffice


class Desk(ModelAdmin):  # type: ignore[misc]  # the library is untyped
    """Rows of one model, listed and looked at. Rights come from the site: `reads` and `writes` name scopes.

    Nothing here saves or deletes a row, and Django's LogEntry stays empty: actions publish events.
    """

    reads: ClassVar[str] = ""
    writes: ClassVar[str] = ""
    group: ClassVar[Promise]
    label: ClassVar[Promise]
    icon: ClassVar[str] = "table_rows"
    position: ClassVar[int] = 50
    shown: ClassVar[tuple[tuple[Promise | None, tuple[Show, ...]], ...]] = ()
    """Sections of the page of one row."""

    admin_site: BackOffice
    list_per_page = 50
    show_full_result_count = False
    actions: Any = ()
    list_display_links: Any = None

    def get_readonly_fields(self, _request: HttpRequest, _row: Model | None = None) -> tuple[Show, ...]:
        """Return everything: nothing is edited in place."""
        return tuple(show for _title, shows in self.shown for show in shows)

    def get_fieldsets(self, _request: HttpRequest, _row: Model | None = None) -> list[tuple[Any, Any]]:
        """Return the sections of a row's page."""
        return [(title, {"fields": shows}) for title, shows in self.shown]

    def get_list_display_links(self, _request: HttpRequest, list_display: Any) -> list[Any] | None:  # noqa: ANN401 - Django's signature
        """Lead from the first column to the row's page, where there is one."""
        return [list_display[0]] if self.shown else None

    def may_write(self, request: HttpRequest) -> bool:
        """Tell whether who asks may use this desk's actions."""
        return bool(self.writes) and self.admin_site.may(request, self.writes)

    def has_view_permission(self, request: HttpRequest, _row: Model | None = None) -> bool:
        """Tell whether who asks may see the rows."""
        return self.admin_site.may(request, self.reads)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Tell the same for the navigation."""
        return self.has_view_permission(request)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Refuse: what can be made is made by an action of its own."""
        return False

    def has_change_permission(self, request: HttpRequest, _row: Model | None = None) -> bool:  # noqa: ARG002 - Django's signature
        """Refuse: rows change through actions only."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: Model | None = None) -> bool:
        """Refuse: nothing is deleted here."""
        return False

    def has_write_permission(self, request: HttpRequest, _row: object = None) -> bool:
        """Tell whether who asks may use an action (`permissions=["write"]`)."""
        return self.may_write(request)

    def row(self, request: HttpRequest, object_id: str) -> Any:  # noqa: ANN401 - this desk's model
        """Return a row for an action, or 404: also when who asks may not act."""
        found = self.get_object(request, object_id) if self.may_write(request) else None
        if found is None:
            raise Http404
        return found

    def history_view(self, _request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:  # noqa: ANN401, ARG002 - Django's signature
        """Lead to the row: what happened to it stands in the history of events."""
        return HttpResponseRedirect("../change/")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """List the rows under this desk's name."""
        answer: HttpResponse = super().changelist_view(request, {"title": self.label, **(extra_context or {})})
        return answer

    def log_addition(self, *_details: Any) -> None:  # noqa: ANN401 - Django's signature
        """Keep no LogEntry: actions publish events."""

    def log_change(self, *_details: Any) -> None:  # noqa: ANN401 - Django's signature
        """Keep no LogEntry, as above."""

    def log_deletions(self, *_details: Any) -> None:  # noqa: ANN401 - Django's signature
        """Keep no LogEntry, as above."""
