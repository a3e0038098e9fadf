package main

import (
	"encoding/json"
	"errors"
	"os"
	"slices"
	"sync"
	"time"

	"understudy.invalid/lab/images/stand-ins/internal/disk"
)

// errTerminated is said of spans that come after a shutdown.
var errTerminated = errors.New("Terminated")

// store is all spans there are: those in the write-ahead log, which are in memory too, and those in blocks.
type store struct {
	folder, workFolder string

	flushing sync.Mutex

	mutex sync.Mutex
	log   *disk.Log
	// In the log alone; and on their way from there into a block.
	live, leaving []taken
	blocks        []block
	terminated    bool
}

// openStore reads what is on the disk.
func openStore(folder, logFolder string) (*store, error) {
	if err := disk.MakeFolder(folder); err != nil {
		return nil, err
	}
	s := &store{folder: folder, workFolder: logFolder}
	var err error
	if s.log, err = disk.OpenLog(logFolder, s.replay); err != nil {
		return nil, err
	}
	s.blocks, err = findBlocks(folder)
	return s, err
}

func (s *store) replay(entry []byte) error {
	var spans []taken
	if err := json.Unmarshal(entry, &spans); err != nil {
		return err
	}
	s.live = append(s.live, spans...)
	return nil
}

// take keeps spans; when it returns they are on the disk.
func (s *store) take(spans []taken) error {
	entry, err := json.Marshal(spans)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.terminated {
		return errTerminated
	}
	if err := s.log.Append(entry); err != nil {
		return err
	}
	s.live = append(s.live, spans...)
	return nil
}

// shutdown takes no more spans, and flushes.
func (s *store) shutdown() error {
	s.mutex.Lock()
	s.terminated = true
	s.mutex.Unlock()
	return s.flush()
}

// isTerminated says whether everything is in blocks and nothing more is taken.
func (s *store) isTerminated() bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.terminated && len(s.live) == 0 && len(s.leaving) == 0
}

// flush moves every span into a block. What comes meanwhile goes into a new segment of the log.
func (s *store) flush() error {
	s.flushing.Lock()
	defer s.flushing.Unlock()
	s.mutex.Lock()
	sealed, err := s.log.Seal()
	s.leaving, s.live = s.live, nil
	s.mutex.Unlock()

	var made block
	if err == nil && len(s.leaving) > 0 {
		made, err = writeBlock(s.folder, s.workFolder, s.leaving)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if err != nil {
		// They are in the log still.
		s.live = append(s.leaving, s.live...)
		s.leaving = nil
		return err
	}
	if len(s.leaving) > 0 {
		s.blocks = append(s.blocks, made)
	}
	s.leaving = nil
	return s.log.Remove(sealed)
}

// forget removes blocks that were made before a moment.
func (s *store) forget(before time.Time) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	kept := make([]block, 0, len(s.blocks))
	for _, one := range s.blocks {
		if !one.Made.Before(before) {
			kept = append(kept, one)
		} else if err := os.RemoveAll(one.folder); err != nil {
			return err
		}
	}
	s.blocks = kept
	return nil
}

// find gives the spans of a trace, each once: what was sent twice, or is in the log and in a block, is one span.
func (s *store) find(traceID string) ([]taken, error) {
	var found []taken
	seen := map[string]struct{}{}
	add := func(spans []taken) {
		for _, one := range spans {
			if _, twice := seen[one.SpanID]; one.TraceID == traceID && !twice {
				seen[one.SpanID] = struct{}{}
				found = append(found, one)
			}
		}
	}
	s.mutex.Lock()
	add(s.leaving)
	add(s.live)
	blocks := slices.Clone(s.blocks)
	s.mutex.Unlock()
	for _, one := range blocks {
		if !slices.Contains(one.Traces, traceID) {
			continue
		}
		spans, err := one.read(traceID)
		// Its time may have come meanwhile.
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		add(spans)
	}
	return found, nil
}

// liveTraces counts the traces of which there are spans in the log.
func (s *store) liveTraces() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	traces := map[string]struct{}{}
	for _, part := range [][]taken{s.live, s.leaving} {
		for _, one := range part {
			traces[one.TraceID] = struct{}{}
		}
	}
	return len(traces)
}
