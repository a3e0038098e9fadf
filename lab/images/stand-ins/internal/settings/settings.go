// Package settings reads of a service's own YAML file what its stand-in uses: values on one line, by the keys that lead
// to them. It knows no more of YAML than the files under configs/ need.
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
		if item, isItem := strings.CutPrefix(words, "- "); isItem {
			words = strings.TrimLeft(item, " ")
		}
		indent := len(line) - len(words)
		key, value, isPair := strings.Cut(words, ":")
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
