"""Sending: deliveries, the dispatcher, and the transports."""

from .dispatcher import Dispatcher, DispatchReport, send_one
from .transport import Transport, TransportSession
from .transports.registry import open_transport
from .transports.transport_url import TransportOptions, TransportUrl

__all__ = [
    "DispatchReport",
    "Dispatcher",
    "Transport",
    "TransportOptions",
    "TransportSession",
    "TransportUrl",
    "open_transport",
    "send_one",
]
