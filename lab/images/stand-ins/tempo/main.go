// Command tempo stands in for Tempo in the lab, where no image of the real one can be had: the same ports, user, folders
// and command line, and the part of its HTTP interface that the pair uses. Spans come as OTLP over HTTP, in protocol
// buffers or JSON, and are looked up by their trace's id; there is no search. Every answer says that it is a stand-in.
//
// A span is acknowledged when it is in the write-ahead log, on the disk. A flush, which a stop does too, moves spans to
// a block: a folder with a name of its own that never changes, so that the blocks of two hosts join by name. After
// /shutdown everything is in blocks and no span is taken.
//
// It is ready, and stops, at once; how it is made as slow as the real one, package service says.
package main

import (
	"flag"
	"log"
	"time"

	"understudy.invalid/lab/images/stand-ins/internal/service"
	"understudy.invalid/lab/images/stand-ins/internal/settings"
)

const (
	// What the real one sleeps at a stop.
	slowStop = 30 * time.Second
	// How often is looked for blocks whose time has come.
	forgetEvery = 10 * time.Minute
)

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	file := flag.String("config.file", "", "Tempo's own configuration file")
	flag.Parse()
	if err := run(*file); err != nil {
		log.Fatal(err)
	}
}

func run(file string) error {
	config, err := settings.Read(file)
	if err != nil {
		return err
	}
	logFolder, err := config.Required("storage.trace.wal.path")
	if err != nil {
		return err
	}
	blocks, err := config.Required("storage.trace.local.path")
	if err != nil {
		return err
	}
	otlp, err := config.Required("distributor.receivers.otlp.protocols.http.endpoint")
	if err != nil {
		return err
	}
	retention, err := config.Duration("compactor.compaction.block_retention", 14*24*time.Hour)
	if err != nil {
		return err
	}
	blockAge, err := config.Duration("ingester.max_block_duration", 30*time.Minute)
	if err != nil {
		return err
	}
	spans, err := openStore(blocks, logFolder)
	if err != nil {
		return err
	}
	go every(blockAge, spans.flush)
	go every(forgetEvery, func() error { return spans.forget(time.Now().Add(-retention)) })
	address := config.Text("server.http_listen_address", "") + ":" + config.Text("server.http_listen_port", "3200")
	listeners := []service.Listener{
		{Address: address, Handler: queryRoutes(spans, service.Begin())},
		{Address: otlp, Handler: receiverRoutes(spans)},
	}
	return service.Run("Tempo", listeners, slowStop, spans.flush)
}

func every(period time.Duration, work func() error) {
	for range time.Tick(period) {
		if err := work(); err != nil {
			log.Print(err)
		}
	}
}
