"""What the vendor's error codes mean: for machines a decision, for people a sentence.

Codes and meanings after the vendor's own table ("Error codes", 2026-05-15) and its client libraries. The HTTP status
of a code is not documented, so decisions go by code wherever the code is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.errors import Scope

Sentence = str | Promise
_LONGEST_CODE = 10


class Action(StrEnum):
    """What the product does about an error, beyond failing the message."""

    NONE = "none"
    RETRY = "retry"
    BACK_OFF = "back_off"
    STOP_CHANNEL = "stop_channel"
    STOP_TEMPLATE = "stop_template"
    RESYNC_TEMPLATES = "resync_templates"
    USE_TEMPLATE = "use_template"
    DEFER = "defer"
    OPT_OUT = "opt_out"
    ASK_HUMAN = "ask_human"


@dataclass(frozen=True, slots=True)
class ErrorRule:
    """One row of the table. `retryable`: a machine may try the same message again, after `wait` seconds if given."""

    retryable: bool
    scope: Scope
    reason: Sentence
    action: Action = Action.NONE
    wait: float | None = None


_M, _P, _N, _C, _T = Scope.MESSAGE, Scope.PAIR, Scope.NUMBER, Scope.CHANNEL, Scope.TEMPLATE

_SIGNED_OUT = ErrorRule(
    False,
    _C,
    _("WhatsApp no longer accepts this number's access key. An admin must connect the number again."),
    Action.STOP_CHANNEL,
)
_NOT_ALLOWED = ErrorRule(
    False,
    _C,
    _("This number's access key lacks a permission on WhatsApp. An admin must grant it."),
    Action.STOP_CHANNEL,
)
_CALLS = ErrorRule(True, _C, _("WhatsApp asks us to slow down."), Action.BACK_OFF, wait=60.0)
_TROUBLE = ErrorRule(True, _M, _("WhatsApp has a problem at the moment."), Action.RETRY)
_REQUEST = ErrorRule(
    False, _M, _("WhatsApp did not understand this message. Write it again; if that fails too, tell your admin.")
)
_PAYMENT = ErrorRule(
    False,
    _C,
    _("WhatsApp has a problem with your company's payment method. An admin must fix it in Meta Business settings."),
    Action.STOP_CHANNEL,
)
_POLICY = ErrorRule(
    False,
    _C,
    _("WhatsApp has restricted your company's account. An admin must look at it in Meta Business settings."),
    Action.STOP_CHANNEL,
)
_MARKETING_PAUSE = ErrorRule(
    False,
    _M,
    _("WhatsApp limits how many marketing messages this person gets. Wait at least a day before you try again."),
    Action.DEFER,
    wait=86_400.0,
)
_TEMPLATE_VALUES = ErrorRule(
    False,
    _M,
    _("The values for the blanks do not fit this template. Pick the template again and fill in every blank."),
    Action.RESYNC_TEMPLATES,
)
_MEDIA_OUT = ErrorRule(False, _M, _("WhatsApp could not take the attached file. Attach it again or send another one."))

ERRORS: Mapping[int, ErrorRule] = MappingProxyType(
    {
        0: _SIGNED_OUT,
        1: _TROUBLE,
        2: _TROUBLE,
        3: _NOT_ALLOWED,
        4: _CALLS,
        10: _NOT_ALLOWED,
        17: _CALLS,
        100: _REQUEST,
        190: _SIGNED_OUT,
        **dict.fromkeys(range(200, 300), _NOT_ALLOWED),
        368: _POLICY,
        613: _CALLS,
        80007: _CALLS,
        130429: ErrorRule(
            True,
            _N,
            _("This number sent more messages than WhatsApp allows at once."),
            Action.BACK_OFF,
            wait=1.0,
        ),
        130472: _MARKETING_PAUSE,
        130497: ErrorRule(
            False,
            _M,
            _("WhatsApp does not let your company write to people in this country."),
            Action.ASK_HUMAN,
        ),
        131000: _TROUBLE,
        131005: _NOT_ALLOWED,
        131008: _REQUEST,
        131009: _REQUEST,
        131016: _TROUBLE,
        131021: ErrorRule(False, _M, _("This is your own number. WhatsApp does not deliver messages to oneself.")),
        131026: ErrorRule(
            False,
            _M,
            _(
                "WhatsApp cannot deliver to this person: no WhatsApp account, an old app, or they blocked you. "
                "Try to reach them another way."
            ),
        ),
        131030: ErrorRule(
            False,
            _M,
            _("This is a test number, and the recipient is not on its list of allowed numbers."),
        ),
        131031: _POLICY,
        131037: ErrorRule(
            False,
            _C,
            _("WhatsApp has not approved this number's display name yet. An admin must finish that."),
            Action.STOP_CHANNEL,
        ),
        131042: _PAYMENT,
        131044: _PAYMENT,
        131045: ErrorRule(
            False,
            _C,
            _("This number is not fully registered with WhatsApp. An admin must finish the registration."),
            Action.STOP_CHANNEL,
        ),
        131047: ErrorRule(
            False,
            _M,
            _("More than 24 hours have passed since the customer last wrote. Send a template instead."),
            Action.USE_TEMPLATE,
        ),
        131048: ErrorRule(
            False,
            _N,
            _(
                "WhatsApp has slowed this number down because people blocked it or reported it as spam. "
                "Wait before you write to more people."
            ),
            Action.ASK_HUMAN,
        ),
        131049: _MARKETING_PAUSE,
        131050: ErrorRule(
            False,
            _M,
            _("This person has asked WhatsApp for no more marketing messages from you."),
            Action.OPT_OUT,
        ),
        131051: ErrorRule(False, _M, _("WhatsApp does not support this kind of message.")),
        131052: ErrorRule(
            False, _M, _("WhatsApp could not load the file the customer sent. Ask them to send it again.")
        ),
        131053: _MEDIA_OUT,
        131056: ErrorRule(
            True,
            _P,
            _("Too many messages went to this person in a short time."),
            Action.BACK_OFF,
            wait=6.0,
        ),
        131057: ErrorRule(
            True,
            _N,
            _("WhatsApp is upgrading this number, which takes about a minute."),
            Action.BACK_OFF,
            wait=60.0,
        ),
        131062: ErrorRule(
            False,
            _M,
            _("This kind of message needs the person's phone number, and WhatsApp hides it. Ask them for it."),
        ),
        131063: ErrorRule(False, _T, _("WhatsApp does not take marketing templates on this number.")),
        131064: ErrorRule(
            False,
            _C,
            _("Your company has written to as many new people today as WhatsApp allows. Try again tomorrow."),
            Action.DEFER,
            wait=86_400.0,
        ),
        132000: _TEMPLATE_VALUES,
        132001: ErrorRule(
            False,
            _T,
            _("This template does not exist in this language, or WhatsApp has not approved it yet."),
            Action.RESYNC_TEMPLATES,
        ),
        132005: ErrorRule(
            False, _M, _("With these values the template is too long. Use shorter values."), Action.RESYNC_TEMPLATES
        ),
        132007: ErrorRule(
            False,
            _T,
            _("The text of this template breaks a WhatsApp rule. Pick another template."),
            Action.STOP_TEMPLATE,
        ),
        132008: _TEMPLATE_VALUES,
        132012: _TEMPLATE_VALUES,
        132015: ErrorRule(
            False,
            _T,
            _("WhatsApp has paused this template because people did not like it. Pick another template."),
            Action.STOP_TEMPLATE,
        ),
        132016: ErrorRule(
            False,
            _T,
            _("WhatsApp has switched this template off for good. Pick another template."),
            Action.STOP_TEMPLATE,
        ),
        132068: ErrorRule(False, _T, _("WhatsApp has blocked the form in this message."), Action.STOP_TEMPLATE),
        132069: ErrorRule(
            False, _T, _("WhatsApp lets this form go out only a few times an hour. Try again later."), Action.DEFER
        ),
        133016: ErrorRule(
            False,
            _C,
            _("This number was registered too often in a short time. An admin must wait and try again."),
            Action.ASK_HUMAN,
        ),
        135000: _REQUEST,
        137000: ErrorRule(
            False,
            _M,
            _("This person may have a new phone or a new owner of the number. Check who they are before you write."),
            Action.ASK_HUMAN,
        ),
    }
)

UNKNOWN_CODE = ErrorRule(False, _M, _("WhatsApp did not send this message."))

OWN_REASONS: Mapping[str, Sentence] = MappingProxyType(
    {
        "WINDOW_CLOSED": _("More than 24 hours have passed since the customer last wrote. Send a template instead."),
        "MAYBE_SENT": _("We do not know whether this message arrived. Ask the customer before you send it again."),
        "BREAKER_OPEN": _("WhatsApp does not answer at the moment."),
        "VENDOR_UNREACHABLE": _("We could not reach WhatsApp."),
        "VENDOR_TIMEOUT": _("WhatsApp did not answer in time."),
        "STATE_UNAVAILABLE": _("A part of our own system was being restarted."),
        "OUTLET_STOPPED": _("This number cannot send at the moment. An admin must look at it under Settings."),
        "PAIR_LIMIT": _("Too many messages went to this person in a short time."),
        "NUMBER_LIMIT": _("This number sent more messages than WhatsApp allows at once."),
        "HTTP_429": _("WhatsApp asks us to slow down."),
        "FILE_TOO_LARGE": _("The file is larger than we take."),
        "FILE_DAMAGED": _("The file did not arrive as it was sent."),
        "FILE_HOST_REFUSED": _("The file lies at an address we do not trust."),
        "FILE_GONE": _("WhatsApp no longer has this file. Ask the customer to send it again."),
    }
)


def rule_for(code: int) -> ErrorRule:
    """Return the rule of a vendor code; a code nobody has documented is permanent for this message."""
    return ERRORS.get(code, UNKNOWN_CODE)


def action_for(code: str) -> Action:
    """Return what the product does about a failure code of the vendor; nothing for codes of our own."""
    known = _known(code)
    return known.action if known else Action.NONE


def is_retryable(code: str) -> bool:
    """Tell whether the same message may be tried again after this failure code."""
    known = _known(code)
    return known is not None and known.retryable


def _known(code: str) -> ErrorRule | None:
    numeric = len(code) < _LONGEST_CODE and code.isascii() and code.isdigit()
    return ERRORS.get(int(code)) if numeric else None


def reason_for(code: str) -> str:
    """Return the sentence for a failure code of the vendor or of our own, in the reader's language.

    Empty for a code that is in neither table: then the vendor's own words are better than a guess.
    """
    if code in OWN_REASONS:
        return str(OWN_REASONS[code])
    rule = _known(code)
    return str(rule.reason) if rule else ""
