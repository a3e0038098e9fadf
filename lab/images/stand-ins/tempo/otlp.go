package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// The messages of OTLP's traces, by field number; see opentelemetry/proto/trace/v1/trace.proto.
var (
	anyValue  = message{}
	keyValue  = message{1: {"key", delimited, text, false}, 2: {"value", delimited, nested(anyValue), false}}
	attribute = field{"attributes", delimited, nested(keyValue), true}
	dropped   = field{"droppedAttributesCount", varint, number, false}

	event = message{
		1: {"timeUnixNano", fixed64, long, false}, 2: {"name", delimited, text, false}, 3: attribute, 4: dropped,
	}
	link = message{
		1: {"traceId", delimited, id, false}, 2: {"spanId", delimited, id, false},
		3: {"traceState", delimited, text, false}, 4: attribute, 5: dropped, 6: {"flags", fixed32, number, false},
	}
	status = message{2: {"message", delimited, text, false}, 3: {"code", varint, number, false}}
	span   = message{
		1: {"traceId", delimited, id, false}, 2: {"spanId", delimited, id, false},
		3: {"traceState", delimited, text, false}, 4: {"parentSpanId", delimited, id, false},
		5: {"name", delimited, text, false}, 6: {"kind", varint, number, false},
		7: {"startTimeUnixNano", fixed64, long, false}, 8: {"endTimeUnixNano", fixed64, long, false},
		9: attribute, 10: dropped,
		11: {"events", delimited, nested(event), true}, 12: {"droppedEventsCount", varint, number, false},
		13: {"links", delimited, nested(link), true}, 14: {"droppedLinksCount", varint, number, false},
		15: {"status", delimited, nested(status), false}, 16: {"flags", fixed32, number, false},
	}
	scope = message{
		1: {"name", delimited, text, false}, 2: {"version", delimited, text, false}, 3: attribute, 4: dropped,
	}
	scopeSpans = message{
		1: {"scope", delimited, nested(scope), false}, 2: {"spans", delimited, nested(span), true},
		3: {"schemaUrl", delimited, text, false},
	}
	resource      = message{1: attribute, 2: dropped}
	resourceSpans = message{
		1: {"resource", delimited, nested(resource), false}, 2: {"scopeSpans", delimited, nested(scopeSpans), true},
		3: {"schemaUrl", delimited, text, false},
	}
	exportRequest = message{1: {"resourceSpans", delimited, nested(resourceSpans), true}}
)

func init() {
	// A value may hold lists of values.
	values := message{1: {"values", delimited, nested(anyValue), true}}
	pairs := message{1: {"values", delimited, nested(keyValue), true}}
	for number, one := range (message{
		1: {"stringValue", delimited, text, false}, 2: {"boolValue", varint, boolean, false},
		3: {"intValue", varint, signedLong, false}, 4: {"doubleValue", fixed64, double, false},
		5: {"arrayValue", delimited, nested(values), false}, 6: {"kvlistValue", delimited, nested(pairs), false},
		7: {"bytesValue", delimited, base64Bytes, false},
	}) {
		anyValue[number] = one
	}
}

// taken is one span with what it was sent under, as it lies in the write-ahead log and in blocks.
type taken struct {
	TraceID   string `json:"traceId"`
	SpanID    string `json:"spanId"`
	Resource  object `json:"resource"`
	Scope     object `json:"scope"`
	SchemaURL string `json:"schemaUrl,omitempty"`
	Span      object `json:"span"`
}

// fromProtobuf reads an export request in protocol buffers.
func fromProtobuf(content []byte) ([]taken, error) {
	request, err := exportRequest.decode(content)
	if err != nil {
		return nil, err
	}
	return spansOf(request)
}

// fromJSON reads one in JSON.
func fromJSON(content []byte) ([]taken, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	request := object{}
	if err := decoder.Decode(&request); err != nil {
		return nil, err
	}
	return spansOf(request)
}

func spansOf(request object) ([]taken, error) {
	var all []taken
	for _, ofResource := range objects(request["resourceSpans"]) {
		for _, ofScope := range objects(ofResource["scopeSpans"]) {
			for _, one := range objects(ofScope["spans"]) {
				traceID, err := idOf(one["traceId"], 16)
				if err != nil {
					return nil, fmt.Errorf("traceId: %w", err)
				}
				spanID, err := idOf(one["spanId"], 8)
				if err != nil {
					return nil, fmt.Errorf("spanId: %w", err)
				}
				resource, _ := ofResource["resource"].(object)
				scope, _ := ofScope["scope"].(object)
				schema, _ := ofScope["schemaUrl"].(string)
				all = append(all, taken{traceID, spanID, resource, scope, schema, one})
			}
		}
	}
	return all, nil
}

func objects(list any) []object {
	all, _ := list.([]any)
	found := make([]object, 0, len(all))
	for _, one := range all {
		if each, isObject := one.(object); isObject {
			found = append(found, each)
		}
	}
	return found
}

func idOf(came any, length int) (string, error) {
	text, _ := came.(string)
	bytes, err := hex.DecodeString(text)
	if err != nil || len(bytes) != length {
		return "", fmt.Errorf("%q has not %d bytes in hexadecimal digits", text, length)
	}
	for _, one := range bytes {
		if one != 0 {
			return hex.EncodeToString(bytes), nil
		}
	}
	return "", errors.New("all zeros")
}

var kinds = []string{
	"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL", "SPAN_KIND_SERVER", "SPAN_KIND_CLIENT", "SPAN_KIND_PRODUCER",
	"SPAN_KIND_CONSUMER",
}

// traceOf is what Tempo answers to the look-up of a trace: OTLP in JSON, with ids in base64 and kinds by name.
func traceOf(spans []taken) object {
	type batch struct {
		Resource   object   `json:"resource"`
		ScopeSpans []object `json:"scopeSpans"`
	}
	bySource, batches := map[string]*batch{}, []*batch{}
	for _, one := range spans {
		source, _ := json.Marshal([]any{one.Resource, one.Scope, one.SchemaURL})
		known := bySource[string(source)]
		if known == nil {
			known = &batch{one.Resource, []object{{"scope": one.Scope, "spans": []object{}}}}
			bySource[string(source)] = known
			batches = append(batches, known)
		}
		known.ScopeSpans[0]["spans"] = append(known.ScopeSpans[0]["spans"].([]object), shown(one.Span))
	}
	return object{"batches": batches}
}

func shown(span object) object {
	copied := object{}
	for name, value := range span {
		copied[name] = value
	}
	for _, name := range []string{"traceId", "spanId", "parentSpanId"} {
		text, _ := span[name].(string)
		if bytes, err := hex.DecodeString(text); err == nil && text != "" {
			copied[name] = base64.StdEncoding.EncodeToString(bytes)
		}
	}
	var kind int
	if _, err := fmt.Sscan(fmt.Sprint(span["kind"]), &kind); err == nil && kind >= 0 && kind < len(kinds) {
		copied["kind"] = kinds[kind]
	}
	return copied
}
