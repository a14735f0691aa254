"""What a component has not, and what to use instead."""

from __future__ import annotations

HTTP = "use `hospes_node.http`, or `requests`"

NETWORK = {
    "aiohttp": HTTP + "; for several requests at once, `http.send_async` in an `async def` node",
    "ftplib": "a node reaches nothing but HTTP",
    "grpc": "a node reaches nothing but HTTP",
    "http.client": HTTP,
    "http.server": "a node serves nothing; the host calls it",
    "httpcore": HTTP,
    "httplib2": HTTP,
    "httpx": HTTP + "; for several requests at once, `http.send_async` in an `async def` node",
    "imaplib": "a node reaches nothing but HTTP",
    "niquests": HTTP,
    "poplib": "a node reaches nothing but HTTP",
    "pycurl": HTTP,
    "smtplib": "a node reaches nothing but HTTP",
    "socket": "a node has no sockets; " + HTTP,
    "socketserver": "a node serves nothing; the host calls it",
    "telnetlib": "a node reaches nothing but HTTP",
    "urllib.request": HTTP,
    "urllib3_future": "it replaces `urllib3`, which `requests` needs; uninstall it",
}
"""Modules that import, but whose requests can't leave."""

ABSENT = {
    "bz2": "use `zlib` or `gzip`",
    "ctypes": "a component loads no native libraries",
    "curses": "a node has no terminal",
    "fcntl": "a node has no files",
    "grp": "a node has no users",
    "lzma": "use `zlib` or `gzip`",
    "mmap": "a node has no files",
    "pwd": "a node has no users",
    "readline": "a node has no terminal",
    "resource": "the host sets the limits",
    "ssl": "the host speaks TLS; drop it",
    "syslog": "use `hospes_node.log`",
    "termios": "a node has no terminal",
    "tkinter": "a node has no screen",
    "tty": "a node has no terminal",
}
"""Modules that the component's Python has not."""

PROCESSES = {
    "multiprocessing": "a node is one thread of one process",
    "subprocess": "a node starts no processes",
}


def of_author(module: str) -> str | None:
    """What to use instead of a module that an author imports."""
    tables = (NETWORK, ABSENT, PROCESSES)
    return next((table[name] for table in tables for name in _upwards(module) if name in table), None)


def of_library(module: str) -> str | None:
    """What to use instead of a module that a library can't do without."""
    return next((ABSENT[name] for name in _upwards(module) if name in ABSENT), None)


def _upwards(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
