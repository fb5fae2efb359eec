package main

import (
	"fmt"
	"os"
	"strings"
)

func main() {
	fmt.Println(strings.Join(append(os.Args[1:], os.Getenv("GREETING")), "|"))
}
