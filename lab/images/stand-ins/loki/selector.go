package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

var matcherPattern = regexp.MustCompile(
	`^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|` + "`[^`]*`" + `)\s*(,|\})`)

// One condition on labels and metadata, after the stream selector.
var filterPattern = regexp.MustCompile(
	`^\s*\|\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*("(?:[^"\\]|\\.)*"|` + "`[^`]*`" + `)`)

// matcher is one condition of a stream selector; a label that is not there is empty.
type matcher struct {
	label   string
	wanted  *regexp.Regexp
	negated bool
}

func (m matcher) holds(labels map[string]string) bool {
	return m.wanted.MatchString(labels[m.label]) != m.negated
}

// matchers are conditions that must all hold.
type matchers []matcher

func (m matchers) hold(labels map[string]string) bool {
	for _, one := range m {
		if !one.holds(labels) {
			return false
		}
	}
	return true
}

// query is a stream selector, and what is then asked of labels and metadata together.
type query struct{ streams, lines matchers }

// parseQuery reads a stream selector such as {job="x",host=~"a|b"} with label filters such as | drill_id="d" after it, all
// that this stand-in knows of LogQL.
func parseQuery(text string) (query, error) {
	rest, isSelector := strings.CutPrefix(strings.TrimSpace(text), "{")
	if !isSelector {
		return query{}, errors.New("this stand-in for Loki knows stream selectors only, such as {job=\"x\"}")
	}
	var asked query
	narrows, closed := false, false
	for !closed {
		parts := matcherPattern.FindStringSubmatch(rest)
		if parts == nil {
			return query{}, fmt.Errorf("parse error in the stream selector at %q", rest)
		}
		next, err := newMatcher(parts)
		if err != nil {
			return query{}, err
		}
		narrows = narrows || !next.holds(nil)
		asked.streams = append(asked.streams, next)
		closed, rest = parts[4] == "}", rest[len(parts[0]):]
	}
	for strings.TrimSpace(rest) != "" {
		parts := filterPattern.FindStringSubmatch(rest)
		if parts == nil {
			return query{}, fmt.Errorf("this stand-in for Loki knows stream selectors and label filters only, not %q", rest)
		}
		next, err := newMatcher(parts)
		if err != nil {
			return query{}, err
		}
		asked.lines, rest = append(asked.lines, next), rest[len(parts[0]):]
	}
	if !narrows {
		return query{}, errors.New("queries require at least one matcher that does not have an empty-compatible value")
	}
	return asked, nil
}

// newMatcher makes one of a pattern's parts: label, operator, quoted value.
func newMatcher(parts []string) (matcher, error) {
	value, err := strconv.Unquote(parts[3])
	if err != nil {
		return matcher{}, fmt.Errorf("%s: %w", parts[3], err)
	}
	if !strings.HasSuffix(parts[2], "~") {
		value = regexp.QuoteMeta(value)
	}
	wanted, err := regexp.Compile("^(?s:" + value + ")$")
	return matcher{parts[1], wanted, strings.HasPrefix(parts[2], "!")}, err
}
