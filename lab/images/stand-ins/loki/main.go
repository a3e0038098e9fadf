// Command loki stands in for Loki in the lab, where no image of the real one can be had: the same port, user, folders
// and command line, and the part of its HTTP interface that the pair uses. Lines are pushed as JSON, in Loki's own form
// or as OTLP, and read by stream selectors and label filters; there is no LogQL beyond those. Every answer says that it is a stand-in.
//
// A line is acknowledged when it is in the write-ahead log, on the disk. A flush, which a stop does too, moves lines to
// chunks: files named after what they hold, which never change, so that the chunks of two hosts join by name.
//
// It is ready at once; how it is made as slow as the real one, package service says.
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"
	"time"

	"understudy.invalid/lab/images/stand-ins/internal/service"
	"understudy.invalid/lab/images/stand-ins/internal/settings"
)

// After this time lines go to chunks also when nobody asks for it; old chunks are looked for as often.
const sweepEvery = 30 * time.Minute

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	file := flag.String("config.file", "", "Loki's own configuration file")
	health := flag.Bool("health", false, "ask the Loki that runs whether it is ready, and exit")
	healthURL := flag.String("health.url", "http://127.0.0.1:3100/ready", "where to ask")
	flag.Parse()
	if *health {
		if err := service.Healthy(*healthURL); err != nil {
			log.Print(err)
			os.Exit(1)
		}
		return
	}
	if err := run(*file); err != nil {
		log.Fatal(err)
	}
}

func run(file string) error {
	config, err := settings.Read(file)
	if err != nil {
		return err
	}
	chunks, err := config.Required("common.storage.filesystem.chunks_directory")
	if err != nil {
		return err
	}
	prefix, err := config.Required("common.path_prefix")
	if err != nil {
		return err
	}
	retention, err := config.Duration("limits_config.retention_period", 0)
	if err != nil {
		return err
	}
	lines, err := openStore(chunks, config.Text("ingester.wal.dir", filepath.Join(prefix, "wal")))
	if err != nil {
		return err
	}
	go func() {
		for range time.Tick(sweepEvery) {
			if err := lines.sweep(time.Now().Add(-retention), retention > 0); err != nil {
				log.Printf("sweep: %v", err)
			}
		}
	}()
	address := config.Text("server.http_listen_address", "") + ":" + config.Text("server.http_listen_port", "3100")
	under := indexedBy(config.Words("limits_config.otlp_config.resource_attributes.attributes_config.attributes"))
	listeners := []service.Listener{{Address: address, Handler: routes(lines, service.Begin(), under)}}
	return service.Run("Loki", listeners, 0, func() error {
		if config.Text("ingester.wal.flush_on_shutdown", "false") != "true" {
			return nil
		}
		return lines.flush()
	})
}
