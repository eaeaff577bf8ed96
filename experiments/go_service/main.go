// A service of the standard library alone: GET /health, and GET /prime?n=97.
package main

import (
	"encoding/json"
	"log"
	"math/big"
	"net/http"
)

type answer struct {
	Number string `json:"number"`
	Prime  bool   `json:"prime"`
}

const mostDigits = 100

func health(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusOK)
}

func prime(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("n")
	number, ok := new(big.Int).SetString(text, 10)
	if !ok || len(text) > mostDigits {
		http.Error(w, "n must be a whole number of at most 100 digits", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(answer{text, number.ProbablyPrime(20)}); err != nil {
		log.Print(err)
	}
}

func main() {
	http.HandleFunc("/health", health)
	http.HandleFunc("/prime", prime)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
