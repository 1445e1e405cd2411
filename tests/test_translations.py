"""Spanish is complete: every sentence of templates and code has one, and the compiled catalog is the written one."""

import ast
import gettext
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import templatize

from config.environment import ROOT

CATALOG = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
APPS = ("config", "conversations", "crm", "demo", "ingest", "integrations", "kernel", "monitoring", "team", "tenants")
PLAIN = frozenset({"_", "gettext", "gettext_lazy", "gettext_noop"})
CONTEXT = frozenset({"pgettext", "pgettext_lazy"})
PLURAL = frozenset({"ngettext", "ngettext_lazy"})
ENTRY = re.compile(
    r'^(?:msgctxt "(?P<context>.*)"\n)?msgid "(?P<one>.*)"\n(?:msgid_plural "(?P<many>.*)"\n)?'
    r'(?P<said>(?:msgstr(?:\[\d\])? ".*"\n?)+)',
    re.MULTILINE,
)
BLANK = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


def written() -> dict[str, list[str]]:
    """Return what the catalog says for each sentence, one or two words for a plural."""
    text = CATALOG.read_text(encoding="utf-8")
    entries = {}
    for entry in ENTRY.finditer(text):
        said = re.findall(r'^msgstr(?:\[\d\])? "(.*)"', entry["said"], re.MULTILINE)
        entries[with_context(entry["context"], unquoted(entry["one"]))] = [unquoted(one) for one in said]
    entries.pop("", None)
    return entries


def with_context(context: str | None, sentence: str) -> str:
    """Return a sentence as compiled catalogs name it."""
    return f"{context}\x04{sentence}" if context else sentence


def unquoted(text: str) -> str:
    return text.replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def in_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        said = [str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)]
        if name in PLAIN | PLURAL and said:
            yield said[0]
        elif name in CONTEXT:
            yield with_context(*said)


def in_template(path: Path) -> Iterator[str]:
    """Yield what the extraction of Django itself finds: it turns a template into calls of gettext."""
    said = templatize(path.read_text(encoding="utf-8"))
    for call in re.finditer(r"n?gettext\(u?('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", said):
        yield str(ast.literal_eval(call[1]))


def sentences() -> dict[str, str]:
    """Return every sentence people can read, with a file that says it."""
    found: dict[str, str] = {}
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "tests" not in path.parts and "migrations" not in path.parts:
                found |= dict.fromkeys(in_code(path), str(path.relative_to(ROOT)))
    for path in (ROOT / "templates").rglob("*.html"):
        found |= dict.fromkeys(in_template(path), str(path.relative_to(ROOT)))
    return found


def test_every_sentence_has_a_translation() -> None:
    catalog = written()
    missing = {sentence: path for sentence, path in sentences().items() if not all(catalog.get(sentence, [""]))}
    assert missing == {}


def test_no_translation_is_left_of_sentences_that_are_gone() -> None:
    assert sorted(set(written()) - set(sentences())) == []


def test_translations_keep_the_blanks() -> None:
    for sentence, said in written().items():
        blanks, number = set(BLANK.findall(sentence)), {("n", "")}
        for translation in said:
            known = blanks | number if len(said) > 1 else blanks
            assert blanks - number <= set(BLANK.findall(translation)) <= known, sentence


def test_compiled_catalog_is_the_written_one() -> None:
    with CATALOG.with_suffix(".mo").open("rb") as compiled:
        translations = gettext.GNUTranslations(compiled)
    for sentence, said in written().items():
        spoken = [translations.ngettext(sentence, sentence, n) for n in (1, 2)][: len(said)]
        if len(said) == 1:
            spoken = [translations.gettext(sentence)]
        assert spoken == said
