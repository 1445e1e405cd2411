"""Finding words in text, with nothing but what PostgreSQL brings along.

A column that is searched is a `tsvector` the database makes itself of folded text: accents and case are taken away and
punctuation is space, so "¿Está?" is found by `esta`, and "R2-D2" by `d2`. Every word of a query is the beginning of a
word of the text, and all of them must be there. `fold` here and `Folded` there say the same, as a test sees to.

Two ways lead to the newest matches: walking the table from its newest row until a page is full, or taking every match
from the index and sorting. For a common word the second is slow, for a rare one the first, and PostgreSQL, which knows
nothing about rare words, chooses wrong. So the way is chosen here, by how many matches it expects (ADR 37).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, TypedDict, TypeVar

import orjson
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import connection, models
from django.db.models import DateTimeField, Expression, ExpressionWrapper, F, Func, GeneratedField, QuerySet, Value
from django.db.models.functions import Coalesce

MARKS = "\u0300-\u036f"
"""Combining marks of Latin, Greek and Cyrillic: what NFKD leaves beside the letter."""
PUNCTUATION = r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f"
SEARCHED_LENGTH = 100_000
"""Characters of a text that can be found; a `tsvector` takes a megabyte."""
WORDS_A_QUERY = 12
WORD_LENGTH = 60
SNIPPET_LENGTH = 140
LEAD_LENGTH = 40
"""Characters of a snippet before its first match."""

_marks = re.compile(f"[{MARKS}]")
_punctuation = re.compile(f"[{PUNCTUATION}\x00]+")


def fold(text: str) -> str:
    """Return text without accents, capitals and punctuation."""
    bare = _marks.sub("", unicodedata.normalize("NFKD", text))
    return _punctuation.sub(" ", bare.lower()).strip()


def words_of(query: str) -> list[str]:
    """Return the words somebody asks for, folded."""
    return [word[:WORD_LENGTH] for word in fold(query).split()][:WORDS_A_QUERY]


def beginnings(words: Iterable[str]) -> str:
    """Return the `tsquery` for texts that have a word with each of these beginnings."""
    return " & ".join("'" + word.replace("'", "").replace("\\", "") + "':*" for word in words)


class Folded(Func):
    """The SQL of `fold`: immutable, so that a generated column may be made of it."""

    template = (
        f"left(regexp_replace(lower(regexp_replace(normalize(%(expressions)s, NFKD), '[{MARKS}]', '', 'g')), "
        f"'[{PUNCTUATION}]+', ' ', 'g'), {SEARCHED_LENGTH})"
    )


class Searchable(Func):
    """The words of a text."""

    function = "to_tsvector"
    template = "%(function)s('simple', %(expressions)s)"


DIGITS = "regexp_replace(%(expressions)s, '[^0-9]', '', 'g')"


class Endings(Func):
    """The digits of a phone number, and what is left of them from every place on: so any part of it is a beginning."""

    template = " || ' ' || ".join(f"substr({DIGITS}, {start})" for start in range(1, 14))


def search_column(text: Expression | F) -> GeneratedField:
    """Return the column that makes a text findable; the database keeps it, whoever writes the row."""
    return GeneratedField(expression=Searchable(Folded(text)), output_field=SearchVectorField(), db_persist=True)


M = TypeVar("M", bound=models.Model)


class WithoutSearch(models.Manager[M]):
    """Reads rows without the column that is only searched in."""

    def get_queryset(self) -> QuerySet[M]:
        """Leave the column in the database."""
        return super().get_queryset().defer("search")


def query_of(words: Sequence[str]) -> SearchQuery:
    """Return the condition on a search column: `filter(search=query_of(words))`."""
    return SearchQuery(beginnings(words), search_type="raw", config="simple")


PLACE = "place"
"""What `newest_matching` orders by: `order="-place"`."""
PAGE = 50
"""Matches somebody looks at; whoever wants more asks again."""
MATCH_COST = 5
"""What fetching a match from the index costs, in rows that are walked over (measured: 7 and 0.3 microseconds, and the
index itself)."""


def newest_matching(rows: QuerySet[Any], words: Sequence[str], *, by: str) -> QuerySet[Any]:
    """Return the rows whose column `search` has these words, to be paged by `-place`, which is the column `by`."""
    walks = is_common(rows.model, words)
    found = unindexed(rows, words) if walks else rows.filter(search=query_of(words))
    placed: QuerySet[Any] = found.annotate(**{PLACE: F(by) if walks else unordered(by)})
    return placed


def unindexed(rows: QuerySet[Any], words: Sequence[str]) -> QuerySet[Any]:
    """Return the rows with these words, looked at one by one: the index is out of PostgreSQL's sight."""
    column = Coalesce(F("search"), Value("", output_field=SearchVectorField()))
    found: QuerySet[Any] = rows.alias(looked_at=column).filter(looked_at=query_of(words))
    return found


def unordered(by: str) -> Expression:
    """Return a time column as something no index is in the order of, so that PostgreSQL does not walk one."""
    return ExpressionWrapper(F(by) + timedelta(0), output_field=DateTimeField())


def is_common(model: type[models.Model], words: Sequence[str]) -> bool:
    """Tell whether walking costs less than sorting all matches: one looks at page/share rows, the other at each match.

    Two small statements.
    """
    rows: QuerySet[Any] = model._default_manager.filter(search=query_of(words)).order_by().values("pk")
    expected = orjson.loads(rows.explain(format="json"))[0]["Plan"]["Plan Rows"]
    return bool(MATCH_COST * expected * expected > PAGE * _size(model._meta.db_table))


def _size(table: str) -> float:
    with connection.cursor() as cursor:
        cursor.execute("SELECT greatest(reltuples, 1) FROM pg_class WHERE oid = %s::regclass", [table])
        return float(cursor.fetchone()[0])


class Piece(TypedDict):
    """A stretch of a snippet."""

    text: str
    match: bool


def snippet(text: str, words: Sequence[str]) -> list[Piece]:
    """Return the part of a text that shows why it was found, cut into what matches and what does not. Plain text."""
    spans = _spans(text, words)
    start = max(0, spans[0][0] - LEAD_LENGTH) if spans else 0
    if start:
        start = text.find(" ", start, spans[0][0]) + 1 or start
    end = min(len(text), start + SNIPPET_LENGTH)
    pieces, at = [_piece("…", match=False)] if start else [], start
    for first, last in spans:
        if last > end:
            break
        pieces += [_piece(text[at:first], match=False), _piece(text[first:last], match=True)]
        at = last
    pieces += [_piece(text[at:end], match=False), _piece("…" if end < len(text) else "", match=False)]
    return [piece for piece in pieces if piece["text"]]


def _piece(text: str, *, match: bool) -> Piece:
    return {"text": " ".join(text.split()) if match else _one_line(text), "match": match}


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def _spans(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Return where words of the text begin with a word of the query: from there to the end of what was asked for."""
    found, at = [], 0
    for token in re.finditer(r"\S+", _unpunctuated(text)):
        folded = fold(token[0])
        longest = max((len(word) for word in words if folded.startswith(word)), default=0)
        if longest and token.start() >= at:
            at = token.start() + _unfolded(token[0], longest)
            found.append((token.start(), at))
    return found


def _unpunctuated(text: str) -> str:
    return _punctuation.sub(lambda match: " " * len(match[0]), text)


def _unfolded(token: str, length: int) -> int:
    """Return how many characters of a token fold to so many."""
    for end in range(1, len(token) + 1):
        if len(fold(token[:end])) >= length:
            return _with_marks(token, end)
    return len(token)


def _with_marks(token: str, end: int) -> int:
    """Return the end moved behind the accents that belong to the last letter."""
    while end < len(token) and _marks.match(token[end]):
        end += 1
    return end
