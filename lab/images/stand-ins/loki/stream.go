package main

import (
	"encoding/json"
	"slices"
)

// line is one log line; the same words at the same time in the same stream are the same line, however often they came.
type line struct {
	// Nanoseconds since 1970.
	at   int64
	text string
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
	switch {
	case left.at != right.at:
		if left.at < right.at {
			return -1
		}
		return 1
	case left.text != right.text:
		if left.text < right.text {
			return -1
		}
		return 1
	}
	return 0
}

// span is a stretch of time in nanoseconds: from belongs to it, until does not.
type span struct{ from, until int64 }

func (s span) has(at int64) bool { return at >= s.from && at < s.until }
