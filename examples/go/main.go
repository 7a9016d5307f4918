// SPDX-License-Identifier: Apache-2.0

// An HTTP server whose answers cost CPU time: watch it with pooldrift, then take its CPUs away.
//
//	GOMAXPROCS=8 go run . -listen 127.0.0.1:8080 -work 2ms
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// hash computes for about the given time on an idle machine, and returns how many rounds that took.
func hash(work time.Duration) int {
	sum := sha256.Sum256([]byte("pooldrift"))
	rounds := 0
	for start := time.Now(); time.Since(start) < work; rounds++ {
		sum = sha256.Sum256(sum[:])
	}
	return rounds
}

// calibrate measures how many rounds fit into the given time, so that each answer costs the same CPU time
// however often it is interrupted.
func calibrate(work time.Duration) int {
	most := 0
	for range 10 {
		most = max(most, hash(work))
	}
	return most
}

func answer(rounds int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		sum := sha256.Sum256([]byte("pooldrift"))
		for range rounds {
			sum = sha256.Sum256(sum[:])
		}
		fmt.Fprintf(w, "%x\n", sum)
	}
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "address")
	work := flag.Duration("work", 2*time.Millisecond, "CPU time of one answer")
	flag.Parse()

	server := &http.Server{Addr: *listen, Handler: answer(calibrate(*work)), ReadHeaderTimeout: 5 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go func() {
		<-ctx.Done()
		server.Shutdown(context.Background())
	}()
	log.Printf("http://%s, GOMAXPROCS %d, %s an answer", *listen, runtime.GOMAXPROCS(0), *work)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}
