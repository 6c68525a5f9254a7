"""Messages: compiled once an edition, filled once a person."""

from .addresses import encode_mailbox, encode_text, safe_value, wire_address
from .message import CompiledMessage, Slot, compile_message, markers
from .personal import SLOTS, personaliser
from .tokens import UNSUBSCRIBE, Tokens

__all__ = [
    "SLOTS",
    "UNSUBSCRIBE",
    "CompiledMessage",
    "Slot",
    "Tokens",
    "compile_message",
    "encode_mailbox",
    "encode_text",
    "markers",
    "personaliser",
    "safe_value",
    "wire_address",
]
