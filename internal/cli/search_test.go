package cli

import (
	"testing"

	"smew/internal/allow"
	smewsql "smew/sql"
)

// The built-in entries name branches that there are. A hunt without entries of the
// user's does not ask.
func TestBuiltinEntriesNameBranchesThatExist(t *testing.T) {
	all, err := (&branchFlags{}).read()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range all {
		ids = append(ids, all[i].ID)
	}
	if _, err := allow.LoadFor(ids, smewsql.Files, "allowlist", nil); err != nil {
		t.Error(err)
	}
}
