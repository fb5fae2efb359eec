package main

func area(width, height int) int { return width * height }
