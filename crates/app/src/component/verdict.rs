//! What holds and what is broken, and in how many of a thousand seeds.

use std::rc::Rc;

use designs::{Finding, Law, Outcome, Scenario, code, words};
use explore::Frequency;
use sim::{Stop, Trace};
use yew::prelude::*;

use super::Dispatch;
use super::needs::Needs;
use crate::browser::slices::{Work, use_slices};
use crate::state::{Action, Scene};

/// Over how many seeds the frequency is counted.
const SEEDS: u64 = 1_000;

impl Work for Frequency {
    fn advance(&mut self) -> bool {
        Self::advance(self)
    }
}

/// Properties of [`Verdict`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// The scenario.
    pub scene: Rc<Scene>,
    /// Whether another scenario is asked for, whose run is not done.
    pub is_stale: bool,
    /// The law whose evidence is pointed out.
    pub marked: Option<Law>,
    /// Whether anybody can see the page.
    pub awake: bool,
    /// Whether the reader can change the scenario.
    pub editable: bool,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// One chip a law, each by itself, and how often.
#[component]
pub fn Verdict(props: &Props) -> Html {
    // The counts are those of every seed and every name.
    let mut scenario = props.scene.run.scenario.with_seed(Scenario::DEFAULT_SEED);
    scenario.name = String::new();
    let frequency = use_slices(props.awake, code::write(&scenario), |code| {
        let parsed = code::read(code).expect("it was written by this program");
        Frequency::new(parsed.scenario, SEEDS)
    });
    let frequency = frequency.as_deref();
    let chips = props.scene.run.verdict.findings.iter();
    html! {
        <section class="verdict" aria-label="Verdict" aria-busy={props.is_stale.then_some("true")}>
            <ul>{ chips.map(|finding| chip(props, finding, frequency)).collect::<Html>() }</ul>
            { how_often(props, frequency) }
            if let Some(law) = props.marked.filter(|&law| props.scene.run.breaks(law)) {
                <Needs scene={props.scene.clone()} {law} awake={props.awake} />
            }
            if let Some(words) = bound(&props.scene.run.trace) { <p class="often">{ words }</p> }
        </section>
    }
}

/// The chip of a finding.
fn chip(props: &Props, finding: &Finding, frequency: Option<&Frequency>) -> Html {
    let law = finding.law;
    let fate = match finding.outcome {
        Outcome::Holds => Fate::Holds,
        Outcome::Broken(_) => Fate::Broken,
        Outcome::DoesNotApply(_) => Fate::Idle,
        Outcome::NotJudged => Fate::Open,
    };
    let share = frequency.and_then(|frequency| {
        let (broken, seeds) = (frequency.broken_by(law), frequency.seeds());
        match fate {
            Fate::Holds => Some(Share::of(seeds - broken, seeds)),
            Fate::Broken => Some(Share::of(broken, seeds)),
            Fate::Idle | Fate::Open => None,
        }
    });
    html! {
        <Chip key={law.id()} {law} {fate} words={finding.words.clone()} {share}
            is_marked={props.marked == Some(law)} dispatch={props.dispatch.clone()} />
    }
}

/// How a law fares in a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Holds,
    Broken,
    /// It has nothing to say here.
    Idle,
    /// Nobody knows.
    Open,
}

#[derive(Properties, PartialEq)]
struct ChipProps {
    law: Law,
    fate: Fate,
    words: AttrValue,
    share: Option<Share>,
    is_marked: bool,
    dispatch: Dispatch,
}

/// One law; where it is broken, a button that shows where.
#[component]
fn Chip(props: &ChipProps) -> Html {
    let (law, share) = (props.law, props.share);
    let (class, mark, spoken) = match props.fate {
        Fate::Holds => ("holds", "✓", "holds: "),
        Fate::Broken => ("broken", "✗", "broken: "),
        Fate::Idle => ("idle", "–", ""),
        Fate::Open => ("idle", "?", ""),
    };
    let inside = html! {
        <>
            <span class="law"><span aria-hidden="true">{ mark }</span>{ " " }{ law.name() }</span>
            <span class="words"><span class="unseen">{ spoken }</span>{ &props.words }</span>
            <span class={classes!("share", share.is_none_or(Share::is_all).then_some("all"))}>
                { share.map(Share::words) }
            </span>
        </>
    };
    if props.fate != Fate::Broken {
        return html! {
            <li {class}>
                <div class={classes!("chip", class)} title={law.sentence()}>{ inside }</div>
            </li>
        };
    }
    let dispatch = props.dispatch.clone();
    let onclick = move |_| dispatch.dispatch(Action::Show(law));
    let pressed = if props.is_marked { "true" } else { "false" };
    html! {
        <li>
            <button type="button" class={classes!("chip", class)} {onclick} aria-pressed={pressed}
                title={law.sentence()}>
                { inside }
            </button>
        </li>
    }
}

/// In how many seeds a law fares as it does here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Share {
    All,
    /// Hundredths; neither none nor all, however it rounds.
    Percent(u64),
    /// Possible while few seeds have been counted.
    None,
}

impl Share {
    fn of(alike: u64, seeds: u64) -> Self {
        match alike {
            0 => Self::None,
            all if all == seeds => Self::All,
            some => Self::Percent((some * 100 / seeds).clamp(1, 99)),
        }
    }

    fn is_all(self) -> bool {
        self == Self::All
    }

    fn words(self) -> String {
        match self {
            Self::All => "in every seed".into(),
            Self::Percent(percent) => format!("in {percent} % of seeds"),
            Self::None => "in this seed alone".into(),
        }
    }
}

fn how_often(props: &Props, frequency: Option<&Frequency>) -> Html {
    let scenario = &props.scene.run.scenario;
    let seed = |seed: u64, words: &'static str| {
        let dispatch = props.dispatch.clone();
        let onclick = move |_| dispatch.dispatch(Action::Seed(seed));
        html! { <button type="button" class="link" {onclick}>{ words }</button> }
    };
    let words = frequency.map_or_else(
        || format!("Counting over {} seeds…", words::count(SEEDS)),
        |frequency| {
            let (broken, seeds) = (frequency.broken(), frequency.seeds());
            let dots = if seeds < frequency.total() { "…" } else { "" };
            format!(
                "Breaks in {} of {} seeds{dots}",
                words::count(broken),
                words::count(seeds)
            )
        },
    );
    let is_broken = props.scene.run.verdict.is_broken();
    let other = match frequency {
        Some(it) if is_broken => it.first_kept().map(|it| (it, "one that holds")),
        Some(it) => it.first_broken().map(|it| (it, "one that breaks")),
        None => None,
    };
    html! {
        <p class="often">
            <span class="count">{ words }</span>
            <span class="muted">{ format!("seed {}", scenario.seed) }</span>
            if props.editable {
                { seed(scenario.seed.wrapping_add(1), "another seed") }
                if let Some((other, words)) = other { { seed(other, words) } }
            }
        </p>
    }
}

/// Where a run that met one of its bounds stopped, and which.
fn bound(trace: &Trace) -> Option<String> {
    let why = match trace.stop {
        Stop::Horizon => return None,
        Stop::Events => "the most that a run may have",
        Stop::Time => "as late as a run may go",
        Stop::TraceBytes => "when its record was full",
    };
    let (at, events) = (words::about(trace.end), words::count(trace.events));
    Some(format!(
        "The run stopped at {at} after {events} events, {why}."
    ))
}

#[cfg(test)]
mod tests {
    use sim::Time;

    use super::*;

    #[test]
    fn a_run_that_met_a_bound_says_where() {
        let trace = |stop| Trace {
            records: Vec::new(),
            end: Time::from_us(3_204_000),
            stop,
            events: 1_000_000,
        };
        assert_eq!(bound(&trace(Stop::Horizon)), None);
        assert_eq!(
            bound(&trace(Stop::Events)).as_deref(),
            Some("The run stopped at 3.20 s after 1,000,000 events, the most that a run may have.")
        );
    }
}
