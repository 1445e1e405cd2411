"""Checking the values of a request, with the refusals the vendor gives for bad ones."""

from typing import Any

from integrations.whatsapp.emulator.refusals import Refusal

MISSING, INVALID, PARAMETER = 131008, 131009, 100


def part(holder: dict[str, Any], name: str, path: str) -> dict[str, Any]:
    """Return an object that must be there. Raises Refusal."""
    value = holder.get(name)
    if value is None:
        raise Refusal(MISSING, f"Parameter {path}['{name}'] is required.")
    if not isinstance(value, dict):
        raise Refusal(INVALID, f"Parameter {path}['{name}'] must be an object.")
    return value


def parts(holder: dict[str, Any], name: str, path: str, *, most: int) -> list[dict[str, Any]]:
    """Return a list of objects with one at least. Raises Refusal."""
    value = holder.get(name)
    if not value:
        raise Refusal(MISSING, f"Parameter {path}['{name}'] is required.")
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Refusal(INVALID, f"Parameter {path}['{name}'] must be a list of objects.")
    if len(value) > most:
        raise Refusal(INVALID, f"Invalid {path}['{name}'] count. Min allowed: 1, max allowed: {most}.")
    return value


def text(holder: dict[str, Any], name: str, path: str, *, most: int, too_long: int = INVALID) -> str:
    """Return a text that must be there. Raises Refusal."""
    value = holder.get(name)
    if value is None or value == "":
        raise Refusal(MISSING, f"Parameter {path}['{name}'] is required.")
    if not isinstance(value, str):
        raise Refusal(INVALID, f"Parameter {path}['{name}'] must be a string.")
    if len(value) > most:
        raise Refusal(too_long, f"Param {path}['{name}'] must be at most {most} characters long.")
    return value


def optional_text(holder: dict[str, Any], name: str, path: str, *, most: int) -> str:
    """Return a text that may be absent, but not wrong. Raises Refusal."""
    return text(holder, name, path, most=most) if holder.get(name) not in {None, ""} else ""


def number(holder: dict[str, Any], name: str, path: str, *, most: float) -> None:
    """Check a number, which may come as text too, between -most and most. Raises Refusal."""
    value = holder.get(name)
    if value is None:
        raise Refusal(MISSING, f"Parameter {path}['{name}'] is required.")
    try:
        fits = not isinstance(value, bool) and abs(float(value)) <= most
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise Refusal(INVALID, f"Parameter {path}['{name}'] must be a number from {-most:g} to {most:g}.")


def web_address(holder: dict[str, Any], name: str, path: str) -> str:
    """Return an address that starts with http. Raises Refusal."""
    value = text(holder, name, path, most=2000)
    if not value.startswith(("http://", "https://")):
        raise Refusal(PARAMETER, f"Param {path}['{name}'] is not a valid URI.")
    return value


def different(values: list[str], what: str) -> None:
    """Check that no value comes twice. Raises Refusal."""
    if len(set(values)) != len(values):
        raise Refusal(INVALID, f"Duplicated {what} in the message.")
