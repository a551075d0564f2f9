"""An SSH subsystem between a client and the real one, which spoils what the server answers to one operation.

`python spoiling_subsystem.py FAULT_FILE COMMAND...`: the file holds the operation (`hello` for the greeting) and the
kind of fault, and is removed when that has happened. Replies are framed as RFC 6242 says.
"""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

END_OF_HELLO = b"]]>]]>"


def main(fault_file: Path, command: list[str]) -> None:
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin
    assert server.stdout
    asked: list[bytes] = []

    def forward(client: int, to_server: int) -> None:
        while data := os.read(client, 65536):
            asked.append(data)
            os.write(to_server, data)
        os.close(to_server)

    threading.Thread(target=forward, args=(0, server.stdin.fileno()), daemon=True).start()
    is_greeting = True
    while data := os.read(server.stdout.fileno(), 65536):
        operation, kind = fault_file.read_text().split() if fault_file.exists() else ["", ""]
        is_wanted = is_greeting if operation == "hello" else operation and f":{operation}".encode() in b"".join(asked)
        asked.clear()
        if is_wanted:
            fault_file.unlink()
            spoil(kind, data, is_greeting)
        else:
            os.write(1, data)
        is_greeting = is_greeting and END_OF_HELLO not in data


def spoil(kind: str, data: bytes, is_greeting: bool) -> None:
    """Writes something else instead of the answer."""

    def frame(body: bytes) -> bytes:
        return body + END_OF_HELLO if is_greeting else b"\n#%d\n%s\n##\n" % (len(body), body)

    match kind:
        case "cut":
            os._exit(0)
        case "frameless":
            os.write(1, b"Welcome to netconf\n" * 3 + b"\n##\n")
        case "garbage":
            os.write(1, frame(b"\xff\xfe<<>>"))
        case "empty":
            head = re.search(rb"<(\w+:)?rpc-reply[^>]*?/?>|<(\w+:)?hello[^>]*>", data)
            opening = head[0].rstrip(b"/>") if head else b"<rpc-reply"
            os.write(1, frame(opening + b"/>"))
        case "anonymous":
            body = re.sub(rb"\n#\d+\n|\n##\n|\]\]>\]\]>", b"", data)
            os.write(1, frame(re.sub(rb'message-id="[^"]*"', b"", body)))
        case "error":
            base = b"urn:ietf:params:xml:ns:netconf:base:1.0"
            number = re.search(rb'message-id="[^"]*"', data)
            head = b'<rpc-reply xmlns="%s" %s>' % (base, number[0] if number else b"")
            os.write(1, frame(head + b"<rpc-error/></rpc-reply>"))
        case _:
            raise ValueError(kind)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
