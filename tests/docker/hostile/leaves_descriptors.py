# verdict: passed
import socket

one, other = socket.socketpair()
server = socket.create_server(("127.0.0.1", 8080))
socket.send_fds(one, [b"x"], [server.fileno(), other.fileno(), one.fileno()])
socket.send_fds(other, [b"x"], [server.fileno(), other.fileno(), one.fileno()])
