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

// matcher is one condition of a stream selector; a label that is not there is empty.
type matcher struct {
	label   string
	wanted  *regexp.Regexp
	negated bool
}

func (m matcher) holds(labels map[string]string) bool {
	return m.wanted.MatchString(labels[m.label]) != m.negated
}

// parseSelector reads a stream selector such as {job="x",host=~"a|b"}, all that this stand-in knows of LogQL.
func parseSelector(query string) (func(labels map[string]string) bool, error) {
	rest, isSelector := strings.CutPrefix(strings.TrimSpace(query), "{")
	if !isSelector {
		return nil, errors.New("this stand-in for Loki knows stream selectors only, such as {job=\"x\"}")
	}
	var all []matcher
	narrows, closed := false, false
	for !closed {
		parts := matcherPattern.FindStringSubmatch(rest)
		if parts == nil {
			return nil, fmt.Errorf("parse error in the stream selector at %q", rest)
		}
		value, err := strconv.Unquote(parts[3])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", parts[3], err)
		}
		if !strings.HasSuffix(parts[2], "~") {
			value = regexp.QuoteMeta(value)
		}
		wanted, err := regexp.Compile("^(?s:" + value + ")$")
		if err != nil {
			return nil, err
		}
		next := matcher{parts[1], wanted, strings.HasPrefix(parts[2], "!")}
		narrows = narrows || !next.holds(nil)
		all = append(all, next)
		closed, rest = parts[4] == "}", rest[len(parts[0]):]
	}
	if strings.TrimSpace(rest) != "" {
		return nil, fmt.Errorf("this stand-in for Loki knows stream selectors only, not %q", rest)
	}
	if !narrows {
		return nil, errors.New("queries require at least one matcher that does not have an empty-compatible value")
	}
	return func(labels map[string]string) bool {
		for _, one := range all {
			if !one.holds(labels) {
				return false
			}
		}
		return true
	}, nil
}
