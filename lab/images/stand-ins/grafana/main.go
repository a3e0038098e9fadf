// Command grafana stands in for Grafana in the lab: the same port, health check, administrator and dashboard
// endpoints, with every dashboard a file under the data folder. It draws nothing and says in each answer that it is
// a stand-in.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"understudy.invalid/lab/images/stand-ins/internal/service"
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	data := setting("GF_PATHS_DATA", "/var/lib/grafana")
	admin := administrator{name: setting("GF_SECURITY_ADMIN_USER", "admin"), folder: data, now: time.Now}
	if len(os.Args) > 1 {
		if err := command(os.Args[1:], &admin, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "Error:", err)
			os.Exit(1)
		}
		return
	}
	store := dashboards{folder: filepath.Join(data, "dashboards")}
	if err := os.MkdirAll(store.folder, 0o750); err != nil {
		log.Fatalf("the data folder cannot be written: %v", err)
	}
	password, err := adminPassword(os.Getenv, os.ReadFile)
	if err == nil {
		err = admin.begin(password)
	}
	if err != nil {
		log.Fatal(err)
	}

	provisioning := setting("GF_PATHS_PROVISIONING", "/etc/grafana/provisioning")
	handler := routes(&store, provisioning, &admin)
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
