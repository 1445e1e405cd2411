"""What our e-mails say. Call inside `translation.override` of the reader's language: sentences are made here."""

from django.utils.translation import gettext as _

from tenants.types import EmailText


def confirm_sign_up(business: str, url: str, *, is_known: bool) -> EmailText:
    """Prove the mailbox of somebody who signs a business up; a known person keeps the password they have."""
    known = _("You already have a login with this email. It stays as it is, and the new business is added to it.")
    paragraphs = [_("Somebody, hopefully you, asked for a place for %(business)s on Redress.") % {"business": business}]
    return EmailText(
        subject=_("Confirm your email to start with Redress"),
        paragraphs=(*paragraphs, *([known] if is_known else [])),
        button=_("Confirm and start"),
        url=url,
        after=(_("The link works once, for 24 hours."), _("If it was not you, do nothing: nothing is created.")),
    )


def reset_password(business: str, url: str) -> EmailText:
    """Let somebody choose a new password."""
    return EmailText(
        subject=_("Choose a new password"),
        paragraphs=(
            _("Somebody, hopefully you, asked for a new password for your login at %(business)s.")
            % {"business": business},
        ),
        button=_("Choose a password"),
        url=url,
        after=(_("The link works once, for one hour."), _("If it was not you, do nothing: your password stays.")),
    )


def no_such_login(business: str) -> EmailText:
    """Tell the owner of a mailbox that it has no login here; whoever asked learns nothing."""
    return EmailText(
        subject=_("There is no login with this email"),
        paragraphs=(
            _("Somebody asked for a new password at %(business)s, but this email has no login there.")
            % {"business": business},
            _("If it was you, you may have signed up with another email. Otherwise do nothing."),
        ),
    )


def password_changed(business: str) -> EmailText:
    """Warn that a password was changed."""
    return EmailText(
        subject=_("Your password was changed"),
        paragraphs=(
            _("The password of your login at %(business)s was changed just now.") % {"business": business},
            _("If it was not you, ask for a new password at once and tell an admin of your business."),
        ),
    )


def invitation(business: str, inviter: str, url: str) -> EmailText:
    """Ask somebody to join a business."""
    sentence = _("%(inviter)s invites you to work with %(business)s on Redress.")
    return EmailText(
        subject=_("Join %(business)s on Redress") % {"business": business},
        paragraphs=(sentence % {"inviter": inviter, "business": business},),
        button=_("Accept the invitation"),
        url=url,
        after=(_("The link works once, for 7 days."), _("If you do not know them, do nothing.")),
    )


def confirm_new_email(business: str, url: str) -> EmailText:
    """Prove the mailbox somebody wants to sign in with from now on."""
    return EmailText(
        subject=_("Confirm your new email"),
        paragraphs=(_("You asked to sign in to %(business)s with this email from now on.") % {"business": business},),
        button=_("Use this email"),
        url=url,
        after=(_("The link works once, for 24 hours."), _("If it was not you, do nothing: nothing changes.")),
    )


def email_is_in_use(business: str) -> EmailText:
    """Tell a mailbox that it has a login already; whoever asked learns nothing."""
    return EmailText(
        subject=_("This email already has a login"),
        paragraphs=(
            _("Somebody at %(business)s asked to sign in with this email, but it already has a login of its own.")
            % {"business": business},
            _("Nothing has changed."),
        ),
    )


def email_will_change(business: str, new_email: str) -> EmailText:
    """Warn the old mailbox before anything changes."""
    return EmailText(
        subject=_("Your email is about to change"),
        paragraphs=(
            _("Your login at %(business)s will use %(email)s as soon as that email is confirmed.")
            % {"business": business, "email": new_email},
            _("If it was not you, ask for a new password at once and tell an admin of your business."),
        ),
    )
