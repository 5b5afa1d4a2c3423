package source

import "smew/internal/engine"

// collected takes a reader's records without a stream.
type collected struct{ rows []row }

func (c *collected) sink(block int) *sink {
	return &sink{
		size: block, limit: defaultRecord,
		blank: func(n int) *engine.Block { return &engine.Block{Data: make([]byte, 0, n)} },
		give: func(b *engine.Block) error {
			for _, s := range b.Spans {
				c.rows = append(c.rows, row{s.Number, string(b.Data[s.Start:s.End]), s.Reason})
			}
			return nil
		},
	}
}
