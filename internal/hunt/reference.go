package hunt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"smew/internal/engine"
)

const weightsFile = "reference/weights.csv"

// attachReference puts the data that scores are made of beside the events:
// the weights of the reasons, the branches' base scores and titles.
func (h *Hunt) attachReference(ctx context.Context) error {
	text, err := fs.ReadFile(h.req.SQL, weightsFile)
	if err != nil {
		return err
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return fmt.Errorf("sql/%s: %w", weightsFile, err)
	}
	var values []string
	for i, r := range rows[1:] {
		values = append(values, fmt.Sprintf("(%s, %s, %s, %s, %s, %s, %d)",
			engine.QuoteText(r[0]), engine.QuoteText(r[1]), castText(r[2], "integer"), castText(r[3], "boolean"), castText(r[4], "integer"), engine.QuoteText(r[5]), i+1))
	}
	if err := h.e.Exec(ctx, "create or replace temp table weights as select * from (values "+strings.Join(values, ", ")+
		") as t(ReasonId, Grp, Points, Pierces, Floor, Text, Place)"); err != nil {
		return fmt.Errorf("sql/%s: %w", weightsFile, err)
	}
	return h.attachBranches(ctx)
}

// attachBranches makes the table branches. Strength orders them: by base score, then
// by id, as one number, which costs less to compare than both.
func (h *Hunt) attachBranches(ctx context.Context) error {
	ordered := slices.SortedFunc(slices.Values(h.plan.branches), func(a, b *planned) int { return strings.Compare(a.ID, b.ID) })
	values := []string{"(null::varchar, null::integer, null::varchar, null::varchar, null::bigint)"}
	for i, b := range ordered {
		values = append(values, fmt.Sprintf("(%s, %d, %s, %s, %d)",
			engine.QuoteText(b.ID), b.Score, engine.QuoteText(b.Title), engine.QuoteText(b.Technique), b.Score*100_000+i))
	}
	return h.e.Exec(ctx, "create or replace temp table branches as select * from (values "+strings.Join(values, ", ")+
		") as t(BranchId, Score, Title, Technique, Strength)")
}

// castText lets the database judge a number of a data file, with its own words
// for one that is none.
func castText(s, sqlType string) string {
	return "cast(" + engine.QuoteText(s) + " as " + sqlType + ")"
}

// weightsVersion is a hash of the weights, for the record of a run.
func weightsVersion(files fs.FS) (string, error) {
	text, err := fs.ReadFile(files, weightsFile)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6]), nil
}
