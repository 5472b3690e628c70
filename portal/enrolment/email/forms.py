"""An e-mail address; the form is the one the sign-in uses."""

from accounts.doors.forms import EmailForm


class MailboxForm(EmailForm):
    """A mailbox that shall receive codes."""

    @property
    def value(self) -> str:
        return str(self.cleaned_data["email"])
