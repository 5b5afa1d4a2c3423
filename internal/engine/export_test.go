package engine

// MemoryFound tells whether vectors are written in their memory.
func MemoryFound() bool { return memory.found }

// HideMemory makes the driver's writers do the work until what it returns is called.
func HideMemory() func() {
	found := memory.found
	memory.found = false
	return func() { memory.found = found }
}
