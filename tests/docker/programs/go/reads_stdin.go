package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	var words []string
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		words = append(words, lines.Text())
	}
	fmt.Println("hello,", strings.Join(words, " "))
}
