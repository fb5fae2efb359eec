package main

import (
	"fmt"
	"os"
	"strings"
)

func read(name string) string {
	content, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(content))
}

func main() {
	fmt.Println(read("notes.txt"), read("data/deep.txt"))
}
