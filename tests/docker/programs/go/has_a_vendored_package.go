package main

import (
	"fmt"

	"example.com/shapes"
)

func main() {
	if shapes.Area(3, 4) == 12 {
		fmt.Println("ok")
	}
}
