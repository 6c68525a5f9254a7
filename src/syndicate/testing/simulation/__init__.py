"""Deterministic simulation of asyncio programs: processes, a network and a mail server in virtual time.

One seed is one run. It decides latencies, the order in which processes run, and all faults, so a run that
failed can be repeated. Sockets, threads and waiting are simulated; everything above them is the real code::

    loop = EventLoop(seed=1)
    server = SmtpServer(loop)

    async def world() -> None:
        loop.start_process("mx", server.serve)
        worker = loop.start_process("worker", send_everything)
        await asyncio.sleep(3)
        worker.kill()

    loop.run(world())
"""

from .event_loop import EventLoop, Process, ProcessKilledError, SimulationError
from .smtp_server import AcceptedMessage, RecipientEvent, Refusal, SmtpFaults, SmtpServer

__all__ = [
    "AcceptedMessage",
    "EventLoop",
    "Process",
    "ProcessKilledError",
    "RecipientEvent",
    "Refusal",
    "SimulationError",
    "SmtpFaults",
    "SmtpServer",
]
