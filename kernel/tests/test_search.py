"""Folding here and in the database, queries that mean what was typed, snippets that show why."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.search import Folded, beginnings, fold, snippet, words_of

TEXTS = [
    "¿Está la CARTA de Núñez?", "R2-D2 & C-3PO", "rosa.delgado@example.com", "+1 (305) 555-0142", "Straße", "ﬁnal ½",
    "«Sí» — dijo…", "Ünïcödé ÀÉÎÕÜ çñ", "don't", "a_b c/d e\\f", "日本語 テスト", "مرحبا بك", "Привет Ёлка", "😀 hi",
    "", "   ", "it's “quoted”", "%like_", "tab\tnew\nline", "x" * 3000,
]  # fmt: skip


def in_database(text: str) -> str:
    """Fold as the generated column does."""
    from django.db.models import F, Value  # noqa: PLC0415

    from conversations.models import Message  # noqa: PLC0415 - Django is set up only now

    compiler = Message.objects.none().query.get_compiler("default")
    sql, parameters = Folded(Value(text)).resolve_expression(Message.objects.none().query).as_sql(compiler, connection)
    assert F is not None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}", parameters)
        return str(cursor.fetchone()[0])


@pytest.mark.parametrize("text", TEXTS)
def test_database_folds_like_python(db, text):
    assert " ".join(in_database(text).split()) == " ".join(fold(text).split())


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("  Núñez  CARTA ", ["nunez", "carta"]), ("rosa@ex", ["rosa", "ex"]), ("!? …", []), ("", []),
        ("' | & :* \\", []), ("o'brien", ["o", "brien"]), ("x" * 99, ["x" * 60]),
        (" ".join("abcdefghijklmnop"), list("abcdefghijkl")),
    ],
)  # fmt: skip
def test_words_of_a_query(query, words):
    assert words_of(query) == words


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60).filter(lambda text: "\x00" not in text))
def test_no_query_breaks_the_database(database, text):
    words = words_of(text)
    if not words:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_tsquery('simple', %s)", [beginnings(words)])


@pytest.fixture(scope="module")
def database(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield
        connection.close()


def shown(text: str, query: str) -> str:
    return "".join(f"[{one['text']}]" if one["match"] else one["text"] for one in snippet(text, words_of(query)))


@pytest.mark.parametrize(
    ("text", "query", "said"),
    [
        ("¿Está la carta?", "esta cart", "¿[Está] la [cart]a?"),
        ("Núñez y Nunez", "nune", "[Núñe]z y [Nune]z"),
        ("Nu\u0301n\u0303ez", "nun", "[Nu\u0301n\u0303]ez"),
        ("The end", "nothing", "The end"),
        ("letters and letter", "letter le", "[letter]s and [letter]"),
        ("<b>bold</b>", "bold", "<b>[bold]</b>"),
        ("a\n\nb   carta", "carta", "a b [carta]"),
        ("", "x", ""),
        ("word " * 60 + "target after", "targ", "… " + "word " * 7 + "[targ]et after"),
        ("first " + "word " * 60, "first", "[first] " + "word " * 26 + "word…"),
    ],
)
def test_snippet(text, query, said):
    assert shown(text, query).replace("… ", "…") == said.replace("… ", "…")
