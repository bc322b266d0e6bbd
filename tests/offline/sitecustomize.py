"""No network: neither in the tests nor in a Python process that they start.

Python imports a module of this name when it starts, if it finds one; conftest.py sees to that. A
hook of this kind cannot be taken away again, by whatever code.
"""

import sys

_HERE = {None, "", "localhost", "127.0.0.1", "::1"}
_ASKING = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_REACHING = {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"}


def _offline(event: str, arguments: tuple) -> None:
    if event in _ASKING:
        host = arguments[0]
    elif event in _REACHING and isinstance(arguments[1], tuple):  # else it is a file, or none
        host = arguments[1][0]
    else:
        return
    if host not in _HERE:
        raise AssertionError(f"no network here: {event}")


sys.addaudithook(_offline)
