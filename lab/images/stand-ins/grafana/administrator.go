package main

import (
	"bufio"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"understudy.invalid/lab/images/stand-ins/internal/disk"
)

// Grafana's own bounds: so many wrong logins within this time, and nobody is let in for the rest of it.
const (
	mostWrong   = 5
	wrongWithin = 5 * time.Minute
	shortest    = 4
	rounds      = 10_000
	keyBytes    = 32
)

// administrator is the one user. A verifier of its password lies in the data folder, as Grafana has one in its database:
// what the environment says counts when there is none yet.
type administrator struct {
	name   string
	folder string
	now    func() time.Time

	mutex sync.Mutex
	wrong []time.Time
}

func (a *administrator) file() string { return filepath.Join(a.folder, "administrator") }

// begin takes the password of the environment where the data have none.
func (a *administrator) begin(password string) error {
	_, err := os.Stat(a.file())
	if errors.Is(err, os.ErrNotExist) {
		return a.set(password)
	}
	return err
}

func (a *administrator) set(password string) error {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	key, err := pbkdf2.Key(sha256.New, password, salt, rounds, keyBytes)
	if err != nil {
		return err
	}
	return disk.WriteWhole(a.folder, a.file(), []byte(hex.EncodeToString(salt)+" "+hex.EncodeToString(key)+"\n"))
}

// knows looks at the data each time: a command changes them while the server runs.
func (a *administrator) knows(name, password string) bool {
	content, err := os.ReadFile(a.file())
	if err != nil {
		return false
	}
	first, second, _ := strings.Cut(strings.TrimSpace(string(content)), " ")
	salt, errSalt := hex.DecodeString(first)
	want, errKey := hex.DecodeString(second)
	have, errHave := pbkdf2.Key(sha256.New, password, salt, rounds, keyBytes)
	right := subtle.ConstantTimeCompare(have, want) == 1
	return errors.Join(errSalt, errKey, errHave) == nil && right && name == a.name
}

// lets says whether somebody comes in; a wrong password counts, and a right one after too many of them does not help.
func (a *administrator) lets(name, password string) bool {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	limit := a.now().Add(-wrongWithin)
	a.wrong = slices.DeleteFunc(a.wrong, func(at time.Time) bool { return at.Before(limit) })
	if len(a.wrong) >= mostWrong {
		return false
	}
	if a.knows(name, password) {
		return true
	}
	a.wrong = append(a.wrong, a.now())
	return false
}

// only lets a request through when it carries the administrator's name and password.
func (a *administrator) only(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		name, word, _ := r.BasicAuth()
		if !a.lets(name, word) {
			answer(w, http.StatusUnauthorized, map[string]any{"message": "Invalid username or password"})
			return
		}
		next(w, r)
	}
}

// command answers `grafana cli admin reset-admin-password --password-from-stdin`, and knows no other.
func command(words []string, admin *administrator, in io.Reader, out io.Writer) error {
	known := []string{"cli", "admin", "reset-admin-password", "--password-from-stdin"}
	if !slices.Equal(words, known) {
		return fmt.Errorf("the stand-in knows no command but: grafana %s", strings.Join(known, " "))
	}
	lines := bufio.NewScanner(in)
	if !lines.Scan() {
		return errors.New("can't read password from stdin")
	}
	if len(lines.Text()) <= shortest {
		return errors.New("new password is too short")
	}
	if err := admin.set(lines.Text()); err != nil {
		return err
	}
	fmt.Fprintln(out, "Admin password changed successfully")
	return nil
}
