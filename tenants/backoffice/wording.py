"""Words of the admin theme that bring no Spanish of their own. Named here so that our catalog may hold them."""

from django.utils.translation import gettext_noop as _

OF_THE_THEME = (
    _("Filters"),
    _("Clear all filters"),
    _("Run"),
    _("Select action"),
    _("Select all rows"),
    _("Select record"),
    _("Select value"),
    _("Type to search"),
)
