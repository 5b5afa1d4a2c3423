package functions_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"smew/internal/engine"
	data "smew/internal/reference"
	"smew/sql"
)

var update = flag.Bool("update", false, "rewrite the model of ordinary names")

const (
	bigrams  = "../../sql/reference/name_bigrams.csv"
	surprise = "../../sql/reference/name_surprise.csv"
)

// ordinaryNames are the names that the model is trained on: Windows' own services and
// those of common products.
func ordinaryNames(tb testing.TB) []string {
	tb.Helper()
	stock, err := data.Read(sql.Files, "stock_services")
	if err != nil {
		tb.Fatal(err)
	}
	products, err := os.ReadFile("testdata/vendor_services.txt")
	if err != nil {
		tb.Fatal(err)
	}
	names := stock.Keys()
	for line := range strings.Lines(string(products)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			names = append(names, line)
		}
	}
	return names
}

// spelt are names as the model sees them, each once, in order.
func spelt(tb testing.TB, e *engine.Engine, names []string) []string {
	tb.Helper()
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = engine.QuoteText(n)
	}
	rows, err := e.Query(context.Background(), "select distinct name_letters(name) as letters from (select unnest(["+strings.Join(quoted, ", ")+"]) as name) order by letters")
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			tb.Fatal(err)
		}
		if strings.Trim(s, "^") != "" {
			list = append(list, s)
		}
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return list
}

// pairs are the pairs of letters of a name, as random_name_score takes them.
func pairs(letters string) []string {
	var list []string
	for i := range len(letters) - 1 {
		list = append(list, letters[i:i+2])
	}
	return list
}

// train counts pairs of letters: how many hundredths of a bit it takes to say the second
// when the first is known. A pair that is not met counts as a tenth of one that is.
func train(names []string) map[string]int {
	const alphabet = "^abcdefghijklmnopqrstuvwxyz"
	const unseen = 0.1
	count, after := map[string]float64{}, map[byte]float64{}
	for _, n := range names {
		for _, p := range pairs(n) {
			count[p]++
			after[p[0]]++
		}
	}
	cost := map[string]int{}
	for _, a := range []byte(alphabet) {
		for _, b := range []byte(alphabet) {
			if a == '^' && b == '^' {
				continue // no word is empty
			}
			p := string([]byte{a, b})
			cost[p] = int(math.Round(-100 * math.Log2((count[p]+unseen)/(after[a]+unseen*float64(len(alphabet))))))
		}
	}
	return cost
}

func bits(cost map[string]int, letters string) float64 {
	sum, list := 0, pairs(letters)
	for _, p := range list {
		sum += cost[p]
	}
	return math.Round(float64(sum)/float64(len(list))) / 100
}

// model writes the two tables: what each pair costs, and what share of the ordinary
// names stays below how many bits.
func model(names []string) (string, string) {
	cost := train(names)
	var all []float64
	for _, n := range names {
		if len(strings.ReplaceAll(n, "^", "")) >= 4 {
			all = append(all, bits(cost, n))
		}
	}
	slices.Sort(all)
	var b, s bytes.Buffer
	b.WriteString("# How surprising it is that the second letter follows the first in a service's name, in\n" +
		"# hundredths of a bit; ^ is the beginning or end of a word. Written by go test\n# ./internal/functions -run TestNameModel -update.\n")
	s.WriteString("# How many in a hundred of the names that name_bigrams.csv is made of have fewer bits a\n# pair of letters. Written with it.\n")
	source := fmt.Sprintf("counted over %d names: stock_services.csv and internal/functions/testdata/vendor_services.txt", len(names))
	costs, percentiles := [][]string{{"pair", "cost", "source"}}, [][]string{{"percentile", "bits", "source"}}
	for _, p := range slices.Sorted(maps.Keys(cost)) {
		costs = append(costs, []string{p, strconv.Itoa(cost[p]), source})
	}
	for _, p := range []int{50, 75, 90, 95, 99} {
		percentiles = append(percentiles, []string{strconv.Itoa(p), strconv.FormatFloat(all[len(all)*p/100], 'f', 2, 64), source})
	}
	// Written to memory: it cannot fail.
	_ = csv.NewWriter(&b).WriteAll(costs)
	_ = csv.NewWriter(&s).WriteAll(percentiles)
	return b.String(), s.String()
}

// The model is what training gives: nobody edits it by hand.
func TestNameModel(t *testing.T) {
	e := open(t)
	pairs, percentiles := model(spelt(t, e, ordinaryNames(t)))
	for file, want := range map[string]string{bigrams: pairs, surprise: percentiles} {
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what training gives; go test ./internal/functions -run TestNameModel -update", file)
		}
	}
}

// share says how many of some names are random to the model.
func share(tb testing.TB, e *engine.Engine, names []string) float64 {
	tb.Helper()
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = engine.QuoteText(n)
	}
	var share float64
	if err := e.Scan(context.Background(), "select avg(is_random_name(random_name_score(name))::integer) from (select unnest(["+strings.Join(quoted, ", ")+"]) as name)", &share); err != nil {
		tb.Fatal(err)
	}
	return share
}

func draws(n, length int, alphabet string) []string {
	r := rand.New(rand.NewPCG(1, 2))
	list := make([]string, n)
	for i := range list {
		name := make([]byte, length)
		for j := range name {
			name[j] = alphabet[r.IntN(len(alphabet))]
		}
		list[i] = string(name)
	}
	return list
}

// Names that tools draw are mostly told from names that people give.
func TestRandomNames(t *testing.T) {
	e := open(t)
	const small = "abcdefghijklmnopqrstuvwxyz"
	letters := small + strings.ToUpper(small)
	for _, tool := range []struct {
		what     string
		length   int
		alphabet string
		least    float64
	}{
		{"Impacket's serviceinstall", 4, letters, 0.6},
		{"Impacket's smbexec, Metasploit's psexec", 8, letters, 0.78},
		{"Metasploit's longer ones", 16, letters, 0.93},
		{"Empire's psexec", 20, strings.ToUpper(small), 0.95},
	} {
		got := share(t, e, draws(2000, tool.length, tool.alphabet))
		t.Logf("%s, %d letters: %.1f %% are told", tool.what, tool.length, 100*got)
		if got < tool.least {
			t.Errorf("%s, %d letters: %.1f %%, want %.0f", tool.what, tool.length, 100*got, 100*tool.least)
		}
	}
}

// Names that people give are not random, whether the model has met them or not.
func TestNamesThatAreNotRandom(t *testing.T) {
	e := open(t)
	for _, name := range []string{
		"SecurityHealthService", "AteraAgent", "igfxCUIService2.0.0.0", "CDPUserSvc_3f2a1", "WpnUserService_1a2b3c4d", "PSEXESVC", "PDQDeployRunner-1",
		"Orders.Dev", "LedgerSync", "orders-web", "MSSQL$PAYROLL", "com.apple.x.y", "com.vendor.qzxkvw.helper", "homebrew.mxcl.postgresql", "qzxkvw.service", "snap.lxd.daemon.service",
		"Vendor {01234567-89ab-cdef-0123-456789abcdef}", "{01234567-89ab-cdef-0123-456789abcdef}", "a1b2c3d", "Fax", "vds", "", "W32Time", "1234567890",
		"BackupCoordinator", "Contoso Print Helper", "InvoiceScanner",
	} {
		if got := value(t, e, "is_random_name(random_name_score("+text(name)+"))"); got != "false" {
			t.Errorf("%s: %s (%s bits)", name, got, value(t, e, "random_name_score("+text(name)+")"))
		}
	}
	if got := value(t, e, "is_random_name(random_name_score(null))"); got != "false" {
		t.Error("no name is random:", got)
	}
}

// Names that were kept out of training are rarely called random: the model has not
// learned them by heart. What is called so are abbreviations without vowels.
func TestNameModelOnNamesNotMet(t *testing.T) {
	e := open(t)
	names := spelt(t, e, ordinaryNames(t))
	table, err := data.Read(sql.Files, "name_surprise")
	if err != nil {
		t.Fatal(err)
	}
	most, err := strconv.ParseFloat(table.Rows[len(table.Rows)-1][1], 64)
	if err != nil {
		t.Fatal(err)
	}
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	const parts = 10
	var wrong []string
	for part := range parts {
		var kept, held []string
		for i, n := range names {
			if i%parts == part {
				held = append(held, n)
			} else {
				kept = append(kept, n)
			}
		}
		cost := train(kept)
		for _, n := range held {
			if len(strings.ReplaceAll(n, "^", "")) >= 4 && bits(cost, n) > most {
				wrong = append(wrong, strings.Trim(n, "^"))
			}
		}
	}
	t.Logf("%d of %d: %q", len(wrong), len(names), wrong)
	if len(wrong)*100 > len(names)*3 {
		t.Errorf("%d of %d names that were not met are called random: %q", len(wrong), len(names), wrong)
	}
}
