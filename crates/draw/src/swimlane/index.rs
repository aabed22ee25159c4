//! What belongs to whom in a run, sorted once so that it is found fast however
//! long the run is.

use designs::Run;
use designs::history::{Belief, Key};
use designs::vocabulary::{Incarnation, Token};

/// A run's beliefs, keys and tokens by their holders.
pub(super) struct Index<'a> {
    run: &'a Run,
    beliefs: Vec<(Incarnation, u32)>,
    keys: Vec<(Incarnation, u32)>,
    tokens: Vec<(Incarnation, u32)>,
}

/// The holders' places in order, those of one holder in their own.
#[inline(never)]
fn sorted(holders: impl Iterator<Item = Incarnation>) -> Vec<(Incarnation, u32)> {
    let mut places: Vec<(Incarnation, u32)> = holders.zip(0..).collect();
    places.sort_unstable();
    places
}

fn of(places: &[(Incarnation, u32)], holder: Incarnation) -> impl Iterator<Item = usize> {
    let start = places.partition_point(|(other, _)| *other < holder);
    places[start..]
        .iter()
        .take_while(move |(other, _)| *other == holder)
        .map(|(_, place)| *place as usize)
}

impl<'a> Index<'a> {
    pub fn of(run: &'a Run) -> Self {
        let history = &run.history;
        Self {
            run,
            beliefs: sorted(history.beliefs.iter().map(|belief| belief.holder)),
            keys: sorted(history.keys.iter().map(|key| key.holder)),
            tokens: sorted(history.tokens.iter().map(|issue| issue.holder)),
        }
    }

    /// When `holder` believed that it has the lock.
    pub fn beliefs(&self, holder: Incarnation) -> impl Iterator<Item = &'a Belief> {
        let run = self.run;
        of(&self.beliefs, holder).map(|place| &run.history.beliefs[place])
    }

    /// Whether it ever did.
    pub fn believed(&self, holder: Incarnation) -> bool {
        self.beliefs(holder).next().is_some()
    }

    /// The keys that servers had for `holder`.
    pub fn keys(&self, holder: Incarnation) -> impl Iterator<Item = &'a Key> {
        let run = self.run;
        of(&self.keys, holder).map(|place| &run.history.keys[place])
    }

    /// The token issued for `holder` first, or none.
    pub fn token(&self, holder: Incarnation) -> Token {
        let first = of(&self.tokens, holder).next();
        first.map_or(Token::NONE, |place| self.run.history.tokens[place].token)
    }
}
