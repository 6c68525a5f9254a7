"""Messages: compiled once per edition, filled once per recipient."""

from .compiled_message import CompiledMessage, compile_message, make_markers
from .dkim import DkimKey, load_private_key, sign_message
from .email_addresses import checked_value, encode_mailbox, encode_unstructured, wire_address
from .inline_images import InlineImage, base64_lines
from .personalization import SLOTS, build_message, personalizer, unsubscribe_url
from .return_path import DeliveryKey, ReturnPaths, edition_key
from .signed_tokens import UNSUBSCRIBE, Tokens

__all__ = [
    "SLOTS",
    "UNSUBSCRIBE",
    "CompiledMessage",
    "DeliveryKey",
    "DkimKey",
    "InlineImage",
    "ReturnPaths",
    "Tokens",
    "base64_lines",
    "build_message",
    "checked_value",
    "compile_message",
    "edition_key",
    "encode_mailbox",
    "encode_unstructured",
    "load_private_key",
    "make_markers",
    "personalizer",
    "sign_message",
    "unsubscribe_url",
    "wire_address",
]
