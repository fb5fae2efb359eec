package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(answer).Encode(map[string]string{"said": "ok"})
	}))
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err != nil {
		panic(err)
	}
	var body struct{ Said string }
	if err := json.NewDecoder(answer.Body).Decode(&body); err != nil {
		panic(err)
	}
	fmt.Println(body.Said)
}
