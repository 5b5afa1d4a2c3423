// Package seed holds the query smew began with, as it was written, against the
// branches that carry it on: whatever the query's literal reading returns, the
// seed pack returns too, and every row it returns beyond that has its reason in
// a card's deviations. There is nothing here but tests.
package seed
