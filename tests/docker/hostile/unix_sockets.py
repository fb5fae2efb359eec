# verdict: passed
# prints: 0
import os
import socket

reached = len(open("/proc/net/unix").read().splitlines()) - 1
paths = [f"{folder}/{name}" for folder, _, names in os.walk("/run") for name in names]
for name in ("\0/containerd-shim", "\0/tmp/.X11-unix/X0", "/run/docker.sock", *paths):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            socket.socket(socket.AF_UNIX, kind).connect(name)
            reached += 1
        except OSError:
            pass
print(reached)
