// Package settings reads of a service's own YAML file what its stand-in uses: values on one line and lists of words, by the
// keys that lead to them. It knows no more of YAML than the files under configs/ need.
package settings

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Settings are values by their path, such as "server.http_listen_port".
type Settings map[string]string

// Read reads a file.
func Read(file string) (Settings, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("-config.file: %w", err)
	}
	return Parse(string(content)), nil
}

// Parse reads a text.
func Parse(text string) Settings {
	type level struct {
		indent int
		path   string
	}
	found := Settings{}
	above := []level{{indent: -1}}
	for _, line := range strings.Split(text, "\n") {
		// The items of a list are no values of ours; their keys only must not be taken for others.
		words := strings.TrimLeft(line, " ")
		item, isItem := strings.CutPrefix(words, "- ")
		if isItem {
			words = strings.TrimLeft(item, " ")
		}
		indent := len(line) - len(words)
		key, value, isPair := strings.Cut(words, ":")
		if isItem && !isPair {
			list := above[len(above)-1].path
			found[list] = strings.TrimPrefix(found[list]+", "+strings.Trim(strings.TrimSpace(words), `"`), ", ")
		}
		if !isPair || strings.HasPrefix(words, "#") {
			continue
		}
		for above[len(above)-1].indent >= indent {
			above = above[:len(above)-1]
		}
		path := strings.TrimPrefix(above[len(above)-1].path+"."+key, ".")
		if value = strings.Trim(strings.TrimSpace(value), `"`); value == "" {
			above = append(above, level{indent, path})
		} else {
			found[path] = value
		}
	}
	return found
}

// Text returns a value, or the fallback where there is none.
func (s Settings) Text(path, fallback string) string {
	if value, there := s[path]; there {
		return value
	}
	return fallback
}

// Words returns a list of words, in brackets on one line or an item a line; none where there is none.
func (s Settings) Words(path string) []string {
	return strings.FieldsFunc(s[path], func(one rune) bool { return strings.ContainsRune("[], \"", one) })
}

// Required returns a value. A file without it is not one that the service itself would start with.
func (s Settings) Required(path string) (string, error) {
	if value, there := s[path]; there {
		return value, nil
	}
	return "", fmt.Errorf("the configuration does not say %s", path)
}

// Duration returns a length of time such as "5m".
func (s Settings) Duration(path string, fallback time.Duration) (time.Duration, error) {
	value, there := s[path]
	if !there {
		return fallback, nil
	}
	length, err := time.ParseDuration(value)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", path, err)
	}
	return length, nil
}
