package main

import (
	_ "embed"
	"fmt"
)

//go:embed notes.txt
var notes string

func main() {
	if notes == "noted\n" {
		fmt.Println("ok")
	}
}
