//! Defaults of past revisions. A code leaves out what is at its default, and
//! means the default of the revision that it was written with: a link that
//! says `rev=1` goes on meaning what it meant then.

use crate::REVISION;
use crate::scenario::Scenario;

/// What a parameter's default was.
#[derive(Clone, Copy, Debug)]
pub struct PastDefault {
    /// The last revision that it held for.
    pub until: u32,
    /// The parameter's key.
    pub key: &'static str,
    /// The default as a code would write it. It may depend on the parameters
    /// before it in the table, as defaults do.
    pub was: fn(&Scenario) -> &'static str,
}

/// The default of `key` in a code of `revision`, where `table` has it; `None`
/// where today's holds, as it does for a code that does not say its revision.
pub(crate) fn default_at(
    table: &[PastDefault],
    revision: Option<u32>,
    key: &str,
) -> Option<fn(&Scenario) -> &'static str> {
    let revision = revision.filter(|&revision| revision < REVISION)?;
    let held = table
        .iter()
        .filter(|past| past.key == key && past.until >= revision);
    held.min_by_key(|past| past.until).map(|past| past.was)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::DESIGNS;

    const TABLE: [PastDefault; 3] = [
        PastDefault {
            until: 2,
            key: "ttl",
            was: |_| "4s",
        },
        PastDefault {
            until: 0,
            key: "ttl",
            was: |_| "3s",
        },
        PastDefault {
            until: 0,
            key: "fence",
            was: |_| "check",
        },
    ];

    fn at(revision: u32, key: &str) -> Option<&'static str> {
        let scenario = Scenario::new(DESIGNS[0]);
        default_at(&TABLE, Some(revision), key).map(|was| was(&scenario))
    }

    #[test]
    fn the_default_is_the_one_of_the_codes_revision() {
        assert_eq!(at(0, "ttl"), Some("3s"));
        assert_eq!(at(0, "fence"), Some("check"));
        assert_eq!(at(0, "pause"), None);
        // Whatever a table says, today's codes have today's defaults.
        assert_eq!(at(REVISION, "ttl"), None);
        assert!(default_at(&TABLE, None, "ttl").is_none());
    }

    #[test]
    fn tables_name_parameters_that_there_are_and_values_that_fit() {
        for design in DESIGNS {
            let scenario = Scenario::new(design);
            for past in design.past_defaults() {
                let place = scenario.place(past.key);
                let parameter = &design.parameters()[place.expect(past.key)];
                assert!(past.until < REVISION, "{}", past.key);
                let was = (past.was)(&scenario);
                let fits = match parameter.unit {
                    crate::parameter::Unit::Matrix(matrix) => matrix.read(was).is_some(),
                    _ => parameter.read(was).is_ok(),
                };
                assert!(fits, "{}={was}", past.key);
            }
        }
    }
}
