package main

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"understudy.invalid/lab/images/stand-ins/internal/service"
)

const (
	maxBody      = 4 << 20
	defaultLimit = 100
	maxLimit     = 5000
)

func routes(lines *store, readiness service.Readiness, under indexed) http.Handler {
	received := &atomic.Int64{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ready", func(w http.ResponseWriter, _ *http.Request) {
		if !readiness.IsReached() {
			http.Error(w, "Ingester not ready: waiting for 15s after being ready", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.HandleFunc("POST /loki/api/v1/push", push(lines, received))
	mux.HandleFunc("POST /otlp/v1/logs", pushOTLP(lines, received, under))
	mux.HandleFunc("GET /loki/api/v1/query_range", queryRange(lines))
	mux.HandleFunc("GET /loki/api/v1/labels", labels(lines))
	mux.HandleFunc("GET /loki/api/v1/label/{name}/values", labels(lines))
	mux.HandleFunc("POST /flush", func(w http.ResponseWriter, _ *http.Request) {
		if err := lines.flush(); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; version=0.0.4")
		fmt.Fprint(w, "# TYPE loki_build_info gauge\nloki_build_info{version=\"stand-in\"} 1\n")
		fmt.Fprintf(w, "# TYPE loki_distributor_lines_received_total counter\n"+
			"loki_distributor_lines_received_total{tenant=\"fake\"} %d\n", received.Load())
		fmt.Fprintf(w, "# TYPE loki_ingester_memory_streams gauge\n"+
			"loki_ingester_memory_streams{tenant=\"fake\"} %d\n", lines.inMemory())
	})
	return mux
}

// push takes a push as JSON, all of it or nothing.
func push(lines *store, received *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
			http.Error(w, "this stand-in for Loki takes application/json only", http.StatusUnsupportedMediaType)
			return
		}
		var request struct {
			Streams []struct {
				Stream map[string]string `json:"stream"`
				Values [][]string        `json:"values"`
			} `json:"streams"`
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(&request); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		all, count := make([]pushed, 0, len(request.Streams)), 0
		for _, one := range request.Streams {
			next := pushed{Labels: one.Stream}
			if len(one.Stream) == 0 {
				http.Error(w, "error at least one label pair is required per stream", http.StatusBadRequest)
				return
			}
			for _, value := range one.Values {
				if len(value) != 2 {
					http.Error(w, "a value is a time and a line; this stand-in keeps no more", http.StatusBadRequest)
					return
				}
				at, err := strconv.ParseInt(value[0], 10, 64)
				if err != nil || at < 0 {
					http.Error(w, fmt.Sprintf("%q is no time in nanoseconds", value[0]), http.StatusBadRequest)
					return
				}
				next.Times, next.Words = append(next.Times, at), append(next.Words, value[1])
			}
			if len(next.Times) > 0 {
				all, count = append(all, next), count+len(next.Times)
			}
		}
		if count > 0 {
			if err := lines.push(all); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		received.Add(int64(count))
		w.WriteHeader(http.StatusNoContent)
	}
}

// queryRange answers with the newest lines of each stream, or the oldest, as many as are asked for in all.
func queryRange(lines *store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked, err := parseQuery(r.FormValue("query"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		when, err := stretch(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		limit := defaultLimit
		if text := r.FormValue("limit"); text != "" {
			if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
				http.Error(w, fmt.Sprintf("limit: a number from 1 to %d", maxLimit), http.StatusBadRequest)
				return
			}
		}
		found, err := lines.find(when, asked.streams.hold)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, map[string]any{
			"resultType": "streams", "stats": map[string]any{},
			"result": results(found, asked.lines, limit, r.FormValue("direction") != "forward"),
		})
	}
}

type result struct {
	Stream map[string]string `json:"stream"`
	Values [][2]string       `json:"values"`
}

// results groups lines by what they stand under: their stream's labels and their own metadata.
func results(found streams, keeps matchers, limit int, newestFirst bool) []*result {
	type placed struct {
		line
		under map[string]string
	}
	var all []placed
	for _, one := range found {
		for _, each := range one.sorted() {
			if under := each.with(one.labels); keeps.hold(under) {
				all = append(all, placed{each, under})
			}
		}
	}
	slices.SortFunc(all, func(left, right placed) int {
		if newestFirst {
			return compareLines(right.line, left.line)
		}
		return compareLines(left.line, right.line)
	})
	byLabels, list := map[string]*result{}, []*result{}
	for _, one := range all[:min(limit, len(all))] {
		key := keyOf(one.under)
		if byLabels[key] == nil {
			byLabels[key] = &result{Stream: one.under}
			list = append(list, byLabels[key])
		}
		byLabels[key].Values = append(byLabels[key].Values, [2]string{strconv.FormatInt(one.at, 10), one.text})
	}
	return list
}

// labels answers with the names of all labels, or the values of one.
func labels(lines *store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		when, err := stretch(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		name, found := r.PathValue("name"), map[string]struct{}{}
		for _, set := range lines.labelSets(when) {
			for label, value := range set {
				if name == "" {
					found[label] = struct{}{}
				} else if label == name {
					found[value] = struct{}{}
				}
			}
		}
		list := make([]string, 0, len(found))
		for one := range found {
			list = append(list, one)
		}
		slices.Sort(list)
		answer(w, list)
	}
}

// stretch is what start and end say, nanoseconds since 1970; the last hour where they say nothing.
func stretch(r *http.Request) (span, error) {
	now := time.Now()
	when := span{now.Add(-time.Hour).UnixNano(), now.UnixNano()}
	for name, place := range map[string]*int64{"start": &when.from, "end": &when.until} {
		if text := r.FormValue(name); text != "" {
			at, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return span{}, fmt.Errorf("%s: %q is no time in nanoseconds", name, text)
			}
			*place = at
		}
	}
	return when, nil
}

func answer(w http.ResponseWriter, data any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}
