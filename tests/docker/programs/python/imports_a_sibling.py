import shapes
from package.inner import depth

assert shapes.area(3, 4) == 12
assert depth == 2
print("ok")
