// Command grafana stands in for Grafana in the lab: the same port, health check, administrator and dashboard
// endpoints, with every dashboard a file under the data folder. It draws nothing and says in each answer that it is
// a stand-in.
package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	password, err := adminPassword(os.Getenv, os.ReadFile)
	if err != nil {
		log.Fatal(err)
	}
	store := dashboards{folder: filepath.Join(setting("GF_PATHS_DATA", "/var/lib/grafana"), "dashboards")}
	if err := os.MkdirAll(store.folder, 0o750); err != nil {
		log.Fatalf("the data folder cannot be written: %v", err)
	}

	// Process 1 has no default reaction to signals.
	stopped, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	server := &http.Server{
		Addr:              ":" + setting("GF_SERVER_HTTP_PORT", "3000"),
		Handler:           routes(&store, setting("GF_SECURITY_ADMIN_USER", "admin"), password),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() {
		<-stopped.Done()
		bounded, done := context.WithTimeout(context.Background(), 5*time.Second)
		defer done()
		_ = server.Shutdown(bounded)
	}()
	log.Printf("stand-in for Grafana on %s", server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatal(err)
	}
}

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// adminPassword reads GF_SECURITY_ADMIN_PASSWORD, or the file that GF_SECURITY_ADMIN_PASSWORD__FILE names.
func adminPassword(env func(string) string, read func(string) ([]byte, error)) (string, error) {
	file := env("GF_SECURITY_ADMIN_PASSWORD__FILE")
	if file == "" {
		if password := env("GF_SECURITY_ADMIN_PASSWORD"); password != "" {
			return password, nil
		}
		return "admin", nil
	}
	content, err := read(file)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(content)), nil
}

// asAdmin lets a request through when it carries the administrator's name and password.
func asAdmin(user, password string, next http.HandlerFunc) http.HandlerFunc {
	want := sha256.Sum256([]byte(user + "\x00" + password))
	return func(w http.ResponseWriter, r *http.Request) {
		name, word, _ := r.BasicAuth()
		have := sha256.Sum256([]byte(name + "\x00" + word))
		if subtle.ConstantTimeCompare(have[:], want[:]) != 1 {
			answer(w, http.StatusUnauthorized, map[string]any{"message": "Invalid username or password"})
			return
		}
		next(w, r)
	}
}
