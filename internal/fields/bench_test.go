package fields_test

import (
	"fmt"
	"testing"

	"smew/internal/fields"
)

// BenchmarkRead gives the rate at which records of the streaming API are taken
// apart, of which a fifth of the fields is wanted.
func BenchmarkRead(b *testing.B) {
	const all = 60
	shape := fields.Shape{Inside: "properties", Beside: []string{"category"}}
	record := `{"time":"2026-08-22T00:01:25.540418Z","category":"AdvancedHunting-DeviceProcessEvents","properties":{`
	for i := range all {
		if i > 0 {
			record += ","
		}
		name := fmt.Sprintf("InitiatingProcessField%02d", i)
		switch i % 5 {
		case 0:
			shape.Fields = append(shape.Fields, name)
			record += `"` + name + `":"C:\\Windows\\System32\\svchost.exe -k netsvcs -p"`
		case 1:
			record += fmt.Sprintf(`"%s":%d`, name, i*1001)
		case 2:
			record += `"` + name + `":null`
		default:
			record += `"` + name + `":"62d3284f9b231123d05ad615eaf4f04c4e95172886e430eef4c68900ae50b93a"`
		}
	}
	record += "}}"
	r := fields.New(shape)
	b.SetBytes(int64(len(record)))
	text := []byte(record)
	for b.Loop() {
		if _, ok := r.Read(text); !ok {
			b.Fatal("left to the database")
		}
	}
}
