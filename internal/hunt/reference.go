package hunt

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
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
		values = append(values, fmt.Sprintf("(%s, %s, %s, %s, %s, %d)",
			engine.QuoteText(r[0]), castText(r[1], "integer"), castText(r[2], "boolean"), castText(r[3], "integer"), engine.QuoteText(r[4]), i+1))
	}
	if err := h.e.Exec(ctx, "create or replace temp table weights as select * from (values "+strings.Join(values, ", ")+
		") as t(ReasonId, Points, Pierces, Floor, Text, Place)"); err != nil {
		return fmt.Errorf("sql/%s: %w", weightsFile, err)
	}
	values = []string{"(null::varchar, null::integer, null::varchar)"}
	for _, b := range h.plan.branches {
		values = append(values, fmt.Sprintf("(%s, %d, %s)", engine.QuoteText(b.ID), b.Score, engine.QuoteText(b.Title)))
	}
	return h.e.Exec(ctx, "create or replace temp table branches as select * from (values "+strings.Join(values, ", ")+") as t(BranchId, Score, Title)")
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
