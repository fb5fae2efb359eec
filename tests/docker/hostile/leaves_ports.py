# verdict: passed
import os
import socket
import time

if os.fork() == 0:
    kept = [socket.create_server(("127.0.0.1", port)) for port in range(8080, 8090)]
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0secret")
    time.sleep(60)
time.sleep(0.1)
