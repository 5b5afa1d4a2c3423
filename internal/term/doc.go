// Package term is the edge between smew and a person's terminal: what may be
// printed there, how wide it is, and how messages look.
//
// # Hostile text
//
// Everything smew reads was written by someone else, often by the attacker.
// [Sanitize] turns any text into one line that a terminal shows and does not
// obey. [Fit], [Line] and [Wrap] cut it to a width.
//
// # Messages
//
// Results go to standard output. Everything else goes to standard error
// through a [Printer], as lines that begin "smew: ", and while work takes long
// as the one line of a [Progress].
package term
