// Package sources is where the tests of sql/sources are: records in, rows out,
// read as a hunt reads them. testdata has a folder for each family: samples we
// wrote, and beside each the rows that must come of it.
package sources
