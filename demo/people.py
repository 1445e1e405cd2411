"""Who the demo is about: two businesses, the people who work there, and names for their customers. All invented."""

from dataclasses import dataclass

from tenants.enums import Plan, Role


@dataclass(frozen=True)
class Worker:
    """Somebody who works at a demo business; the first name is the start of the e-mail address."""

    name: str
    role: Role
    language: str = "en"


@dataclass(frozen=True)
class Line:
    """A WhatsApp number of a demo business."""

    name: str
    phone: str
    phone_number_id: str
    waba_id: str


@dataclass(frozen=True)
class Business:
    """A demo business. `spanish` is the share of customers who write in Spanish."""

    slug: str
    name: str
    plan: Plan
    password: str
    workers: tuple[Worker, ...]
    lines: tuple[Line, ...]
    conversations: int
    spanish: float
    area_codes: tuple[str, ...]
    """Of the customers; 555-0110 to 555-0199 exist in none of them."""
    website: str = ""
    """The name of the chat on its website, empty for none."""


NORTHSIDE = Business(
    slug="northside",
    name="Northside Credit",
    plan=Plan.GROWTH,
    password="northside-demo",  # noqa: S106 - printed by `make run`, for a tenant that holds invented people only
    workers=(
        Worker("Marta Salas", Role.OWNER, "es"),
        Worker("Priya Nair", Role.ADMIN),
        Worker("Diego Ruiz", Role.AGENT),
        Worker("Ana Vega", Role.AGENT, "es"),
        Worker("Tom Becker", Role.AGENT),
        Worker("Joan Whitley", Role.VIEWER),
    ),
    lines=(
        Line("Northside main", "+13055550100", "106540352242922", "102290129340398"),
        Line("Northside consults", "+13055550101", "106540352242923", "102290129340398"),
    ),
    conversations=260,
    spanish=0.45,
    area_codes=("305", "786", "954"),
    website="Website",
)
HARBOR = Business(
    slug="harbor",
    name="Harbor Credit",
    plan=Plan.STARTER,
    password="harbor-demo-1",  # noqa: S106 - as above
    workers=(
        Worker("Ruth Okafor", Role.OWNER),
        Worker("Sam Lindqvist", Role.ADMIN),
        Worker("Carla Mendes", Role.AGENT),
        Worker("Noah Petrov", Role.VIEWER),
    ),
    lines=(Line("Harbor", "+16175550100", "206540352242922", "202290129340398"),),
    conversations=120,
    spanish=0.1,
    area_codes=("617", "857"),
)
BUSINESSES = (NORTHSIDE, HARBOR)
OPERATOR = ("olga@redress.example", "Olga Lindt", "operator-demo")

ENGLISH_NAMES = (
    "Terrence Wade", "Jerome Baptiste", "Sana Khalid", "Paul Nguyen", "Hannah Moreau", "Keisha Daniels",
    "Brian Ostrowski", "Megan Tran", "Darnell Price", "Olivia Brandt", "Victor Adeyemi", "Rachel Kim",
    "Curtis Holloway", "Denise Farrow", "Imani Cole", "Trevor Blake", "Yasmin Haddad", "Gordon Pike",
    "Latoya Simmons", "Wendy Cho", "Marcus Bell", "Alicia Stone", "Ravi Menon", "Grace Abbott", "Devon Clarke",
    "Nadia Rahman", "Peter Novak", "Simone Laurent", "Andre Hughes", "Kathleen Doyle", "Malik Foster",
    "Joyce Tanaka", "Eric Lund", "Tanya Volkov", "Shawn Perry", "Bianca Rossi", "Clifford Mayes", "Monique Diaz",
    "Harold Jensen", "Asha Patel",
)  # fmt: skip
SPANISH_NAMES = (
    "Maribel Ortega", "Lucía Cárdenas", "Gloria Restrepo", "Omar Delgado", "Yolanda Pineda", "Héctor Salgado",
    "Rosa Elena Fuentes", "Julián Cabrera", "Marisol Peña", "Ernesto Villalobos", "Camila Duarte", "Wilmer Acosta",
    "Beatriz Solano", "Fabián Quintero", "Noemí Castañeda", "Rubén Escobar", "Paola Zambrano", "Ignacio Rivas",
    "Dolores Medina", "Álvaro Montes", "Xiomara León", "Gerardo Campos", "Luz Marina Toro", "Esteban Barrios",
    "Pilar Nogueira", "Adrián Mejía", "Carmen Lucía Prado", "Mauricio Serna", "Silvia Arrieta", "Tomás Bustamante",
)  # fmt: skip
