// SPDX-License-Identifier: Apache-2.0

// goserver ADDRESS WORD...: an HTTP server; of the words of steps.h it knows cpu, sleep and lock, also by a line on
// stdin: "steps WORD...", answered by "ok".
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type step struct {
	work     func(time.Duration)
	duration time.Duration
	every    int64
	requests atomic.Int64
}

var (
	loopsPerMicro int
	sink          atomic.Int64
	lock          sync.Mutex
	current       atomic.Pointer[[]*step]
)

//go:noinline
func spin(loops int) {
	sum := 0
	for i := range loops {
		sum ^= i
	}
	if sum == 1 {
		sink.Add(1)
	}
}

// calibrate takes the fastest of several tries: the one that nothing interrupted.
func calibrate() {
	for range 20 {
		start := time.Now()
		spin(200_000)
		loopsPerMicro = max(loopsPerMicro, int(200_000*1000/time.Since(start).Nanoseconds()))
	}
}

func compute(d time.Duration) {
	spin(int(d.Microseconds()) * loopsPerMicro)
}

func hold(d time.Duration) {
	lock.Lock()
	time.Sleep(d)
	lock.Unlock()
}

func use(words []string) {
	works := map[string]func(time.Duration){"cpu": compute, "sleep": time.Sleep, "lock": hold}
	steps := []*step{}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		value, share, _ := strings.Cut(value, "%")
		micros, err := strconv.Atoi(value)
		if err != nil || works[name] == nil {
			panic(word)
		}
		every, _ := strconv.ParseInt(share, 10, 64)
		steps = append(steps, &step{work: works[name], duration: time.Duration(micros) * time.Microsecond, every: max(every, 1)})
	}
	current.Store(&steps)
}

func handle(answer http.ResponseWriter, _ *http.Request) {
	for _, step := range *current.Load() {
		if step.requests.Add(1)%step.every == 0 {
			step.work(step.duration)
		}
	}
	fmt.Fprint(answer, "ok\n")
}

func main() {
	calibrate()
	use(os.Args[2:])
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	go http.Serve(listener, http.HandlerFunc(handle))
	fmt.Println("ready", os.Getpid())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		use(strings.Fields(lines.Text())[1:])
		fmt.Println("ok")
	}
}
