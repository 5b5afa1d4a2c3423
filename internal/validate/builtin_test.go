package validate

import (
	"slices"
	"strings"
	"testing"
)

// TestBuiltIn is the test of the built-in branches: over every scenario, in every
// kind of telemetry, each fires where the scenario says so and nowhere else.
func TestBuiltIn(t *testing.T) {
	branches, scenarios := builtIn(t)
	m := validate(t, request(t, branches, scenarios))
	for _, b := range m.Broken {
		t.Error(b.String())
	}
	for _, id := range m.Unproven {
		t.Errorf("no scenario promises that %s fires", id)
	}
	for _, b := range m.Branches {
		if len(b.Tests) == 0 {
			t.Errorf("the card of %s names no test", b.ID)
		}
		near := 0
		for _, s := range scenarios {
			if slices.Contains(s.Near, b.ID) && !slices.Contains(s.Promised(), b.ID) {
				near++
			}
		}
		if near == 0 {
			t.Errorf("no scenario is a near miss of %s", b.ID)
		}
	}
	t.Logf("%d branches, %d scenarios: %+v", len(branches), len(scenarios), m.Counts)
}

// TestEveryAtomicIsThere holds the scenarios to the tests of Atomic Red Team for
// T1543 and its neighbours, each by its GUID.
func TestEveryAtomicIsThere(t *testing.T) {
	_, scenarios := builtIn(t)
	for _, guid := range strings.Fields(`
		ed366cde-7d12-49df-a833-671904770b9f 981e2942-e433-44e9-afc1-8c957a1496b6 491a4af6-a521-4b74-b23b-f7b3f1ee9e77
		ef0581fd-528e-4662-87bc-4c2affb86940 fb4151a2-db33-4f8c-b7f8-78ea8790f961 1f896ce4-8070-4959-8a25-2658856a70c9
		a5983dee-bf6c-4eaf-951c-dbc1a7b90900 11979f23-9b9d-482a-9935-6fc9cd022c3e 66774fa8-c562-4bae-a58d-5264a0dd9dd7
		03ab8df5-3a6b-4417-b6bd-bb7a5cfd74cf d9e4f24f-aa67-4c6e-bcbf-85622b697a7c 760fe8d2-79d9-494f-905e-a239a3df86f6
		c35ac4a8-19de-43af-b9f8-755da7e89c89
		2382dee2-a75f-49aa-9378-f52df6ed3fb1 873106b7-cfed-454b-8680-fa9f6400431c edbcd8c9-3639-4844-afad-455c91e95a35
		31eb7828-97d7-4067-9c1e-c6feb85edc4b a5d8cdeb-be90-43a9-8b26-cc618deac1e0 b8db787e-dbea-493c-96cb-9272296ddc49
		bf07f520-3909-4ef5-aa22-877a50f2f77b 004a5d68-627b-452d-af3d-43bd1fc75a3b f7536d63-7fd4-466f-89da-7e48d550752a
		f38e9eea-e1d7-4ba6-b716-584791963827 6fb61988-724e-4755-a595-07743749d4e2 e58c8723-5503-4533-b642-535cd20ec648
		a1fa406e-2354-4a24-b6d6-94157e7564d4 dce49381-a26b-4d95-bdfa-c607ffe8bee5 6123928f-6389-4914-8d25-a5d69bd657fa
		a73a886f-23c5-4e8f-b1ab-b1bbc1f5e236 1e5be8d4-605a-4acb-8709-2f80b2d8ea95 2fc6c0ab-4f88-4eb8-ab1b-f739fc22bba7
		6fec8560-ff64-4bbf-bc79-734fea48f7ca 59aa6f26-7620-417e-9318-589e0fb7a372`) {
		found := false
		for _, s := range scenarios {
			found = found || s.Atomic == guid
		}
		if !found {
			t.Errorf("no scenario replays %s", guid)
		}
	}
}
