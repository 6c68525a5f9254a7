"""Messages: compiled once an edition, filled once a person."""

from .addresses import encode_mailbox, encode_text, safe_value, wire_address
from .inline_images import Inline, on_the_wire
from .message import CompiledMessage, Slot, compile_message, markers
from .personalization import SLOTS, personaliser
from .tokens import UNSUBSCRIBE, Tokens

__all__ = [
    "SLOTS",
    "UNSUBSCRIBE",
    "CompiledMessage",
    "Inline",
    "Slot",
    "Tokens",
    "compile_message",
    "encode_mailbox",
    "encode_text",
    "markers",
    "on_the_wire",
    "personaliser",
    "safe_value",
    "wire_address",
]
