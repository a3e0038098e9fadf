package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"understudy.invalid/lab/images/stand-ins/internal/disk"
)

const (
	// The one tenant of a Tempo that asks nobody who he is.
	tenant   = "single-tenant"
	metaFile = "meta.json"
	dataFile = "data.json"
	// The format that a block's meta file names; a block of another one is left alone.
	format = "understudy-stand-in-1"
)

// block is a folder with spans: BLOCKS/single-tenant/ID, of which meta.json says what traces it has, and data.json has
// one span a line.
type block struct {
	folder string
	meta
}

type meta struct {
	Format  string    `json:"format"`
	BlockID string    `json:"blockID"`
	Tenant  string    `json:"tenantID"`
	Made    time.Time `json:"endTime"`
	Traces  []string  `json:"traces"`
}

// writeBlock keeps spans on the disk; the block appears whole.
func writeBlock(folder, workFolder string, spans []taken) (block, error) {
	mark := make([]byte, 16)
	_, _ = rand.Read(mark)
	made := block{meta: meta{
		Format: format, Tenant: tenant, Made: time.Now().UTC(),
		BlockID: fmt.Sprintf("%x-%x-%x-%x-%x", mark[:4], mark[4:6], mark[6:8], mark[8:10], mark[10:]),
	}}
	made.folder = filepath.Join(folder, tenant, made.BlockID)
	var data bytes.Buffer
	for _, one := range spans {
		if err := json.NewEncoder(&data).Encode(one); err != nil {
			return block{}, err
		}
		if !slices.Contains(made.Traces, one.TraceID) {
			made.Traces = append(made.Traces, one.TraceID)
		}
	}
	description, err := json.Marshal(made.meta)
	if err != nil {
		return block{}, err
	}
	next := filepath.Join(workFolder, made.BlockID+".new")
	if err := disk.MakeFolder(next); err != nil {
		return block{}, err
	}
	err = errors.Join(
		disk.WriteWhole(next, filepath.Join(next, dataFile), data.Bytes()),
		disk.WriteWhole(next, filepath.Join(next, metaFile), description),
	)
	if err == nil {
		err = disk.MoveWhole(next, made.folder)
	}
	if err != nil {
		return block{}, errors.Join(err, os.RemoveAll(next))
	}
	return made, nil
}

// read gives the spans of one trace.
func (b block) read(traceID string) ([]taken, error) {
	content, err := os.ReadFile(filepath.Join(b.folder, dataFile))
	if err != nil {
		return nil, err
	}
	var found []taken
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	for decoder.More() {
		var one taken
		if err := decoder.Decode(&one); err != nil {
			return nil, fmt.Errorf("%s: %w", b.folder, err)
		}
		if one.TraceID == traceID {
			found = append(found, one)
		}
	}
	return found, nil
}

// findBlocks knows every block of a folder. Other folders, such as the real Tempo's blocks, are left alone.
func findBlocks(folder string) ([]block, error) {
	entries, err := os.ReadDir(filepath.Join(folder, tenant))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found []block
	for _, entry := range entries {
		one := block{folder: filepath.Join(folder, tenant, entry.Name())}
		content, err := os.ReadFile(filepath.Join(one.folder, metaFile))
		if err != nil {
			continue
		}
		if err := json.Unmarshal(content, &one.meta); err == nil && one.Format == format {
			found = append(found, one)
		}
	}
	return found, nil
}
