# verdict: passed
# prints: refused refused refused refused refused refused
import socket


def refused(attempt):
    try:
        attempt()
    except OSError:
        return "refused"
    return "done"


print(
    refused(lambda: socket.create_connection(("192.0.2.1", 80), timeout=1)),
    refused(lambda: socket.getaddrinfo("example.org", 80)),
    refused(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)),
    refused(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)),
    refused(lambda: socket.socket(40, socket.SOCK_STREAM, 0)),
    refused(
        lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))
    ),
)
