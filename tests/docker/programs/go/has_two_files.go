package main

import "fmt"

func main() {
	if area(3, 4) == 12 {
		fmt.Println("ok")
	}
}
