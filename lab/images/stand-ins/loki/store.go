package main

import (
	"encoding/json"
	"errors"
	"os"
	"sync"
	"time"

	"understudy.invalid/lab/images/stand-ins/internal/disk"
)

// pushed is what came for one stream; it lies in the write-ahead log as JSON.
type pushed struct {
	Labels map[string]string `json:"labels"`
	Times  []int64           `json:"times"`
	Words  []string          `json:"words"`
	// Of each line in the form of keyOf; absent where the lines came without.
	Metadata []string `json:"metadata,omitempty"`
}

func (p pushed) lines() []line {
	lines := make([]line, len(p.Times))
	for index := range p.Times {
		lines[index] = line{at: p.Times[index], text: p.Words[index]}
		if len(p.Metadata) > index {
			lines[index].metadata = p.Metadata[index]
		}
	}
	return lines
}

// store is all lines there are: those in the write-ahead log, which are in memory too, and those in chunks.
type store struct {
	folder, workFolder string

	flushing sync.Mutex

	mutex sync.Mutex
	log   *disk.Log
	// In the log alone; and on their way from there into chunks.
	recent, leaving streams
	chunks          []chunk
}

// openStore reads what is on the disk.
func openStore(folder, logFolder string) (*store, error) {
	if err := disk.MakeFolder(folder); err != nil {
		return nil, err
	}
	s := &store{folder: folder, workFolder: logFolder, recent: streams{}, leaving: streams{}}
	var err error
	if s.log, err = disk.OpenLog(logFolder, s.replay); err != nil {
		return nil, err
	}
	s.chunks, err = findChunks(folder)
	return s, err
}

func (s *store) replay(entry []byte) error {
	var all []pushed
	if err := json.Unmarshal(entry, &all); err != nil {
		return err
	}
	s.remember(all)
	return nil
}

func (s *store) remember(all []pushed) {
	for _, one := range all {
		s.recent.add(one.Labels, one.lines()...)
	}
}

// push keeps lines; when it returns they are on the disk.
func (s *store) push(all []pushed) error {
	entry, err := json.Marshal(all)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err := s.log.Append(entry); err != nil {
		return err
	}
	s.remember(all)
	return nil
}

// flush moves every line into a chunk. What is pushed meanwhile goes into a new segment of the log.
func (s *store) flush() error {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	s.mutex.Lock()
	sealed, err := s.log.Seal()
	s.leaving, s.recent = s.recent, streams{}
	s.mutex.Unlock()

	var made []chunk
	for _, one := range s.leaving {
		if err != nil {
			break
		}
		var next chunk
		if next, err = writeChunk(s.folder, s.workFolder, one); err == nil {
			made = append(made, next)
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err != nil {
		// They are in the log still; chunks that were made have the same lines.
		s.recent.addAll(s.leaving)
		s.leaving = streams{}
		return err
	}
	s.chunks = append(s.chunks, made...)
	s.leaving = streams{}
	return s.log.Remove(sealed)
}

// sweep flushes, and forgets chunks that end before a moment, where that is wanted.
func (s *store) sweep(before time.Time, forget bool) error {
	if err := s.flush(); err != nil || !forget {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	kept := make([]chunk, 0, len(s.chunks))
	for _, one := range s.chunks {
		if one.through >= before.UnixNano() {
			kept = append(kept, one)
		} else if err := os.Remove(one.file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	s.chunks = kept
	return nil
}

// find gives the lines of a stretch of time whose streams are chosen.
func (s *store) find(when span, chooses func(map[string]string) bool) (streams, error) {
	found := streams{}
	var inChunks []chunk
	s.mutex.Lock()
	for _, part := range []streams{s.recent, s.leaving} {
		for _, one := range part {
			if chooses(one.labels) {
				addWithin(found, when, one.labels, one.sorted())
			}
		}
	}
	for _, one := range s.chunks {
		if one.overlaps(when) && chooses(one.labels) {
			inChunks = append(inChunks, one)
		}
	}
	s.mutex.Unlock()
	for _, one := range inChunks {
		lines, err := one.read()
		// Its time may have come meanwhile.
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		addWithin(found, when, one.labels, lines)
	}
	return found, nil
}

func addWithin(found streams, when span, labels map[string]string, lines []line) {
	for _, one := range lines {
		if when.has(one.at) {
			found.add(labels, one)
		}
	}
}

// labelSets gives the labels of the streams that have, or may have, lines in a stretch of time.
func (s *store) labelSets(when span) []map[string]string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var sets []map[string]string
	for _, part := range []streams{s.recent, s.leaving} {
		for _, one := range part {
			for each := range one.lines {
				if when.has(each.at) {
					sets = append(sets, one.labels)
					break
				}
			}
		}
	}
	for _, one := range s.chunks {
		if one.overlaps(when) {
			sets = append(sets, one.labels)
		}
	}
	return sets
}

// inMemory counts the streams of which there are lines in the log.
func (s *store) inMemory() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.recent) + len(s.leaving)
}
