// SPDX-License-Identifier: Apache-2.0

// goserver ADDRESS WORD...: an HTTP server; of the words of steps.h it knows cpu, sleep and lock, also by a line on
// stdin: "steps WORD...", answered by "ok". Its own words: alloc=BYTES, garbage of so much for a request; of the server
// procs=N, gogc=PERCENT (runtime.GOMAXPROCS, debug.SetGCPercent), live=MB, small objects that are kept, and batch=MS,
// beside the requests so much CPU time each second, shared out to as many goroutines as GOMAXPROCS says. /metrics has
// the collector's figures by the names of client_golang.
package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

type step struct {
	work     func(amount int)
	amount   int
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

func compute(micros int) {
	spin(micros * loopsPerMicro)
}

func rest(micros int) {
	time.Sleep(time.Duration(micros) * time.Microsecond)
}

func hold(micros int) {
	lock.Lock()
	rest(micros)
	lock.Unlock()
}

// object has a pointer, so that the collector must look at each.
type object struct {
	to   *object
	rest [48]byte
}

var kept atomic.Pointer[[]*object]

func objects(bytes int) []*object {
	all := make([]*object, bytes/64)
	for i := range all {
		all[i] = &object{}
	}
	return all
}

func litter(bytes int) {
	sink.Add(int64(len(objects(bytes))))
}

func keep(megabytes int) {
	all := objects(megabytes << 20)
	kept.Store(&all)
}

// batch starts it, for good; each goroutine rests as long as it computes.
func batch(millis int) {
	go func() {
		for next := time.Now(); ; time.Sleep(time.Until(next)) {
			next = next.Add(time.Second)
			var left atomic.Int64
			var all sync.WaitGroup
			left.Store(int64(millis))
			for range runtime.GOMAXPROCS(0) {
				all.Go(func() {
					for left.Add(-1) >= 0 {
						compute(1000)
						rest(1000)
					}
				})
			}
			all.Wait()
		}
	}()
}

func setProcs(n int) {
	runtime.GOMAXPROCS(n)
}

func setPercent(percent int) {
	debug.SetGCPercent(percent)
}

func use(words []string) {
	works := map[string]func(int){"cpu": compute, "sleep": rest, "lock": hold, "alloc": litter}
	settings := map[string]func(int){"procs": setProcs, "gogc": setPercent, "live": keep, "batch": batch}
	steps := []*step{}
	for _, word := range words {
		name, value, _ := strings.Cut(word, "=")
		value, share, _ := strings.Cut(value, "%")
		amount, err := strconv.Atoi(value)
		if err != nil || works[name] == nil && settings[name] == nil {
			panic(word)
		}
		if settings[name] != nil {
			settings[name](amount)
			continue
		}
		every, _ := strconv.ParseInt(share, 10, 64)
		steps = append(steps, &step{work: works[name], amount: amount, every: max(every, 1)})
	}
	current.Store(&steps)
}

func handle(answer http.ResponseWriter, _ *http.Request) {
	for _, step := range *current.Load() {
		if step.requests.Add(1)%step.every == 0 {
			step.work(step.amount)
		}
	}
	fmt.Fprint(answer, "ok\n")
}

// told is what client_golang makes of runtime/metrics.
var told = map[string]string{
	"/cpu/classes/gc/mark/assist:cpu-seconds": "go_cpu_classes_gc_mark_assist_cpu_seconds_total",
	"/cpu/classes/gc/total:cpu-seconds":       "go_cpu_classes_gc_total_cpu_seconds_total",
	"/gc/cycles/total:gc-cycles":              "go_gc_cycles_total_gc_cycles_total",
	"/memory/classes/heap/objects:bytes":      "go_memory_classes_heap_objects_bytes",
	"/sched/gomaxprocs:threads":               "go_sched_gomaxprocs_threads",
}

func tell(answer http.ResponseWriter, _ *http.Request) {
	stats := debug.GCStats{}
	debug.ReadGCStats(&stats)
	fmt.Fprintln(answer, "# TYPE go_gc_duration_seconds summary")
	fmt.Fprintln(answer, "go_gc_duration_seconds_sum", stats.PauseTotal.Seconds())
	fmt.Fprintln(answer, "go_gc_duration_seconds_count", stats.NumGC)
	for name, sent := range told {
		sample := []metrics.Sample{{Name: name}}
		metrics.Read(sample)
		if sample[0].Value.Kind() == metrics.KindFloat64 {
			fmt.Fprintln(answer, sent, sample[0].Value.Float64())
		} else {
			fmt.Fprintln(answer, sent, sample[0].Value.Uint64())
		}
	}
}

func main() {
	calibrate()
	use(os.Args[2:])
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		panic(err)
	}
	http.HandleFunc("/", handle)
	http.HandleFunc("/metrics", tell)
	go http.Serve(listener, nil)
	fmt.Println("ready", os.Getpid())
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		use(strings.Fields(lines.Text())[1:])
		fmt.Println("ok")
	}
}
