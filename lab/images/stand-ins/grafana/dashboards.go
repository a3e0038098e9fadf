package main

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"understudy.invalid/lab/images/stand-ins/internal/disk"
)

var (
	errInvalid  = errors.New("bad request data")
	errConflict = errors.New("the dashboard has been changed by someone else")

	uidPattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)
)

// dashboards keeps each dashboard in a file of its own, named after its uid.
type dashboards struct {
	folder string
	mutex  sync.Mutex
}

func (d *dashboards) file(uid string) (string, error) {
	if !uidPattern.MatchString(uid) {
		return "", fmt.Errorf("%w: a uid has 1 to 40 letters, digits, hyphens and underscores", errInvalid)
	}
	return filepath.Join(d.folder, uid+".json"), nil
}

func (d *dashboards) read(uid string) (map[string]any, error) {
	file, err := d.file(uid)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var dashboard map[string]any
	return dashboard, json.Unmarshal(content, &dashboard)
}

// save stores a dashboard on disk before it returns; without overwrite, only on top of the version it was made from.
func (d *dashboards) save(dashboard map[string]any, overwrite bool) (uid string, version int, err error) {
	if title, _ := dashboard["title"].(string); strings.TrimSpace(title) == "" {
		return "", 0, fmt.Errorf("%w: a dashboard needs a title", errInvalid)
	}
	if uid, _ = dashboard["uid"].(string); uid == "" {
		uid = newUID()
	}
	d.mutex.Lock()
	defer d.mutex.Unlock()

	before, err := d.read(uid)
	switch {
	case errors.Is(err, os.ErrNotExist):
		version = 1
	case err != nil:
		return "", 0, err
	case !overwrite && dashboard["version"] != before["version"]:
		return "", 0, errConflict
	default:
		number, _ := before["version"].(float64)
		version = int(number) + 1
	}
	dashboard["uid"], dashboard["version"] = uid, version
	return uid, version, d.write(uid, dashboard)
}

func (d *dashboards) write(uid string, dashboard map[string]any) error {
	file, err := d.file(uid)
	if err != nil {
		return err
	}
	content, err := json.Marshal(dashboard)
	if err != nil {
		return err
	}
	return disk.WriteWhole(d.folder, file, content)
}

func (d *dashboards) remove(uid string) error {
	file, err := d.file(uid)
	if err != nil {
		return err
	}
	return os.Remove(file)
}

// search lists the dashboards whose title contains the query, in the order of their uids.
func (d *dashboards) search(query string) ([]map[string]any, error) {
	files, err := filepath.Glob(filepath.Join(d.folder, "*.json"))
	if err != nil {
		return nil, err
	}
	found := []map[string]any{}
	for _, file := range files {
		uid := strings.TrimSuffix(filepath.Base(file), ".json")
		dashboard, err := d.read(uid)
		if err != nil {
			return nil, err
		}
		title, _ := dashboard["title"].(string)
		if strings.Contains(strings.ToLower(title), strings.ToLower(query)) {
			found = append(found, map[string]any{"uid": uid, "title": title, "type": "dash-db", "url": "/d/" + uid})
		}
	}
	return found, nil
}

func newUID() string {
	bytes := make([]byte, 7)
	_, _ = rand.Read(bytes)
	return hex.EncodeToString(bytes)
}
