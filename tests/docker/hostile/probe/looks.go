package main

import (
	"fmt"
	"os"
)

func main() {
	found := ""
	known := map[string]int{"/tmp": 0, "/dev/shm": 0, "/work": 2, "/work/run": 0, "/work/home": 0}
	for folder, count := range known {
		if names, _ := os.ReadDir(folder); len(names) != count {
			found += " " + folder
		}
	}
	fmt.Println("clean" + found)
}
