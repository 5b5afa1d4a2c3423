package functions_test

import (
	"context"
	"testing"

	"smew/internal/view"
	"smew/sql"
)

func TestMasquerade(t *testing.T) {
	e := open(t)
	compareTable(t, e, "service_template.tsv", "name", "service_template")
	compareTable(t, e, "lookalike_folder.tsv", "path", "is_in_lookalike_folder")
	for _, r := range readTable(t, "masquerade.tsv", "name", "stock", "resembles") {
		compare(t, e, r, r.cells[2], "resembles", r.cells[0], r.cells[1])
	}
}

// A service whose image is no canonical path would never match.
func TestStockServices(t *testing.T) {
	e := open(t)
	contract, err := view.LoadContract(context.Background(), e, sql.Files)
	if err != nil {
		t.Fatal(err)
	}
	if err := contract.Need(context.Background(), e, "reference_stock_services"); err != nil {
		t.Fatal(err)
	}
	rows, err := e.Query(context.Background(), `
		select service || ': ' || image
		from reference_stock_services
		where service <> lower(service) or service = '' or display = '' or source = ''
			or replace(image, '*', '1') <> image_path('"' || replace(image, '*', '1') || '"')`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var row string
		if err := rows.Scan(&row); err != nil {
			t.Fatal(err)
		}
		t.Errorf("stock_services.csv: %s", row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
