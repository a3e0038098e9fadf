package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sort"
)

// A provider of dashboards names its folder in a line of its own.
var providerPath = regexp.MustCompile(`(?m)^\s+path:\s*(\S+)\s*$`)

// provisioned lists the uids of the dashboards that are provisioned as files. The stand-in draws none, and keeps none of
// them: Grafana itself has no such path, and lists them among the others.
func provisioned(provisioning string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		uids := []string{}
		providers, _ := filepath.Glob(filepath.Join(provisioning, "dashboards", "*.yaml"))
		for _, provider := range providers {
			text, err := os.ReadFile(provider)
			if err != nil {
				refuse(w, err)
				return
			}
			for _, found := range providerPath.FindAllStringSubmatch(string(text), -1) {
				uids = append(uids, uidsIn(found[1])...)
			}
		}
		sort.Strings(uids)
		answer(w, http.StatusOK, map[string]any{"uids": uids})
	}
}

// uidsIn reads the uid of every file of a folder; a file that is no dashboard has none.
func uidsIn(folder string) []string {
	files, _ := filepath.Glob(filepath.Join(folder, "*.json"))
	uids := []string{}
	for _, file := range files {
		var dashboard struct {
			UID string `json:"uid"`
		}
		if content, err := os.ReadFile(file); err == nil && json.Unmarshal(content, &dashboard) == nil && dashboard.UID != "" {
			uids = append(uids, dashboard.UID)
		}
	}
	return uids
}
