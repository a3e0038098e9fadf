package main

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"math"
	"strconv"
)

// object is a message as OTLP has it in JSON.
type object = map[string]any

// The wire types of protocol buffers that OTLP uses.
const (
	varint    = 0
	fixed64   = 1
	delimited = 2
	fixed32   = 5
)

var errWire = errors.New("not an OTLP message in protocol buffers")

// value is one field as it came: a number, or bytes.
type value struct {
	number uint64
	bytes  []byte
}

// field says how a field is called in JSON, how it is written there, and whether it may come several times.
type field struct {
	name     string
	wire     int
	render   func(value) (any, error)
	repeated bool
}

type message map[int]field

// decode reads a message. Fields that it does not know are left out.
func (m message) decode(content []byte) (object, error) {
	found := object{}
	for len(content) > 0 {
		key, size := binary.Uvarint(content)
		if size <= 0 {
			return nil, errWire
		}
		wire := int(key & 7)
		came, rest, err := next(wire, content[size:])
		if err != nil {
			return nil, err
		}
		content = rest
		known, there := m[int(key>>3)]
		if !there {
			continue
		}
		if known.wire != wire {
			return nil, errWire
		}
		rendered, err := known.render(came)
		if err != nil {
			return nil, err
		}
		if !known.repeated {
			found[known.name] = rendered
			continue
		}
		list, _ := found[known.name].([]any)
		found[known.name] = append(list, rendered)
	}
	return found, nil
}

func next(wire int, content []byte) (value, []byte, error) {
	size := map[int]int{fixed64: 8, fixed32: 4}[wire]
	switch {
	case wire == varint:
		number, size := binary.Uvarint(content)
		if size > 0 {
			return value{number: number}, content[size:], nil
		}
	case wire == delimited:
		length, size := binary.Uvarint(content)
		if size > 0 && length <= uint64(len(content)-size) {
			end := size + int(length)
			return value{bytes: content[size:end]}, content[end:], nil
		}
	case size == 8 && len(content) >= size:
		return value{number: binary.LittleEndian.Uint64(content)}, content[size:], nil
	case size == 4 && len(content) >= size:
		return value{number: uint64(binary.LittleEndian.Uint32(content))}, content[size:], nil
	}
	return value{}, nil, errWire
}

func text(v value) (any, error) { return string(v.bytes), nil }

// id is hexadecimal, as OTLP in JSON has ids.
func id(v value) (any, error) { return hex.EncodeToString(v.bytes), nil }

func base64Bytes(v value) (any, error) { return v.bytes, nil }

func number(v value) (any, error) { return v.number, nil }

func boolean(v value) (any, error) { return v.number != 0, nil }

// long is text: JSON has no whole numbers of 64 bits.
func long(v value) (any, error) { return strconv.FormatUint(v.number, 10), nil }

func signedLong(v value) (any, error) { return strconv.FormatInt(int64(v.number), 10), nil }

func double(v value) (any, error) {
	float := math.Float64frombits(v.number)
	if math.IsNaN(float) || math.IsInf(float, 0) {
		return strconv.FormatFloat(float, 'g', -1, 64), nil
	}
	return float, nil
}

func nested(m message) func(value) (any, error) {
	return func(v value) (any, error) { return m.decode(v.bytes) }
}
