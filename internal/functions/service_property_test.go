package functions_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"smew/internal/engine"
)

var commandWords = []string{
	"sc", "sc.exe", `"sc"`, "cmd /c", "reg", "wmic", "nssm", "powershell", "create", "config", "add", "install", `\\host`, `\\`, "binPath=", "binpath=x", "obj=",
	`"`, `\"`, `""`, "'", "`", "^", "&", "|", "\n", "\t", "=", "/v", "/d", "Start", "0x2", "ImagePath", `HKLM\SYSTEM\CurrentControlSet\Services\X`,
	"New-Service", "-Name", "-enc", "–e", "X", `C:\a b.exe`, "é", "\u212a", "\x02", "\x03", "{", ")", ",", ";", ".create(", "Win32_Service", "",
}

// TestServiceLaws: whatever a command line holds, each function has an answer, and
// what is hidden in an encoded command is never an error.
func TestServiceLaws(t *testing.T) {
	functions := []string{
		"service_command_verb(c)", "service_command_name(c)", "service_command_payload(c)", "service_command_host(c)", "sc_changes_service(c)",
		"reg_changes_service(c)", "wmic_changes_service(c)", "wrapper_changes_service(c)", "is_remote_service_command(c)",
		"powershell_text(c)", "powershell_verb(c)", "is_service_script(c)", "decoded_command(c)", "may_change_service(c)",
		"is_strange_payload(c, image_path(c), image_stem(c))", "is_nonstandard(image_path(c))", "has_signature(service_signature(c, c, c, c), ['x'])",
	}
	var nulls []string
	for _, f := range functions {
		nulls = append(nulls, "("+f+") is null")
	}
	e := open(t)
	command := rapid.Custom(func(t *rapid.T) string {
		words := rapid.SliceOfN(rapid.SampledFrom(commandWords), 0, 9).Draw(t, "words")
		if rapid.Bool().Draw(t, "encoded") {
			words = append(words, "-enc", base64.StdEncoding.EncodeToString(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")))
		}
		return strings.Join(words, rapid.SampledFrom([]string{" ", " ", "", "  "}).Draw(t, "between"))
	})
	rapid.Check(t, func(t *rapid.T) {
		commands := rapid.SliceOfN(command, 40, 40).Draw(t, "commands")
		var c string
		var count int
		err := e.Scan(context.Background(), "select coalesce(max(c), ''), count(*) from (select unnest("+engine.QuoteTexts(commands)+") as c) where "+strings.Join(nulls, " or "), &c, &count)
		if err != nil {
			t.Fatalf("%v\n%q", err, commands)
		}
		if count > 0 {
			t.Errorf("%d commands have no answer, %q among them", count, c)
		}
	})
}
