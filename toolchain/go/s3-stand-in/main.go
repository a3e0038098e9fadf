// The program s3-stand-in is an S3 server for the tests: objects in memory, one bucket, an address of its own on loopback.
// It prints the address, and ends with its standard input, so that none outlives the test that started it.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "s3-stand-in:", err)
		os.Exit(1)
	}
}

func serve(arguments []string) error {
	if len(arguments) != 1 {
		return fmt.Errorf("usage: s3-stand-in BUCKET")
	}
	objects := s3mem.New()
	if err := objects.CreateBucket(arguments[0]); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(listener.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(listener, gofakes3.New(objects).Server())
}
