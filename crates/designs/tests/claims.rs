//! Every claim of every design holds over many seeds, and its foil fails.

use fencepost_designs::registry::DESIGNS;

#[test]
fn every_claim_holds_and_every_foil_fails() {
    let mut wrong = Vec::new();
    for design in DESIGNS {
        for claim in design.claims() {
            let found = claim.evaluate(1_000);
            if !found.holds || !found.foil_fails || found.distinct_traces < 1_000 {
                wrong.push(format!("{} {}: {found:?}", design.key(), claim.id));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
