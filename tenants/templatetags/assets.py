"""Loading what Vite built, and drawing icons."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

MANIFEST = Path("static") / "dist" / "manifest.json"


class NotBuiltError(RuntimeError):
    """The front end has not been built: `npm run build` makes static/dist."""


@cache
def _manifest() -> dict[str, dict[str, Any]]:
    path = settings.BASE_DIR / MANIFEST
    if not path.is_file():
        message = f"{path} is missing; build the front end with: npm ci && npm run build"
        raise NotBuiltError(message)
    found: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@register.simple_tag
def vite(entry: str) -> SafeString:
    """Return the stylesheets and the module of an entry (`pages`, `inbox`) with what it imports."""
    manifest = _manifest()
    chunks = list(dict.fromkeys(_chunks(manifest, f"{entry}.ts")))
    styles = [name for chunk in chunks for name in manifest[chunk].get("css", [])]
    imports = [manifest[chunk]["file"] for chunk in chunks[:-1]]
    return (
        format_html_join("\n", '<link rel="stylesheet" href="{}">', ((static(name),) for name in styles))
        + format_html_join("\n", '<link rel="modulepreload" href="{}">', ((static(name),) for name in imports))
        + format_html('<script type="module" src="{}"></script>', static(manifest[chunks[-1]]["file"]))
    )


@cache
def built(entry: str) -> bytes:
    """Return what Vite made of an entry that stands alone, for scripts served under an address of their own."""
    built_file: Path = settings.BASE_DIR / MANIFEST.parent / _manifest()[entry]["file"]
    return built_file.read_bytes()


def _chunks(manifest: Mapping[str, Mapping[str, Any]], name: str) -> Iterator[str]:
    """Yield what an entry imports, deepest first, then the entry: the order its stylesheets have to load in."""
    for imported in manifest[name].get("imports", []):
        yield from _chunks(manifest, imported)
    yield name


@register.simple_tag
def asset(name: str) -> str:
    """Return the address of a file that is served under its own name."""
    return static(name)


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """Return an icon of the page's sprite; decoration only, so hidden from screen readers."""
    return format_html('<svg class="i {}" aria-hidden="true"><use href="#i-{}"></use></svg>', classes, name)


@register.filter
def count(counts: Mapping[str, int] | str, name: str) -> int | str:
    """Return one of the counts of the views; nothing on pages that fill them in later."""
    return counts.get(name, 0) if isinstance(counts, Mapping) else ""
