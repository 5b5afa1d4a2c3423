package term

// Style is how a piece of text is shown: the parameters of an SGR sequence.
type Style string

// The styles smew uses. They come from the sixteen colours a person has chosen
// for their terminal, and nothing is said by colour alone.
const (
	Plain  Style = ""
	Bold   Style = "1"
	Dim    Style = "2"
	Red    Style = "1;31"
	Yellow Style = "33"
	Cyan   Style = "36"
)

// Paint returns s in the style if on is true, and s itself otherwise. The text
// must be safe already.
func (st Style) Paint(on bool, s string) string {
	if !on || st == Plain || s == "" {
		return s
	}
	return "\x1b[" + string(st) + "m" + s + "\x1b[0m"
}
