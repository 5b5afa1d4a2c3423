package functions_test

import "testing"

// What PowerShell is told, whichever way it is spelled.
func TestPowerShell(t *testing.T) {
	answers(t, open(t), readTable(t, "powershell.tsv", "text", "decoded", "verb"), "decoded_command(c)", "powershell_verb(powershell_text(c))")
}
