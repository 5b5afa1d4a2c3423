package report

import "time"

// forPeople is UTC to the second.
func forPeople(t time.Time) string {
	if t.IsZero() {
		return "(no time)"
	}
	return t.UTC().Format(time.DateTime)
}

// forPrograms is RFC 3339 in UTC with seven fractional digits, the 100 ns that
// Defender counts in, so that texts sort as times do. A time finer than that
// has all nine digits: nothing is rounded away.
func forPrograms(t time.Time) string {
	if t.Nanosecond()%100 != 0 {
		return t.UTC().Format("2006-01-02T15:04:05.000000000Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.0000000Z")
}

// stamp is forPrograms of a time that may not be known, which is null.
func stamp(t *time.Time) *string {
	if t == nil || t.IsZero() {
		return nil
	}
	s := forPrograms(*t)
	return &s
}
