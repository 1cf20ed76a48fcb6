import os
import socket
from itertools import count

HOST = "127.0.0.1"
# Below the range that Linux and macOS give to outgoing connections, so that a port is still free when its
# process binds it, and again when that process is started anew.
CANDIDATES = range(20_000, 32_000)
# What is looked up now is bound later, perhaps by another process: until then nobody else may be given it. So this
# process gives a port again only after all the others, and one beside it looks elsewhere.
_turns = count(os.getpid() * 1009)


def free_ports(wanted: int) -> list[int]:
    """So many different ports of 127.0.0.1 on which nothing listens, and which were not given lately."""
    ports: list[int] = []
    for _ in CANDIDATES:
        if len(ports) == wanted:
            break
        port = CANDIDATES[next(_turns) % len(CANDIDATES)]
        if _is_free(port):
            ports.append(port)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
