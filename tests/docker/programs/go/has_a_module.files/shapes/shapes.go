package shapes

// Area of a rectangle; any number will do.
func Area[T int | float64](width, height T) T { return width * height }
