// verdict: output_limit
package main

import "fmt"

func main() {
	for {
		fmt.Println("flood")
	}
}
