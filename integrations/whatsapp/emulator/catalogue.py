"""Templates that every emulated business account has, in the form in which the vendor lists them."""

from typing import Any


def _template(number: int, name: str, language: str, category: str, components: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "id": str(7_700_000_000_000_000 + number),
        "name": name,
        "language": language,
        "status": "APPROVED",
        "category": category,
        "parameter_format": "POSITIONAL",
        "quality_score": {"score": "GREEN", "date": 1_767_225_600},
        "components": components,
    }


def _body(text: str, *examples: str) -> dict[str, Any]:
    return {"type": "BODY", "text": text, **({"example": {"body_text": [list(examples)]}} if examples else {})}


_FOOTER_EN = {"type": "FOOTER", "text": "Reply STOP to end messages"}
_FOOTER_ES = {"type": "FOOTER", "text": "Responda ALTO para no recibir mensajes"}

CATALOGUE: tuple[dict[str, Any], ...] = (
    _template(
        1,
        "appointment_reminder",
        "en_US",
        "UTILITY",
        [
            _body(
                "Hi {{1}}, this is a reminder of your call with us on {{2}}. Does the time still work?", "Ana", "May 4"
            ),
            {
                "type": "BUTTONS",
                "buttons": [{"type": "QUICK_REPLY", "text": "Yes"}, {"type": "QUICK_REPLY", "text": "Change it"}],
            },
        ],
    ),
    _template(
        2,
        "appointment_reminder",
        "es",
        "UTILITY",
        [
            _body(
                "Hola {{1}}, le recordamos su llamada con nosotros el {{2}}. ¿Le sigue viniendo bien?",
                "Ana",
                "4 de mayo",
            ),
            {
                "type": "BUTTONS",
                "buttons": [{"type": "QUICK_REPLY", "text": "Sí"}, {"type": "QUICK_REPLY", "text": "Cambiarla"}],
            },
        ],
    ),
    _template(
        3,
        "documents_missing",
        "en_US",
        "UTILITY",
        [
            {"type": "HEADER", "format": "TEXT", "text": "One thing is missing"},
            _body(
                "Hi {{1}}, to go on with your file we still need: {{2}}. You can send a photo right here.", "Ana", "ID"
            ),
        ],
    ),
    _template(
        4,
        "documents_missing",
        "es",
        "UTILITY",
        [
            {"type": "HEADER", "format": "TEXT", "text": "Falta una cosa"},
            _body(
                "Hola {{1}}, para seguir con su caso todavía necesitamos: {{2}}. Puede mandar una foto aquí.",
                "Ana",
                "ID",
            ),
        ],
    ),
    _template(
        5,
        "case_update",
        "en_US",
        "UTILITY",
        [_body("Hi {{1}}, there is news on your file. Write to us to hear it.", "Ana")],
    ),
    _template(
        6,
        "case_update",
        "es",
        "UTILITY",
        [_body("Hola {{1}}, hay novedades en su caso. Escríbanos para saberlas.", "Ana")],
    ),
    _template(
        7,
        "checking_in",
        "en_US",
        "MARKETING",
        [
            _body(
                "Hi {{1}}, you asked us about your credit report. Would you like to pick up where we left off?", "Ana"
            ),
            _FOOTER_EN,
        ],
    ),
    _template(
        8,
        "checking_in",
        "es",
        "MARKETING",
        [
            _body("Hola {{1}}, nos preguntó por su reporte de crédito. ¿Quiere que sigamos donde lo dejamos?", "Ana"),
            _FOOTER_ES,
        ],
    ),
)
