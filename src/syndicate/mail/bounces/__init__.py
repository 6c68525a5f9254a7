"""Mail that comes back: what a bounce, a complaint or a mail to unsubscribe says. Pure."""

from .returned_mail import MAX_SIZE, MailKind, ReturnedMail, parse_returned_mail
from .status_codes import NO_SUCH_ADDRESS, judge_failure, precise_status, refusal_key

__all__ = [
    "MAX_SIZE",
    "NO_SUCH_ADDRESS",
    "MailKind",
    "ReturnedMail",
    "judge_failure",
    "parse_returned_mail",
    "precise_status",
    "refusal_key",
]
