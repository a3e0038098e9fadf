// Package service is what every stand-in does as a process: it listens, says what it is, and stops.
//
// Slow ways. The real Loki and Tempo say that they are not ready for 15 s after each start, and Tempo sleeps for 30 s
// when it is asked to stop. The stand-ins are quick. One is slow while a file named understudy-slow that is not empty
// lies in its temporary folder ($TMPDIR, else /tmp): a container keeps that file over a restart and loses it when it is
// made anew, and no volume, backup or transfer sees it. It is looked for at the start and at the stop.
package service

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

const (
	slowMark   = "understudy-slow"
	readyAfter = 15 * time.Second
	// Longest time that requests under way get at a stop.
	grace = 5 * time.Second
)

// IsSlow says whether somebody has asked for the slow ways.
func IsSlow() bool {
	mark, err := os.Stat(filepath.Join(os.TempDir(), slowMark))
	return err == nil && mark.Size() > 0
}

// Readiness says when a service that has just begun is ready.
type Readiness struct{ from time.Time }

// Begin is called when the service's data have been read.
func Begin() Readiness {
	if IsSlow() {
		return Readiness{time.Now().Add(readyAfter)}
	}
	return Readiness{time.Now()}
}

// IsReached says whether it is.
func (r Readiness) IsReached() bool { return !time.Now().Before(r.from) }

// Named has every answer of a handler say that it is not the product's own.
func Named(product string, handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Understudy-Stand-In", product)
		handler.ServeHTTP(w, r)
	})
}

// Listener is one address and what answers there.
type Listener struct {
	Address string
	Handler http.Handler
}

// Run serves until the process is told to stop; then, after slowStop where slow ways are asked for, it lets requests
// end, and calls finish.
func Run(product string, listeners []Listener, slowStop time.Duration, finish func() error) error {
	// Process 1 has no default reaction to signals.
	told, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	failed := make(chan error, len(listeners))
	servers := make([]*http.Server, 0, len(listeners))
	for _, one := range listeners {
		server := &http.Server{
			Addr: one.Address, Handler: Named(product, one.Handler), ReadHeaderTimeout: 5 * time.Second,
		}
		servers = append(servers, server)
		go func() { failed <- server.ListenAndServe() }()
		log.Printf("stand-in for %s on %s", product, server.Addr)
	}
	select {
	case err := <-failed:
		return err
	case <-told.Done():
	}
	if IsSlow() {
		time.Sleep(slowStop)
	}
	bounded, done := context.WithTimeout(context.Background(), grace)
	defer done()
	var err error
	for _, server := range servers {
		err = errors.Join(err, server.Shutdown(bounded))
	}
	return errors.Join(err, finish())
}

// Healthy asks a service whether it is ready, for images that have no other program to ask with.
func Healthy(url string) error {
	client := http.Client{Timeout: 4 * time.Second}
	answer, err := client.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %d", url, answer.StatusCode)
	}
	return nil
}
