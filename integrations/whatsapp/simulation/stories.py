"""What customers write: whole conversations, turn by turn, in English and Spanish."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turn:
    """One message. `kind` is the vendor's type; `text` its words: body, caption, file name, title or emoji."""

    kind: str
    text: str = ""


def _say(*lines: str) -> list[Turn]:
    return [Turn("text", line) for line in lines]


_ENGLISH: tuple[list[Turn], ...] = (
    [
        *_say("Hi, my cousin gave me your number", "I was turned down for a car loan because of my report"),
        Turn("image", "This is the letter they sent me"),
        *_say("What would you need from me to get started?", "And how much is it per month?"),
        Turn("reaction", "👍"),
        *_say("Ok, I can talk tomorrow after 5"),
    ],
    [
        *_say("Hello! There is a collection on my report for a phone bill I paid in 2023"),
        Turn("document", "receipt-2023.pdf"),
        *_say("That's the receipt", "Is that enough or do you need the bank statement too?"),
        Turn("image", "Bank statement, page 2"),
        *_say("Thank you!!"),
    ],
    [
        *_say("Good morning", "I got a text about my appointment, can I move it to Thursday?"),
        Turn("interactive", "Change it"),
        *_say("Afternoon is better for me, I work nights"),
        Turn("sticker"),
    ],
    [
        *_say("Someone opened a store card in my name", "I never lived at that address"),
        Turn("location", "Where I really live"),
        *_say("Do I have to file a police report?", "Sorry for all the questions"),
        Turn("audio"),
        *_say("Can you send me the next steps in writing?"),
    ],
    [
        *_say("Any news on my file?"),
        *_say("It's been about three weeks since the letters went out", "Ok I will check my mail"),
        Turn("image", "Just got this from one of the bureaus"),
        *_say("What does 'verified' mean here?"),
    ],
    [
        *_say("Hi, I want to cancel", "It's nothing bad, I just lost hours at work"),
        *_say("Is there a way to pause it for two months instead?"),
        Turn("reaction", "🙏"),
        *_say("That would help a lot, thanks"),
    ],
    [
        *_say("Is this the credit people?", "My wife and I want to buy a house next year"),
        Turn("contacts", "Denise Fairbank"),
        *_say("That's my wife, she wants to join the call", "Do you look at both of our reports?"),
        Turn("unsupported", "poll"),
        *_say("Does Saturday work?"),
    ],
    [
        *_say("I uploaded my ID but the page says it's blurry"),
        Turn("image", "Trying again here"),
        Turn("image", "And the back"),
        *_say("Better now?", "Great 😊"),
    ],
)

_SPANISH: tuple[list[Turn], ...] = (
    [
        *_say("Buenas tardes, me recomendó mi hermana", "Me negaron un apartamento por el crédito"),
        Turn("image", "Esta es la carta que me dieron"),
        *_say("¿Qué papeles necesitan para empezar?", "¿Y atienden en español por teléfono?"),
        Turn("reaction", "👍"),
        *_say("Perfecto, mañana después de las 4"),
    ],
    [
        *_say("Hola, tengo una cuenta en colección que ya pagué"),
        Turn("document", "comprobante-de-pago.pdf"),
        *_say("Ahí va el comprobante", "¿Necesitan algo más?"),
        Turn("audio"),
        *_say("Muchas gracias 🙏"),
    ],
    [
        *_say("Buenos días", "No voy a poder llegar a la cita de hoy"),
        Turn("interactive", "Cambiarla"),
        *_say("¿Tienen algo el viernes en la mañana?", "Ah, qué bueno"),
    ],
    [
        *_say("Alguien sacó una tarjeta con mi nombre", "Yo nunca viví en esa dirección"),
        Turn("location", "Aquí vivo yo"),
        *_say("¿Tengo que ir a la policía primero?"),
        Turn("image", "Esto salió en mi reporte"),
        *_say("Estoy muy preocupado"),
    ],
    [
        *_say("¿Hay novedades de mi caso?", "Ya pasaron como tres semanas"),
        Turn("image", "Me llegó esto de un buró"),
        *_say("¿Qué quiere decir «verificado»?", "Ok, espero su respuesta"),
    ],
    [
        *_say("Hola, ¿puedo pagar el día 15 en vez del primero?", "Es que me pagan por quincena"),
        Turn("sticker"),
        *_say("Le agradezco mucho"),
    ],
    [
        *_say("Quisiera que mi esposo también participe"),
        Turn("contacts", "Ramiro Huertas"),
        *_say("Ese es su contacto", "Él solo puede los sábados"),
        Turn("reaction", "❤️"),
    ],
)

STORIES: dict[str, tuple[list[Turn], ...]] = {"en": _ENGLISH, "es": _SPANISH}

FILLERS: dict[str, tuple[str, ...]] = {
    "en": ("Did you get that?", "I can send it again if you need", "Let me know", "Ok"),
    "es": ("¿Le llegó?", "Se lo mando otra vez si quiere", "Me avisa", "Ok"),
}
"""What is said where a file would have been sent."""
