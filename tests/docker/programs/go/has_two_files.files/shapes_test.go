package main

import "testing"

func TestArea(t *testing.T) {
	if area(3, 4) != 12 {
		t.Fail()
	}
}
