//! What the picture says where something is easily misread.

use designs::vocabulary::Decision;
use designs::{Run, code};
use fencepost_draw::swimlane::{Orientation, Viewport, draw, moments};
use fencepost_draw::{Shape, text};

const TWO_IN_ORDER: &str = "redlock?fence=check&token_source=bound&work_b=4.5s";
const REFUSED: &str = "redlock?fence=check&token_source=bound";
const DOES_NOT_LOOK: &str = "redlock?anchor=acquire_inflight&work_b=4.5s&library=node-redlock-5";

/// A run, and the words on its picture with what they cover.
struct Said {
    run: Run,
    along: Box<dyn Fn(sim::Time) -> f32>,
    words: Vec<(String, [f32; 4])>,
    told: String,
}

fn said(code: &str) -> Said {
    let run = Run::of(code::read(code).expect("a code of this file").scenario);
    let view = Viewport::whole(&run, 1040.0, Orientation::Horizontal);
    let swimlane = draw(&run, &view);
    let words = swimlane
        .picture
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Text { text, .. } => Some((text.clone(), text::area(shape)?)),
            _ => None,
        })
        .collect();
    let told = swimlane.describe();
    Said {
        run,
        along: Box::new(move |at| swimlane.along(at)),
        words,
        told,
    }
}

impl Said {
    fn area(&self, part: &str) -> Option<[f32; 4]> {
        let found = self.words.iter().find(|(words, _)| words.contains(part));
        found.map(|(_, area)| *area)
    }

    fn count(&self, part: &str) -> usize {
        let found = self.words.iter().filter(|(words, _)| words.contains(part));
        found.count()
    }

    #[track_caller]
    fn says(&self, part: &str) {
        assert!(self.area(part).is_some(), "“{part}”: {:?}", self.words);
    }

    #[track_caller]
    fn never_says(&self, part: &str) {
        assert!(self.area(part).is_none(), "“{part}”: {:?}", self.words);
    }
}

#[test]
fn a_token_that_is_let_in_while_a_higher_one_is_out_says_why() {
    let said = said(TWO_IN_ORDER);
    said.says("no token seen before");
    said.says("B's 34 is yet to come");
    // Where the higher one came first there is nothing to explain.
    self::said(REFUSED).never_says("yet to come");
    self::said(REFUSED).never_says("seen before");
}

#[test]
fn the_first_of_each_texture_and_mark_is_explained() {
    let said = said("redlock");
    for part in [
        "paused 8 s: does not run",
        "past its own deadline: paused, it cannot see that",
        "by its clock the lock ends here",
    ] {
        assert_eq!(said.count(part), 1, "{part}: {:?}", said.words);
    }
    let twice = self::said("redlock?fault=pause,b,700ms,@5.5s&work_b=4s");
    assert_eq!(twice.count("does not run"), 1, "{:?}", twice.words);
    twice.says("paused 700 ms");
}

#[test]
fn a_deadline_that_is_past_at_the_start_is_said_plainly() {
    let said = said(DOES_NOT_LOOK);
    said.says("already past when it gets the lock");
    said.never_says("past before it holds");
}

#[test]
fn words_about_a_short_belief_do_not_run_past_it() {
    let said = said(DOES_NOT_LOOK);
    let belief = said
        .run
        .history
        .beliefs
        .iter()
        .find(|belief| said.run.name(belief.holder.lane()) == "A")
        .expect("A believes");
    let words = said
        .area("believes it holds the lock,")
        .expect("it is said");
    let ends = ((said.along)(belief.from.at), (said.along)(belief.until.at));
    assert!(
        words[0] >= ends.1 || words[2] <= ends.1,
        "{words:?} {ends:?}"
    );
}

#[test]
fn votes_stand_over_the_bars_of_whose_they_are() {
    for code in ["redlock", REFUSED, "redlock?work_b=500ms", "payments"] {
        let said = said(code);
        for grant in &said.run.history.grants {
            let name = said.run.name(grant.holder.lane());
            let words = said
                .area(&format!("{name} has "))
                .or(said.area(&format!("{name}: ")));
            let words = words.unwrap_or_else(|| panic!("{code}: {name}'s votes"));
            let start = (said.along)(grant.from.at);
            let end = (said.along)(grant.until.at);
            assert!(
                words[0] >= start && words[0] <= end + 5.0,
                "{code}: {words:?}, not within {start} to {end}"
            );
        }
    }
}

#[test]
fn a_stale_write_is_not_praised() {
    let said = said(DOES_NOT_LOOK);
    said.says("accepted: stale");
    said.says("after B got the lock");
    said.never_says("job done");
}

#[test]
fn a_refused_write_is_told_at_the_foot() {
    let said = said(REFUSED);
    let sentence =
        "Job store refuses A's write with token 33, since it has seen 34: B's result stays";
    said.says(sentence);
    assert!(said.told.contains(sentence), "{}", said.told);
    let payments = self::said("payments");
    payments.says("P2's result stays");
    // The fifth server heard of it when it was over.
    payments.never_says("P2 has 5 of 5");
    payments.says("P2 has 4 of 5 votes");
    // The store that refused nothing saved nothing.
    for code in ["redlock", TWO_IN_ORDER] {
        let said = self::said(code);
        assert!(
            said.run
                .history
                .writes
                .iter()
                .all(|write| write.decision == Decision::Accepted)
        );
        said.never_says("refuses");
    }
}

#[test]
fn one_who_speaks_for_all_is_not_a_vote() {
    let said = said("zookeeper");
    said.says("one leads");
    said.never_says("1 of 1");
    for moment in moments(&said.run) {
        assert!(!moment.words.contains("votes"), "{}", moment.words);
    }
}
