package main

import (
	"cmp"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"sync/atomic"
)

// indexed is what of a resource makes the labels of its stream: a part of Loki's own default, and what its configuration
// adds. All else is metadata of each line.
type indexed map[string]struct{}

func indexedBy(attributes []string) indexed {
	all := indexed{
		"container.name": {}, "deployment.environment": {}, "deployment.environment.name": {},
		"service.name": {}, "service.namespace": {}, "service.instance.id": {},
	}
	for _, one := range attributes {
		all[one] = struct{}{}
	}
	return all
}

const (
	serviceLabel   = "service_name"
	unknownService = "unknown_service"
)

// exportLogs is an ExportLogsServiceRequest as OTLP has it in JSON; see opentelemetry/proto/logs/v1/logs.proto.
type exportLogs struct {
	ResourceLogs []struct {
		Resource  struct{ Attributes []attribute }
		ScopeLogs []struct {
			Scope      struct{ Name, Version string }
			LogRecords []logRecord
		}
	}
}

type logRecord struct {
	TimeUnixNano, ObservedTimeUnixNano json.RawMessage
	SeverityNumber                     int
	SeverityText                       string
	Body                               anyValue
	Attributes                         []attribute
	TraceID, SpanID                    string
}

type attribute struct {
	Key   string
	Value anyValue
}

// anyValue is one of the forms of a value; numbers of 64 bits may be text.
type anyValue map[string]json.RawMessage

// text is how Loki writes it: words as they are, anything with parts as JSON.
func (v anyValue) text() string {
	for _, raw := range v {
		var words string
		if json.Unmarshal(raw, &words) == nil {
			return words
		}
		return string(raw)
	}
	return ""
}

var notInALabel = regexp.MustCompile(`[^a-zA-Z0-9_]`)

func labelName(key string) string { return notInALabel.ReplaceAllString(key, "_") }

// pushed makes of each resource a stream, and of each record a line with its metadata.
func (request exportLogs) pushed(under indexed) ([]pushed, int, error) {
	var all []pushed
	count := 0
	for _, ofResource := range request.ResourceLogs {
		labels, common := map[string]string{}, map[string]string{}
		for _, one := range ofResource.Resource.Attributes {
			if _, isLabel := under[one.Key]; isLabel {
				labels[labelName(one.Key)] = one.Value.text()
			} else {
				common[labelName(one.Key)] = one.Value.text()
			}
		}
		// Loki looks among the labels for one that may stand for the service.
		if labels[serviceLabel] == "" {
			labels[serviceLabel] = cmp.Or(labels["service"], unknownService)
		}
		next := pushed{Labels: labels}
		for _, ofScope := range ofResource.ScopeLogs {
			for _, record := range ofScope.LogRecords {
				at, err := record.at()
				if err != nil {
					return nil, 0, err
				}
				next.Times, next.Words = append(next.Times, at), append(next.Words, record.Body.text())
				next.Metadata = append(next.Metadata, keyOf(record.metadata(common, ofScope.Scope.Name)))
			}
		}
		if len(next.Times) > 0 {
			all, count = append(all, next), count+len(next.Times)
		}
	}
	return all, count, nil
}

// at is when it happened, else when it was seen.
func (record logRecord) at() (int64, error) {
	for _, raw := range []json.RawMessage{record.TimeUnixNano, record.ObservedTimeUnixNano} {
		text := string(raw)
		if len(raw) > 1 && raw[0] == '"' {
			text = text[1 : len(text)-1]
		}
		if text == "" || text == "0" || text == "null" {
			continue
		}
		at, err := strconv.ParseInt(text, 10, 64)
		if err != nil || at < 0 {
			return 0, fmt.Errorf("%q is no time in nanoseconds", text)
		}
		return at, nil
	}
	return 0, errors.New("a log record has no time")
}

func (record logRecord) metadata(common map[string]string, scope string) map[string]string {
	found := map[string]string{}
	for name, value := range common {
		found[name] = value
	}
	for _, one := range record.Attributes {
		found[labelName(one.Key)] = one.Value.text()
	}
	for name, value := range map[string]string{
		"scope_name": scope, "severity_text": record.SeverityText, "trace_id": record.TraceID, "span_id": record.SpanID,
	} {
		if value != "" {
			found[name] = value
		}
	}
	if record.SeverityNumber != 0 {
		found["severity_number"] = strconv.Itoa(record.SeverityNumber)
	}
	return found
}

// pushOTLP takes OTLP over HTTP as JSON, plain or compressed, all of it or nothing.
func pushOTLP(lines *store, received *atomic.Int64, under indexed) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
			http.Error(w, "this stand-in for Loki takes OTLP as application/json only", http.StatusUnsupportedMediaType)
			return
		}
		var request exportLogs
		body, err := plain(http.MaxBytesReader(w, r.Body, maxBody), r.Header.Get("Content-Encoding"))
		if err == nil {
			err = json.NewDecoder(body).Decode(&request)
		}
		var all []pushed
		count := 0
		if err == nil {
			all, count, err = request.pushed(under)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
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

// plain reads a body as it was before it was compressed, and no more of it than any body may have.
func plain(body io.Reader, encoding string) (io.Reader, error) {
	switch encoding {
	case "", "identity":
		return body, nil
	case "gzip":
		unpacked, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		return io.LimitReader(unpacked, maxBody), nil
	}
	return nil, fmt.Errorf("this stand-in for Loki does not know the encoding %q", encoding)
}
