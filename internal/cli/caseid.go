package cli

import (
	"errors"
	"fmt"
	"strings"

	"smew/internal/finding"
	"smew/internal/term"
)

const (
	caseIDDigits = 16 // of a whole id
	caseIDLeast  = 4  // of a beginning that may stand for one
)

// caseIDBegins is what a person gave as a case's id, or the beginning of one.
func caseIDBegins(id string) (string, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	switch {
	case id == "" || strings.Trim(id, "0123456789abcdef") != "" || len(id) > caseIDDigits:
		return "", usage(errors.New(quote(id)+" is no case id"), fmt.Sprintf("an id is %d hex digits, as smew hunt prints them; the paths come after it", caseIDDigits))
	case len(id) < caseIDLeast:
		return "", usage(errors.New(quote(id)+" is too little of a case id"), fmt.Sprintf("give %d digits or more", caseIDLeast))
	}
	return id, nil
}

// findCase finds a case by its id, or by a beginning that no other case's id has.
func findCase(r *finding.Result, id string) (*finding.Case, error) {
	begins, err := caseIDBegins(id)
	if err != nil {
		return nil, err
	}
	var found []*finding.Case
	for i := range r.Cases {
		if strings.HasPrefix(r.Cases[i].ID, begins) {
			found = append(found, &r.Cases[i])
		}
	}
	switch len(found) {
	case 0:
		return nil, noCase(r, begins)
	case 1:
		return found[0], nil
	}
	return nil, severalCases(begins, found)
}

// noCase says that no case has the id; that of an event leads to the event's case.
func noCase(r *finding.Result, begins string) error {
	err := errors.New("no case " + quote(begins) + " in these files")
	for i := range r.Cases {
		for j := range r.Cases[i].Evidence {
			if strings.HasPrefix(r.Cases[i].Evidence[j].ID, begins) {
				return data(err, "that is an event; its case is "+r.Cases[i].ID)
			}
		}
	}
	return data(err, "give the paths, the window and the flags of the hunt that printed it")
}

// casesListed is how many cases of one beginning are named.
const casesListed = 10

func severalCases(begins string, found []*finding.Case) error {
	text := fmt.Sprintf("%d cases begin with %s", len(found), quote(begins))
	for _, c := range found[:min(len(found), casesListed)] {
		// Each part on one line: text from data must not make lines of its own.
		text += fmt.Sprintf("\n%s  %3d  %s  %s", term.Line(c.ID, caseIDDigits), c.Score, term.Line(deviceName(c), 40), term.Line(c.Title, 200))
	}
	if n := len(found) - casesListed; n > 0 {
		text += fmt.Sprintf("\nand %d more", n)
	}
	return usage(errors.New(text), "give more digits of the one you mean")
}

func deviceName(c *finding.Case) string {
	if c.DeviceName != "" {
		return c.DeviceName
	}
	return c.DeviceID
}
