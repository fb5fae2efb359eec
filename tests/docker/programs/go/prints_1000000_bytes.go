package main

import "fmt"

func main() {
	for number := 0; number < 10000; number++ {
		fmt.Printf("%099d\n", number)
	}
}
