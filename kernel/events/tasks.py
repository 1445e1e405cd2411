"""Timers of history."""

from typing import Any

import structlog
from celery import shared_task

from kernel import clocks
from kernel.anchors.models import Anchor, AnchorSignature
from kernel.events.signing import current_key_id, sign_head
from kernel.events.verification import verify

log = structlog.get_logger(__name__)


@shared_task
def sign_anchors(**_later: Any) -> int:  # noqa: ANN401 - arguments of a newer release are let pass
    """Sign every history's head once a day; returns how many were signed.

    Only what grew whole since the last signature is signed: a damaged history is reported, never vouched for.
    """
    schemas = Anchor.objects.filter(head_seq__gt=0).values_list("schema_name", flat=True)
    return sum(_sign(schema) for schema in schemas.order_by("schema_name"))


def _sign(schema: str) -> bool:
    at = clocks.now()
    last = AnchorSignature.objects.filter(schema_name=schema).order_by("-seq").first()
    if last and last.signed_on >= at.date():
        return False
    report = verify(schema, after=last.seq, previous=bytes(last.hash)) if last else verify(schema)
    if not report.is_whole:
        log.error("history is damaged", tenant=schema, seq=report.findings[0].seq, problem=report.findings[0].problem)
        return False
    row = AnchorSignature(
        schema_name=schema,
        seq=report.head_seq,
        hash=report.head_hash,
        signed_on=at.date(),
        signed_at=at,
        key_id=current_key_id(),
        signature=sign_head(schema, report.head_seq, report.head_hash, at),
    )
    return bool(AnchorSignature.objects.bulk_create([row], ignore_conflicts=True))
