package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"understudy.invalid/lab/images/stand-ins/internal/disk"
)

// The one tenant of a Loki that asks nobody who he is.
const tenant = "fake"

// chunk is a file with lines of one stream: CHUNKS/fake/STREAM/FROM-THROUGH-CHECKSUM, all hexadecimal. Its first line is
// the labels, each other one a time, the words of a log line and, where it has some, its metadata, as JSON.
type chunk struct {
	file   string
	labels map[string]string
	// Time of its first and its last line.
	from, through int64
}

func (c chunk) overlaps(when span) bool { return c.from < when.until && c.through >= when.from }

// writeChunk keeps a stream's lines on the disk.
func writeChunk(folder, workFolder string, one *stream) (chunk, error) {
	lines := one.sorted()
	content := append([]byte(keyOf(one.labels)), '\n')
	for _, each := range lines {
		parts := []any{each.at, each.text}
		if each.metadata != "" {
			parts = append(parts, each.metadata)
		}
		entry, err := json.Marshal(parts)
		if err != nil {
			return chunk{}, err
		}
		content = append(append(content, entry...), '\n')
	}
	stream := fnv.New64a()
	_, _ = stream.Write([]byte(keyOf(one.labels)))
	made := chunk{labels: one.labels, from: lines[0].at, through: lines[len(lines)-1].at}
	name := fmt.Sprintf("%016x-%016x-%s", made.from, made.through, checksum(content))
	made.file = filepath.Join(folder, tenant, fmt.Sprintf("%016x", stream.Sum64()), name)
	return made, disk.WriteWhole(workFolder, made.file, content)
}

func checksum(content []byte) string {
	sum := sha256.Sum256(content)
	return fmt.Sprintf("%x", sum[:8])
}

// read gives the lines of a chunk.
func (c chunk) read() ([]line, error) {
	content, err := os.ReadFile(c.file)
	if err != nil {
		return nil, err
	}
	if !strings.HasSuffix(c.file, checksum(content)) {
		return nil, fmt.Errorf("%s is not what was written", c.file)
	}
	_, rest, _ := bytes.Cut(content, []byte("\n"))
	var lines []line
	for _, entry := range bytes.Split(bytes.TrimSpace(rest), []byte("\n")) {
		one := line{}
		if err := json.Unmarshal(entry, &[]any{&one.at, &one.text, &one.metadata}); err != nil {
			return nil, fmt.Errorf("%s: %w", c.file, err)
		}
		lines = append(lines, one)
	}
	return lines, nil
}

var chunkName = regexp.MustCompile(`^([0-9a-f]{16})-([0-9a-f]{16})-[0-9a-f]{16}$`)

// findChunks knows every chunk of a folder by its name and labels. Other files, such as the real Loki's, are left alone.
func findChunks(folder string) ([]chunk, error) {
	var found []chunk
	err := filepath.WalkDir(filepath.Join(folder, tenant), func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() || !chunkName.MatchString(entry.Name()) {
			return err
		}
		one, err := describeChunk(name)
		found = append(found, one)
		return err
	})
	return found, err
}

func describeChunk(name string) (chunk, error) {
	one := chunk{file: name}
	times := chunkName.FindStringSubmatch(filepath.Base(name))
	one.from, _ = strconv.ParseInt(times[1], 16, 64)
	one.through, _ = strconv.ParseInt(times[2], 16, 64)
	file, err := os.Open(name)
	if err != nil {
		return chunk{}, err
	}
	defer func() { _ = file.Close() }()
	labels, err := bufio.NewReader(file).ReadBytes('\n')
	if err != nil {
		return chunk{}, fmt.Errorf("%s: %w", name, err)
	}
	return one, json.Unmarshal(labels, &one.labels)
}
