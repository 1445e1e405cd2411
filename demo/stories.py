"""What customers of a credit-repair business and its agents say to each other. Written for the demo.

A story is a list of turns: `<` the customer writes, `>` an agent replies, `#` an agent leaves a private note, `!` the
customer asks for a human, `*` the customer sends something that is not text. No answer promises a result or a date.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Story:
    """One course a conversation can take, in one language."""

    language: str
    turns: tuple[tuple[str, str], ...]


def _story(language: str, text: str) -> Story:
    lines = [line.strip() for line in text.strip().splitlines()]
    return Story(language, tuple((line[0], line[2:]) for line in lines))


ENGLISH = tuple(
    _story("en", text)
    for text in (
        """< Hi, a friend told me about you. I have three collections I don't recognize
        > Hello {first}, thanks for writing. Which bureau reports show them?
        < Equifax and TransUnion I think. Is there a cost to talk?
        > The first consult is free and takes about 30 minutes. Would Thursday or Friday suit you?
        < Thursday after 4 please
        # Consult Thursday 4:30. Bring all three reports.
        > Booked for Thursday 4:30 pm. Please have your three reports at hand.
        < Great, thank you!""",
        """< Is there any news about my letters?
        > Hi {first}. Equifax received its letter on Monday and generally has 30 days to answer.
        < And Experian?
        > Experian's is still in transit. I will write as soon as it is delivered.
        < ok thanks""",
        """< Can we move my consult to 4?
        < I get off work late today
        < Sorry for the short notice""",
        """< I uploaded the utility bill, is that enough?
        > Thank you {first}. The bill is fine, I also need a photo of your ID where all four corners are visible.
        * image
        > That one works, thank you.
        < 👍""",
        """< My score went down 12 points this month and I'm worried
        > I understand, {first}. A balance that went up often explains it. May I look at your latest report with you?
        < Yes please
        # Utilization rose from 28 to 61 percent on the store card, nothing to do with the disputes.
        > Your store card shows a higher balance than last month, which the bureaus update before our disputes finish.
        < That makes sense. I'll pay it down""",
        """< Hello
        < Do you also help with a charge-off from 2019?
        ! Can I talk to a person please?""",
        """< I got a letter from the collection agency today
        * document
        > Thank you for sending it right away, {first}. Please don't call them, I'll read it first.
        # They verified without documents. Candidate for a second round.
        > They answered without any proof. I'll prepare a reply for you to review.
        < ok, waiting for it""",
        """< how long does this usually take?
        > Each bureau generally has 30 days to answer a letter once it is delivered. I can't promise a result or a date.
        < fair enough""",
        """< STOP sending me offers
        > Understood, {first}. You won't get marketing messages from us any more.""",
        """< I want to cancel
        ! I'd like to speak with someone about canceling
        > Hi {first}, I'm sorry to hear that. You can cancel, and I'll send you the form now.
        < thank you""",
        """< Where can I sign the agreement?
        > I just sent it to you, {first}. Read it calmly, you also have three business days to cancel after signing.
        < Signing tonight""",
        """< Did you get my voice message?
        * audio
        > Yes, thank you. I've noted the new address, {first}.""",
        """< The account from Meridian isn't mine
        > Thanks for telling us, {first}. Can you confirm in writing that you never opened it?
        < I confirm I never opened an account with Meridian
        # Open dates differ between bureaus: 03/2019 and 11/2018.
        > Thank you. We'll dispute it as not recognized with both bureaus.""",
        """< Good morning! Just wanted to say the first item came off 🎉
        > That is good to hear, {first}! I'll check the other two bureaus this week.""",
    )
)

SPANISH = tuple(
    _story("es", text)
    for text in (
        """< Hola, me los recomendó mi contadora. ¿La primera consulta cuesta algo?
        > Hola {first}, gracias por escribir. La primera consulta es gratis y dura unos 30 minutos.
        < ¿Tienen cita el sábado?
        > Sí, a las 10:00. ¿Le sirve?
        < Perfecto, ahí estaré""",
        """< ¿Hay noticias de mis cartas?
        > Hola {first}. Equifax recibió la suya el lunes y en general tiene 30 días para responder.
        < Gracias. Meridian no es mía
        ! ¿puedo hablar con una persona?""",
        """< Buenas tardes, subí el recibo de la luz
        * image
        > Gracias {first}. También necesito una foto de su identificación donde se vean las cuatro esquinas.
        < Ahora se la mando""",
        """< Me llegó una carta de cobranza
        * document
        > Gracias por enviarla, {first}. No los llame todavía, primero la leo yo.
        # Verificaron sin documentos. Posible segunda ronda.
        > No enviaron ninguna prueba. Le preparo una respuesta para que la revise.
        < Muchas gracias""",
        """< No entiendo el reporte que me mandaron
        < ¿Me lo puede explicar alguien?""",
        """< ¿Cuánto tarda normalmente?
        > Cada buró tiene en general 30 días desde que recibe la carta. No puedo prometer un resultado ni una fecha.
        < Entiendo, gracias""",
        """< Cambié de dirección, ¿dónde la actualizo?
        * location
        > Ya la anoté, {first}. ¿Me confirma el número de apartamento?
        < 4B""",
        """< ¿Puedo pagar el viernes?
        > Claro, {first}. No cobramos antes de hacer el trabajo, así que no hay ningún problema.
        < Gracias, bendiciones 🙏""",
        """< ALTO
        > Entendido, {first}. No recibirá más mensajes de promoción.""",
        """< Hola
        ! Quiero hablar con una persona""",
        """< Ya firmé el contrato
        > Recibido, {first}. Tiene tres días hábiles para cancelar; después preparamos las primeras cartas.
        < Muy bien
        # Plazo de cancelación hasta el viernes.""",
        """< ¿Recibieron mi nota de voz?
        * audio
        > Sí, gracias {first}. Quedó anotado.""",
    )
)

TEMPLATES = (
    (
        "round_1_sent",
        "utility",
        "approved",
        {
            "en": "Hello {{1}}, your round {{2}} letters went out by certified mail on {{3}}. "
            "We'll tell you of each delivery.",
            "es": "Hola {{1}}, sus cartas de la ronda {{2}} salieron por correo certificado el {{3}}. "
            "Le avisaremos de cada entrega.",
        },
    ),
    (
        "round_result_ready",
        "utility",
        "approved",
        {
            "en": "Hello {{1}}, the answers of round {{2}} are here. Reply and we'll go through them together.",
            "es": "Hola {{1}}, llegaron las respuestas de la ronda {{2}}. Responda y las vemos juntos.",
        },
    ),
    (
        "continue_conversation",
        "utility",
        "approved",
        {
            "en": "Hello {{1}}, we have an answer to your question. Reply here and we'll go on.",
            "es": "Hola {{1}}, tenemos la respuesta a su pregunta. Responda aquí y continuamos.",
        },
    ),
    (
        "consult_reminder",
        "utility",
        "pending",
        {
            "en": "Hello {{1}}, this is a reminder of your consult on {{2}}.",
            "es": "Hola {{1}}, le recordamos su consulta del {{2}}.",
        },
    ),
    ("win_back_90d", "marketing", "rejected", {"en": "Hello {{1}}, we would like to talk to you again."}),
)
"""(name, category, status, body by language)"""
