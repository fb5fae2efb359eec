# verdict: passed
import ctypes

libc = ctypes.CDLL(None)
for key in range(1, 5):
    libc.shmget(key, 4096, 0o1666)
    libc.semget(key, 1, 0o1666)
    libc.msgget(key, 0o1666)
ctypes.CDLL("librt.so.1").mq_open(b"/secret", 0o102, 0o666, None)
