// Command grafana stands in for Grafana in the lab: the same port, health check, administrator and dashboard
// endpoints, with every dashboard a file under the data folder. It draws nothing and says in each answer that it is
// a stand-in.
package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"understudy.invalid/lab/images/stand-ins/internal/service"
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

	provisioning := setting("GF_PATHS_PROVISIONING", "/etc/grafana/provisioning")
	handler := routes(&store, provisioning, setting("GF_SECURITY_ADMIN_USER", "admin"), password)
	listeners := []service.Listener{{Address: ":" + setting("GF_SERVER_HTTP_PORT", "3000"), Handler: handler}}
	if err := service.Run("Grafana", listeners, 0, func() error { return nil }); err != nil {
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
