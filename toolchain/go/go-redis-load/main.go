// Writes to Redis with go-redis as it comes, and says what became of each write: tests/support/driver-load.ts speaks to it.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

type order struct {
	Host       string `json:"host"`
	Port       int    `json:"port"`
	CA         string `json:"ca"`
	Password   string `json:"password"`
	Run        string `json:"run"`
	Clients    int    `json:"clients"`
	IntervalMs int    `json:"intervalMs"`
	Resend     bool   `json:"resend"`
}

type record struct {
	Version  string         `json:"version"`
	Sent     int            `json:"sent"`
	Answered int            `json:"answered"`
	Failed   int            `json:"failed"`
	Unknown  int            `json:"unknown"`
	Resent   int64          `json:"resent"`
	Codes    map[string]int `json:"codes"`
	Slow     [][2]float64   `json:"slow"`
}

// refusals counts what the driver was refused with READONLY: each is one more try of its own.
type refusals struct{ times atomic.Int64 }

func (*refusals) Allow() error { return nil }
func (r *refusals) ReportResult(err error) {
	if err != nil && strings.HasPrefix(err.Error(), "READONLY") {
		r.times.Add(1)
	}
}

func codeOf(err error) string {
	var reply redis.Error
	if errors.As(err, &reply) {
		return strings.SplitN(reply.Error(), " ", 2)[0]
	}
	return "closed"
}

func main() {
	in := bufio.NewReader(os.Stdin)
	line, _ := in.ReadBytes('\n')
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	pem, _ := os.ReadFile(o.CA)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	counted := &refusals{}
	said := record{Version: "go-redis " + redis.Version(), Codes: map[string]int{}, Slow: [][2]float64{}}
	var guard sync.Mutex
	var stop atomic.Bool
	var clients, ready sync.WaitGroup
	for range o.Clients {
		options := &redis.Options{
			Addr:      fmt.Sprintf("%s:%d", o.Host, o.Port),
			Password:  o.Password,
			TLSConfig: &tls.Config{RootCAs: roots, ServerName: o.Host, MinVersion: tls.VersionTLS12},
			PoolSize:  1,
			Limiter:   counted,
		}
		if !o.Resend {
			options.MaxRetries = -1
		}
		client := redis.NewClient(options)
		clients.Add(1)
		ready.Add(1)
		go func() {
			defer clients.Done()
			first := true
			for !stop.Load() {
				began := time.Now()
				err := client.XAdd(context.Background(), &redis.XAddArgs{
					Stream: "understudy:events", Values: []any{"run", o.Run, "seq", "1"},
				}).Err()
				took := float64(time.Since(began).Microseconds()) / 1000
				guard.Lock()
				said.Sent++
				switch code := ""; {
				case err == nil:
					said.Answered++
				default:
					code = codeOf(err)
					said.Codes[code]++
					if code == "closed" {
						said.Unknown++
					} else {
						said.Failed++
					}
				}
				if took > 20 {
					said.Slow = append(said.Slow, [2]float64{float64(began.UnixMicro()) / 1000, took})
				}
				guard.Unlock()
				if first && err == nil {
					first = false
					ready.Done()
				}
				time.Sleep(time.Duration(o.IntervalMs) * time.Millisecond)
			}
			_ = client.Close()
		}()
	}
	ready.Wait()
	fmt.Println(`{"ready":true}`)
	_, _ = in.ReadBytes('\n')
	stop.Store(true)
	clients.Wait()
	said.Resent = counted.times.Load()
	_ = json.NewEncoder(os.Stdout).Encode(said)
}
