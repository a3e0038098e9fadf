package main

import (
	"cmp"
	"encoding/json"
	"slices"
)

// line is one log line; the same words at the same time in the same stream are the same line, however often they came.
type line struct {
	// Nanoseconds since 1970.
	at   int64
	text string
	// Structured metadata in the form of keyOf; empty where the line came without.
	metadata string
}

// stream is the lines under one set of labels.
type stream struct {
	labels map[string]string
	lines  map[line]struct{}
}

// streams are by their labels, in the form of keyOf.
type streams map[string]*stream

// keyOf writes labels in one form only.
func keyOf(labels map[string]string) string {
	key, _ := json.Marshal(labels)
	return string(key)
}

func (s streams) add(labels map[string]string, lines ...line) {
	key := keyOf(labels)
	one, there := s[key]
	if !there {
		one = &stream{labels: labels, lines: map[line]struct{}{}}
		s[key] = one
	}
	for _, each := range lines {
		one.lines[each] = struct{}{}
	}
}

func (s streams) addAll(others streams) {
	for _, one := range others {
		s.add(one.labels, one.sorted()...)
	}
}

// sorted gives the lines by time, and those of one time by their words.
func (s *stream) sorted() []line {
	lines := make([]line, 0, len(s.lines))
	for one := range s.lines {
		lines = append(lines, one)
	}
	slices.SortFunc(lines, compareLines)
	return lines
}

func compareLines(left, right line) int {
	return cmp.Or(
		cmp.Compare(left.at, right.at), cmp.Compare(left.text, right.text), cmp.Compare(left.metadata, right.metadata),
	)
}

// with is the labels of a line's stream and the line's own metadata, as an answer has them.
func (l line) with(labels map[string]string) map[string]string {
	if l.metadata == "" {
		return labels
	}
	all := map[string]string{}
	// It was written by keyOf.
	_ = json.Unmarshal([]byte(l.metadata), &all)
	for name, value := range labels {
		all[name] = value
	}
	return all
}

// span is a stretch of time in nanoseconds: from belongs to it, until does not.
type span struct{ from, until int64 }

func (s span) has(at int64) bool { return at >= s.from && at < s.until }
