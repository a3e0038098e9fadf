// Tempo 1.5 as one program for the lab. Its own main relies on the order in which Go before 1.21 initialised packages:
// built with a newer Go, gRPC's codec takes the place of Tempo's and the first span ends the process. This main
// registers a codec that knows both kinds of message, last.
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"

	gogo "github.com/gogo/protobuf/proto"
	"github.com/grafana/tempo/cmd/tempo/app"
	"github.com/grafana/tempo/pkg/util/log"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto"
	"google.golang.org/protobuf/proto"
	"gopkg.in/yaml.v2"
)

// Version is set by the linker.
var Version = "unknown"

type bothKinds struct{}

func (bothKinds) Name() string { return "proto" }

func (bothKinds) Marshal(message any) ([]byte, error) {
	if modern, ok := message.(proto.Message); ok {
		return proto.Marshal(modern)
	}
	return gogo.Marshal(message.(gogo.Message))
}

func (bothKinds) Unmarshal(bytes []byte, message any) error {
	if modern, ok := message.(proto.Message); ok {
		return proto.Unmarshal(bytes, modern)
	}
	return gogo.Unmarshal(bytes, message.(gogo.Message))
}

func configuration(arguments []string) (*app.Config, error) {
	file := ""
	for _, argument := range arguments {
		if value, ok := strings.CutPrefix(argument, "-config.file="); ok {
			file = value
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("-config.file: %w", err)
	}
	config := &app.Config{}
	config.RegisterFlagsAndApplyDefaults("", flag.NewFlagSet("tempo", flag.ContinueOnError))
	if err := yaml.UnmarshalStrict(text, config); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	// What Tempo's own main does for its single-process mode: one ring, in memory, on this host.
	config.Ingester.LifecyclerConfig.RingConfig.KVStore.Store = "inmemory"
	config.Ingester.LifecyclerConfig.RingConfig.ReplicationFactor = 1
	config.Ingester.LifecyclerConfig.Addr = "127.0.0.1"
	config.Generator.Ring.KVStore.Store = "inmemory"
	config.Generator.Ring.InstanceAddr = "127.0.0.1"
	return config, nil
}

func run(arguments []string) error {
	encoding.RegisterCodec(bothKinds{})
	config, err := configuration(arguments)
	if err != nil {
		return err
	}
	log.InitLogger(&config.Server)
	tempo, err := app.New(*config)
	if err != nil {
		return err
	}
	return tempo.Run()
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "tempo %s: %v\n", Version, err)
		os.Exit(1)
	}
}
