"""The base of every table that people or programs refer to by id."""

from django.db import models

from kernel.ids import new_id


class Row(models.Model):
    """A row with a sortable id and the two times each API object carries."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
