"""Canned replies of the demo businesses."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """What hides behind a shortcut, in both languages."""

    shortcut: str
    title: str
    folder: str
    text_en: str
    text_es: str


CANNED_REPLIES = (
    Reply(
        "dispute-timeline",
        "How long a bureau has",
        "Disputes",
        "Hi {{contact.first_name}}, a bureau generally has 30 days to answer once it has the letter. I can't "
        "promise a result or a date, but I'll write as soon as anything arrives.",
        "Hola {{contact.first_name}}, una agencia tiene en general 30 días para responder desde que recibe la "
        "carta. No puedo prometer un resultado ni una fecha, pero te escribo en cuanto llegue algo.",
    ),
    Reply(
        "dispute-not-mine",
        "An account that is not theirs",
        "Disputes",
        "Thank you for telling us, {{contact.first_name}}. To dispute the account as not yours, please "
        "confirm in writing that you did not open it.",
        "Gracias por avisarnos, {{contact.first_name}}. Para disputar la cuenta como no reconocida, necesito "
        "que confirmes por escrito que no la abriste.",
    ),
    Reply(
        "dispute-documents",
        "What we need for a letter",
        "Disputes",
        "Please send a photo of your ID and a utility bill from the last 60 days. All four corners should be visible.",
        "Por favor envía una foto de tu identificación y un recibo de servicios de los últimos 60 días. Deben "
        "verse las cuatro esquinas.",
    ),
    Reply(
        "dispute-round-2",
        "The second round",
        "Disputes",
        "Round 2 starts when the first answers are in. {{agent.first_name}} will go through them with you.",
        "La segunda ronda empieza cuando llegan las primeras respuestas. {{agent.first_name}} las revisa contigo.",
    ),
    Reply(
        "disclosure-rights",
        "Rights under the law",
        "Compliance",
        "You may dispute inaccurate information yourself, at no cost, and you may cancel within 3 business "
        "days of signing.",
        "Puedes disputar por tu cuenta la información inexacta, sin costo, y puedes cancelar dentro de los 3 "
        "días hábiles después de firmar.",
    ),
    Reply(
        "consult-book",
        "Book the free consult",
        "Sales",
        "Hi {{contact.first_name}}, this is {{agent.first_name}} of {{business.name}}. The first consult is "
        "free and takes 30 minutes. Which day suits you?",
        "Hola {{contact.first_name}}, soy {{agent.first_name}} de {{business.name}}. La primera consulta es "
        "gratis y dura 30 minutos. ¿Qué día te conviene?",
    ),
    Reply(
        "confirm-email",
        "Check the email",
        "Sales",
        "Is {{contact.email}} still the right address for your agreement?",
        "¿{{contact.email}} sigue siendo la dirección correcta para tu acuerdo?",
    ),
    Reply(
        "thanks",
        "Thank you",
        "",
        "Thank you, {{contact.first_name}}. Write here whenever you need us.",
        "Gracias, {{contact.first_name}}. Escríbenos aquí cuando nos necesites.",
    ),
)
