package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"understudy.invalid/lab/images/stand-ins/internal/service"
)

const maxBody = 4 << 20

// queryRoutes is what answers on Tempo's own port.
func queryRoutes(spans *store, readiness service.Readiness) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		switch {
		case spans.isTerminated():
			http.Error(w, "some services are not Running:\nTerminated: 1\ningester: Terminated", http.StatusServiceUnavailable)
		case !readiness.IsReached():
			http.Error(w, "Ingester not ready: waiting for 15s after being ready", http.StatusServiceUnavailable)
		default:
			fmt.Fprintln(w, "ready")
		}
	})
	mux.HandleFunc("GET /api/echo", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "echo") })
	mux.HandleFunc("GET /api/traces/{id}", trace(spans))
	mux.HandleFunc("/flush", done(spans.flush))
	mux.HandleFunc("/shutdown", done(spans.shutdown))
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprint(w, "# TYPE tempo_build_info gauge\ntempo_build_info{version=\"stand-in\"} 1\n")
		fmt.Fprintf(w, "# TYPE tempo_ingester_live_traces gauge\n"+
			"tempo_ingester_live_traces{tenant=\"%s\"} %d\n", tenant, spans.liveTraces())
	})
	return mux
}

// receiverRoutes is what answers where applications send spans.
func receiverRoutes(spans *store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, r *http.Request) {
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		read, known := map[string]func([]byte) ([]taken, error){
			"application/x-protobuf": fromProtobuf, "application/json": fromJSON,
		}[kind]
		if !known {
			http.Error(w, "415 unsupported media type", http.StatusUnsupportedMediaType)
			return
		}
		content, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		var all []taken
		if err == nil {
			all, err = read(content)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := spans.take(all); err != nil {
			code := http.StatusInternalServerError
			if errors.Is(err, errTerminated) {
				code = http.StatusServiceUnavailable
			}
			http.Error(w, err.Error(), code)
			return
		}
		// An empty message says that all was taken.
		w.Header().Set("Content-Type", kind)
		if kind == "application/json" {
			fmt.Fprint(w, "{}")
		}
	})
	return mux
}

func trace(spans *store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		traceID := strings.ToLower(r.PathValue("id"))
		if padding := 32 - len(traceID); padding > 0 {
			traceID = strings.Repeat("0", padding) + traceID
		}
		if _, err := idOf(traceID, 16); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		found, err := spans.find(traceID)
		switch {
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		case len(found) == 0:
			http.Error(w, "trace not found", http.StatusNotFound)
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(traceOf(found))
		}
	}
}

func done(work func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if err := work(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}
