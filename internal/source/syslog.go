package source

import "bytes"

// cutSyslog cuts off what syslog writes before a message: priority, time, host.
// The message begins with the program's tag. ok is false for a line that does
// not begin with a time as syslog writes it:
//
//	<134>Feb  6 13:10:59 web01 audispd: …      RFC 3164, with or without the year
//	<134>1 2022-02-06T13:10:59.5Z web01 app …  RFC 5424
//	2022-02-06T13:10:59.5+01:00 web01 app: …   rsyslog, journalctl
//
// The host is nil where none is named.
func cutSyslog(line []byte) (host, message []byte, ok bool) {
	rest := line
	if len(rest) > 0 && rest[0] == '<' {
		end := bytes.IndexByte(rest[:min(len(rest), 6)], '>')
		if end < 2 || !digits(rest[1:end]) {
			return nil, nil, false
		}
		rest = bytes.TrimPrefix(rest[end+1:], []byte("1 "))
	}
	if rest, ok = cutStamp(rest); !ok {
		return nil, nil, false
	}
	host, message = cutWord(rest)
	switch {
	case len(host) == 0:
		return nil, nil, false
	case host[len(host)-1] == ':': // the tag: no host before it
		return nil, rest, true
	case len(host) > 255 || bytes.ContainsAny(host, "=\"<>,"):
		return nil, nil, false
	case string(host) == "-":
		host = nil
	}
	return host, message, true
}

// cutStamp cuts off a time.
func cutStamp(text []byte) (rest []byte, ok bool) {
	word, rest := cutWord(text)
	switch {
	case len(word) == 3 && isMonth(word):
		if word, rest = cutWord(rest); len(word) > 2 || !digits(word) {
			return nil, false
		}
		if word, rest = cutWord(rest); len(word) == 4 && digits(word) {
			word, rest = cutWord(rest)
		}
		return rest, isClock(word)
	case len(word) >= 10 && isDate(word[:10]):
		if len(word) > 11 && word[10] == 'T' {
			return rest, isClock(word[11:])
		}
		clock, rest := cutWord(rest)
		return rest, len(word) == 10 && isClock(clock)
	}
	return nil, false
}

func cutWord(text []byte) (word, rest []byte) {
	word, rest, _ = bytes.Cut(text, []byte(" "))
	return word, bytes.TrimLeft(rest, " ")
}

func digits(text []byte) bool {
	for _, b := range text {
		if b < '0' || b > '9' {
			return false
		}
	}
	return len(text) > 0
}

func isMonth(word []byte) bool {
	i := bytes.Index([]byte("JanFebMarAprMayJunJulAugSepOctNovDec"), word)
	return i >= 0 && i%3 == 0
}

// isDate is true for 2022-02-06.
func isDate(text []byte) bool {
	return text[4] == '-' && text[7] == '-' && digits(text[:4]) && digits(text[5:7]) && digits(text[8:])
}

// isClock is true for 13:10:59, whatever fraction and zone follow without a comma.
func isClock(text []byte) bool {
	return len(text) >= 8 && text[2] == ':' && text[5] == ':' &&
		digits(text[:2]) && digits(text[3:5]) && digits(text[6:8]) && !bytes.ContainsAny(text[8:], ",;\"")
}
