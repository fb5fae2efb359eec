package main

import (
	"fmt"
	"sync"
	"time"
)

func main() {
	var group sync.WaitGroup
	results := make(chan int, 1000)
	for number := 0; number < 1000; number++ {
		group.Add(1)
		go func(number int) {
			defer group.Done()
			time.Sleep(time.Millisecond)
			results <- number
		}(number)
	}
	group.Wait()
	close(results)
	sum := 0
	for result := range results {
		sum += result
	}
	if sum == 499500 {
		fmt.Println("ok")
	}
}
