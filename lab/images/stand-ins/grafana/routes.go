package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
)

// A dashboard larger than this is refused.
const maxBody = 4 << 20

func routes(store *dashboards, provisioning string, administrator *administrator) http.Handler {
	admin := administrator.only
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/health", health(store))
	mux.HandleFunc("GET /metrics", metrics)
	mux.HandleFunc("GET /api/provisioned", provisioned(provisioning))
	mux.HandleFunc("GET /api/user", admin(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"id": 1, "login": administrator.name, "isGrafanaAdmin": true})
	}))
	mux.HandleFunc("GET /api/search", admin(search(store)))
	mux.HandleFunc("POST /api/dashboards/db", admin(save(store)))
	mux.HandleFunc("GET /api/dashboards/uid/{uid}", admin(read(store)))
	mux.HandleFunc("DELETE /api/dashboards/uid/{uid}", admin(remove(store)))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusNotFound, map[string]any{"message": "Not found"})
	})
	return mux
}

// answer writes a JSON object with a status; every one says that this is not Grafana.
func answer(w http.ResponseWriter, status int, body map[string]any) {
	body["standIn"] = true
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// refuse turns a store's error into the status that Grafana gives it.
func refuse(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, os.ErrNotExist):
		answer(w, http.StatusNotFound, map[string]any{"message": "Dashboard not found"})
	case errors.Is(err, errConflict):
		answer(w, http.StatusPreconditionFailed, map[string]any{"status": "version-mismatch", "message": err.Error()})
	case errors.Is(err, errInvalid):
		answer(w, http.StatusBadRequest, map[string]any{"message": err.Error()})
	default:
		answer(w, http.StatusInternalServerError, map[string]any{"message": err.Error()})
	}
}

func health(store *dashboards) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		status, database := http.StatusOK, "ok"
		if _, err := os.ReadDir(store.folder); err != nil {
			status, database = http.StatusServiceUnavailable, "failing"
		}
		answer(w, status, map[string]any{"database": database, "version": "stand-in", "commit": "none"})
	}
}

func metrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	fmt.Fprint(w, "# TYPE grafana_build_info gauge\ngrafana_build_info{version=\"stand-in\"} 1\n")
}

func search(store *dashboards) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		found, err := store.search(r.URL.Query().Get("query"))
		if err != nil {
			refuse(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		_ = json.NewEncoder(w).Encode(found)
	}
}

func save(store *dashboards) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var request struct {
			Dashboard map[string]any `json:"dashboard"`
			Overwrite bool           `json:"overwrite"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&request); err != nil {
			refuse(w, fmt.Errorf("%w: %v", errInvalid, err))
			return
		}
		uid, version, err := store.save(request.Dashboard, request.Overwrite)
		if err != nil {
			refuse(w, err)
			return
		}
		answer(w, http.StatusOK, map[string]any{
			"status": "success", "uid": uid, "version": version, "url": "/d/" + uid,
		})
	}
}

func read(store *dashboards) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		dashboard, err := store.read(r.PathValue("uid"))
		if err != nil {
			refuse(w, err)
			return
		}
		answer(w, http.StatusOK, map[string]any{
			"dashboard": dashboard, "meta": map[string]any{"type": "db", "version": dashboard["version"]},
		})
	}
}

func remove(store *dashboards) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := store.remove(r.PathValue("uid")); err != nil {
			refuse(w, err)
			return
		}
		answer(w, http.StatusOK, map[string]any{"message": "Dashboard deleted"})
	}
}
