package allow
import ("testing";"os";"time";"strings")
func FuzzZZ(f *testing.F){
 f.Add(good); f.Add(strings.Join(base,"\n")); f.Add(suppressing(tiworker, "branches: [W04]"))
 for _, s := range []string{
		"entries: []", "", "\x00", "entries:\n- ", "entries: [{}]", "entries: [{id: }]", "? a\n: b", "entries: |\n  x\n", "%YAML 1.2\n---\nentries: []",
		"entries:\n  - match: {branches: [~, 1, 2.5, true, .nan, 0x10]}", "a: &a [*a]", "\r000", "\"entries\": [", "{entries: [[[[]]]]}", "entries: {a: 1}",
	} { f.Add(s) }
 f.Fuzz(func(t *testing.T, text string){
  done:=make(chan bool,1)
  go func(){ Parse("f",[]byte(text)); done<-true }()
  select{ case <-done: case <-time.After(3*time.Second): os.WriteFile("/tmp/allow/hang.txt",[]byte(text),0o600); panic("hang") }
 })
}
