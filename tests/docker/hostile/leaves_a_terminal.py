# verdict: passed
import fcntl
import os
import pty
import termios
import time

if os.fork() == 0:
    master, slave = pty.openpty()
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    attributes = termios.tcgetattr(slave)
    attributes[3] &= ~termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    os.write(slave, b"secret")
    time.sleep(60)
time.sleep(0.1)
