package disk

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	segmentSuffix = ".log"
	// Each entry comes after its length and its checksum, four bytes each.
	headBytes = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Log is a write-ahead log of segments, files with names of their own: logs of two hosts join in one folder. It is not
// safe for use by several goroutines at a time.
type Log struct {
	folder string
	// Segments with entries that may be nowhere else, the one that is being written included.
	segments []string
	file     *os.File
	size     int64
}

// OpenLog hands every entry that lies in a folder to replay, and goes on with a new segment. A segment counts up to its
// first entry that is not whole: what comes there was never acknowledged.
func OpenLog(folder string, replay func(entry []byte) error) (*Log, error) {
	if err := MakeFolder(folder); err != nil {
		return nil, err
	}
	found, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	log := &Log{folder: folder}
	for _, one := range found {
		name := filepath.Join(folder, one.Name())
		switch {
		case strings.HasSuffix(name, beingWritten):
			err = os.RemoveAll(name)
		case strings.HasSuffix(name, segmentSuffix):
			log.segments = append(log.segments, name)
			err = replaySegment(name, replay)
		}
		if err != nil {
			return nil, err
		}
	}
	return log, nil
}

func replaySegment(name string, replay func([]byte) error) error {
	content, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for len(content) >= headBytes {
		length, sum := int(binary.BigEndian.Uint32(content)), binary.BigEndian.Uint32(content[4:])
		if length > len(content)-headBytes {
			return nil
		}
		entry := content[headBytes : headBytes+length]
		if crc32.Checksum(entry, castagnoli) != sum {
			return nil
		}
		if err := replay(entry); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		content = content[headBytes+length:]
	}
	return nil
}

// Append returns when the entry is on the disk. After an error the entry may be there or not, as its sender was told.
func (l *Log) Append(entry []byte) error {
	if l.file == nil {
		if err := l.begin(); err != nil {
			return err
		}
	}
	framed := make([]byte, headBytes, headBytes+len(entry))
	binary.BigEndian.PutUint32(framed, uint32(len(entry)))
	binary.BigEndian.PutUint32(framed[4:], crc32.Checksum(entry, castagnoli))
	framed = append(framed, entry...)
	// The next one takes the place of one that failed half-way.
	if _, err := l.file.WriteAt(framed, l.size); err != nil {
		return err
	}
	if err := l.file.Sync(); err != nil {
		return err
	}
	l.size += int64(len(framed))
	return nil
}

func (l *Log) begin() error {
	mark := make([]byte, 4)
	_, _ = rand.Read(mark)
	name := filepath.Join(l.folder, fmt.Sprintf("%016x-%x%s", time.Now().UnixNano(), mark, segmentSuffix))
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	l.segments = append(l.segments, name)
	if err := SyncFolder(l.folder); err != nil {
		return errors.Join(err, file.Close())
	}
	l.file, l.size = file, 0
	return nil
}

// Seal ends the segment that is being written, and returns all segments there are: the next entry begins another.
func (l *Log) Seal() ([]string, error) {
	var err error
	if l.file != nil {
		err = l.file.Close()
	}
	l.file = nil
	return append([]string(nil), l.segments...), err
}

// Remove takes sealed segments away, when all that is in them is kept elsewhere.
func (l *Log) Remove(sealed []string) error {
	for _, name := range sealed {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		l.segments = l.segments[1:]
	}
	return SyncFolder(l.folder)
}
