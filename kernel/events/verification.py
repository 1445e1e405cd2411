"""Proving that a history is whole: chain, order, values, head and signatures."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import DataError, connection, transaction

from kernel.anchors.models import Anchor, AnchorSignature
from kernel.events.canonical import GENESIS, UnfitPayload, change_hash, encode, link
from kernel.events.reading import Link, links
from kernel.events.signing import is_signed
from kernel.tenancy import tenant_context

HAS_TABLE = "SELECT to_regclass('events_event') IS NOT NULL"
GUARDED = """
    SELECT count(*) = 1 FROM pg_trigger
    WHERE tgrelid = 'events_event'::regclass AND tgname = 'events_event_guard' AND tgenabled = 'O'
"""
MOST_FINDINGS = 100
"""More findings than this say nothing new."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written; seq 0 is about the history as a whole."""

    seq: int
    problem: str


@dataclass(slots=True)
class Report:
    """What verifying one schema's history showed."""

    schema: str
    events: int = 0
    head_seq: int = 0
    head_hash: bytes = GENESIS
    signatures: int = 0
    erased_changes: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was found."""
        return not self.findings


def verify(schema: str, *, after: int = 0, previous: bytes = GENESIS) -> Report:
    """Check one schema's history from event `after` + 1 on, whose predecessor has the hash `previous`.

    Reads one snapshot, so that events published meanwhile cannot look like damage. Linear in the number of events.
    """
    report = Report(schema, head_seq=after, head_hash=previous)
    with tenant_context(schema):
        outermost = not connection.in_atomic_block
        with transaction.atomic():
            if outermost:
                _take_snapshot()
            for finding in _findings(report):
                report.findings.append(finding)
                if len(report.findings) == MOST_FINDINGS:
                    break
    return report


def _take_snapshot() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")


def _findings(report: Report) -> Iterator[Finding]:
    if not _holds(HAS_TABLE):
        yield Finding(0, "The schema has no event table.")
        return
    if not _holds(GUARDED):
        yield Finding(0, "The trigger that refuses changes is missing or switched off.")
    signatures = _signatures(report)
    try:
        yield from _chain_findings(report, signatures)
    except (DataError, ValueError) as problem:  # a time or a number that publish() could not have written
        yield Finding(report.head_seq + 1, f"Events from here on cannot be read: {problem}")
        return
    yield from _head_findings(report)
    for seq in signatures:
        yield Finding(seq, f"A signed head is not there: the history ends at event {report.head_seq}.")


def _holds(condition: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(condition)
        return bool(cursor.fetchone()[0])


def _signatures(report: Report) -> dict[int, list[AnchorSignature]]:
    found: dict[int, list[AnchorSignature]] = {}
    for row in AnchorSignature.objects.filter(schema_name=report.schema, seq__gt=report.head_seq).order_by("seq"):
        found.setdefault(row.seq, []).append(row)
    return found


def _chain_findings(report: Report, signatures: dict[int, list[AnchorSignature]]) -> Iterator[Finding]:
    """Walk the chain; `report` follows, and signatures that were met leave the dictionary."""
    for one in links(after=report.head_seq):
        seq = one.event.seq
        if seq != report.head_seq + 1:
            yield Finding(report.head_seq + 1, f"Events {report.head_seq + 1} to {seq - 1} are missing.")
        elif one.prev_hash != report.head_hash:
            yield Finding(seq, "The event does not link to the one before it.")
        if _hash_of(one) != one.hash:
            yield Finding(seq, "The event was changed after it was written.")
        yield from _change_findings(one, report)
        for signature in signatures.pop(seq, ()):
            yield from _signature_findings(signature, one, report)
        report.events += 1
        report.head_seq, report.head_hash = seq, one.hash


def _hash_of(one: Link) -> bytes | None:
    try:
        return link(one.prev_hash, one.event, encode(one.event.payload), one.change_hash)
    except UnfitPayload:  # publish() would have refused it
        return None


def _change_findings(one: Link, report: Report) -> Iterator[Finding]:
    if one.change_hash is None:
        return
    if one.change is None:
        report.erased_changes += 1
        return
    before, after = encode(one.change.before), encode(one.change.after)
    if change_hash(one.change.salt, before, after) != one.change_hash:
        yield Finding(one.event.seq, "The values before and after were changed.")


def _signature_findings(row: AnchorSignature, one: Link, report: Report) -> Iterator[Finding]:
    report.signatures += 1
    genuine = is_signed(
        row.key_id,
        bytes(row.signature),
        schema=row.schema_name,
        seq=row.seq,
        head_hash=bytes(row.hash),
        at=row.signed_at,
    )
    if not genuine:
        yield Finding(row.seq, f"The signature of {row.signed_on} is not ours.")
    elif bytes(row.hash) != one.hash:
        yield Finding(row.seq, f"The event is not the one that was signed on {row.signed_on}.")


def _head_findings(report: Report) -> Iterator[Finding]:
    anchor = Anchor.objects.filter(schema_name=report.schema).first()
    head_seq = anchor.head_seq if anchor else 0
    if head_seq > report.head_seq:
        yield Finding(report.head_seq + 1, f"Events {report.head_seq + 1} to {head_seq} were cut from the end.")
    elif head_seq < report.head_seq:
        yield Finding(report.head_seq, f"The anchor says that the history ends at event {head_seq}.")
    elif anchor and bytes(anchor.head_hash) != report.head_hash:
        yield Finding(report.head_seq, "The last event is not the one the anchor knows.")
