// verdict: passed
// prints: refused
package main

import (
	"fmt"
	"net"
	"time"
)

func main() {
	if _, failed := net.DialTimeout("tcp", "192.0.2.1:80", time.Second); failed != nil {
		fmt.Println("refused")
	}
}
