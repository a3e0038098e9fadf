// Package disk keeps what a service has acknowledged: files that appear whole, and a log whose entries are on the disk
// before they count.
package disk

import (
	"errors"
	"os"
	"path/filepath"
)

// beingWritten ends the name of a file that has not got its own name yet.
const beingWritten = ".new"

// WriteWhole makes a file that appears under its name in one step, when all of it is on the disk. Until then it lies in
// workFolder, which must be on the same file system.
func WriteWhole(workFolder, name string, content []byte) error {
	next := filepath.Join(workFolder, filepath.Base(name)+beingWritten)
	file, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return MoveWhole(next, name)
}

// MoveWhole gives a finished file or folder its name, and has the folder that it is in on the disk.
func MoveWhole(from, to string) error {
	if err := MakeFolder(filepath.Dir(to)); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

// MakeFolder makes a folder and those above it that are missing, on the disk.
func MakeFolder(folder string) error {
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if err := MakeFolder(filepath.Dir(folder)); err != nil {
		return err
	}
	if err := os.Mkdir(folder, 0o750); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return SyncFolder(filepath.Dir(folder))
}

// SyncFolder has the names in a folder on the disk.
func SyncFolder(folder string) error {
	opened, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(opened.Sync(), opened.Close())
}
