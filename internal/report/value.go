package report

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"
)

// valueKind is how a value is to be shown.
type valueKind int

const (
	isText valueKind = iota
	isNumber
	isNull
)

// valueText is a value as people read it, not sanitised yet.
func valueText(v any) (string, valueKind) {
	switch v := v.(type) {
	case nil:
		return "NULL", isNull
	case string:
		return v, isText
	case []byte:
		return string(v), isText
	case json.RawMessage:
		return string(v), isText
	case time.Time:
		return v.UTC().Format("2006-01-02 15:04:05.999999999"), isText
	case *big.Int:
		if v == nil {
			return "NULL", isNull
		}
		return v.String(), isNumber
	case fmt.Stringer:
		return v.String(), isText
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fmt.Sprint(v), isNumber
	case reflect.Float32, reflect.Float64:
		return floatText(r.Float(), r.Type().Bits()), isNumber
	case reflect.Bool, reflect.String:
		return fmt.Sprint(v), isText
	}
	if text, err := encodeFlat(v); err == nil {
		return text, isText
	}
	return fmt.Sprint(v), isText
}

// floatText is a float without an exponent where that is readable.
func floatText(f float64, bits int) string {
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		return strconv.FormatFloat(f, 'g', -1, bits)
	}
	return strconv.FormatFloat(f, 'f', -1, bits)
}

// jsonValue is a value as JSON that is safe to print. What JSON has no word
// for (NaN, infinity) becomes text.
func jsonValue(v any) string {
	switch t := v.(type) {
	case []byte:
		v = string(t)
	case time.Time:
		v = forPrograms(t)
	case json.RawMessage:
		if !json.Valid(t) {
			v = string(t)
		}
	}
	if text, err := encodeFlat(v); err == nil {
		return text
	}
	plain, _ := valueText(v)
	text, err := encodeFlat(plain)
	if err != nil { // no text fails to encode
		panic(err)
	}
	return text
}
