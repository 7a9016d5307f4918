// SPDX-License-Identifier: Apache-2.0

// gopool WORKERS BURST PAUSE: goroutines that compute for BURST of CPU time and sleep for about PAUSE. BURST 0 is idle.
package main

import (
	"fmt"
	"io"
	"math/rand"
	"os"
	"strconv"
	"time"
)

// loopsPerMicro is calibrated by the fastest of several tries: the one that nothing interrupted.
func loopsPerMicro() int {
	best := 0
	for range 20 {
		start := time.Now()
		spin(200_000)
		best = max(best, int(200_000*1000/time.Since(start).Nanoseconds()))
	}
	return best
}

var sink int

//go:noinline
func spin(loops int) {
	sum := 0
	for i := range loops {
		sum ^= i
	}
	if sum == 1 {
		sink = sum
	}
}

func work(loops int, pause time.Duration) {
	for {
		spin(loops)
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause)+1)))
	}
}

func main() {
	workers, _ := strconv.Atoi(os.Args[1])
	burst, _ := time.ParseDuration(os.Args[2])
	pause, _ := time.ParseDuration(os.Args[3])
	loops := loopsPerMicro() * int(burst.Microseconds())
	for range workers {
		go work(loops, pause)
	}
	time.Sleep(100 * time.Millisecond) // the runtime starts its threads
	fmt.Println("ready", os.Getpid())
	io.Copy(io.Discard, os.Stdin)
}
