def fails():
    raise ValueError("on line two")


fails()
