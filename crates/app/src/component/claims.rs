//! The lesson's sentences, each checked here and now.

use designs::Claim;
use designs::claim::Quantifier;
use designs::design::Design;
use designs::words;
use explore::Check;
use yew::prelude::*;

use super::link::Linker;
use crate::browser::slices::{Work, use_slices};

/// Properties of [`Claims`].
#[derive(Properties)]
pub struct Props {
    /// Whose claims.
    pub design: &'static dyn Design,
    /// The code of the open scenario.
    pub code: AttrValue,
    /// Whether anybody can see the page.
    pub awake: bool,
    /// Makes links.
    pub linker: Linker,
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.design.key() == other.design.key()
            && self.code == other.code
            && self.awake == other.awake
    }
}

/// What is known of the claims so far.
#[derive(Clone)]
struct Checks {
    claims: &'static [Claim],
    /// Of the claims that are done: in how many seeds each was seen to hold.
    passed: Vec<u64>,
    /// The claim in hand.
    current: Option<Check>,
}

impl Work for Checks {
    fn advance(&mut self) -> bool {
        let Some(claim) = self.claims.get(self.passed.len()) else {
            return false;
        };
        let check = self.current.get_or_insert_with(|| Check::new(claim));
        if !check.advance() {
            self.passed.push(check.passed());
            self.current = None;
        }
        self.passed.len() < self.claims.len()
    }
}

/// Whether the claim holds, and by what numbers.
fn judge(claim: &Claim, passed: u64) -> (bool, Option<String>) {
    match claim.quantifier {
        Quantifier::EverySeed => (passed == 1, None),
        Quantifier::Share {
            expected,
            tolerance,
            seeds,
        } => {
            let share = passed as f64 / seeds as f64;
            let scenarios = claim.scenarios(1);
            let expected = scenarios.first().map_or(f64::NAN, expected);
            let words = format!(
                "{} % of {} seeds; {} % predicted",
                passed * 100 / seeds,
                words::count(seeds),
                (expected * 100.0).round() as i64
            );
            ((share - expected).abs() <= tolerance, Some(words))
        }
    }
}

/// Every claim with its mark and its scenarios.
#[component]
pub fn Claims(props: &Props) -> Html {
    let key = props.design.key();
    let checks = use_slices(props.awake, key, |key| Checks {
        claims: designs::registry::find(key).map_or(&[], |design| design.claims()),
        passed: Vec::new(),
        current: None,
    });
    let claim = |(place, claim): (usize, &'static Claim)| {
        let passed = checks.as_ref().and_then(|it| it.passed.get(place).copied());
        let found = passed.map(|passed| judge(claim, passed));
        let (class, mark, spoken) = match found {
            None => ("waiting", "·", "not checked yet"),
            Some((true, _)) => ("holds", "✓", "holds"),
            Some((false, _)) => ("broken", "✗", "does not hold"),
        };
        let is_open = claim.runs.contains(&props.code.as_str());
        let show = |(number, code): (usize, &&'static str)| {
            if props.code == *code {
                return html! { <span class="muted">{ "shown here " }</span> };
            }
            let words = if number == 0 { "show me" } else { "other run" };
            let words = html! {
                <>{ words }<span class="unseen">{ format!(" claim {}", claim.id) }</span></>
            };
            html! { <>{ props.linker.link(code, "", "", words) }{ " " }</> }
        };
        html! {
            <li key={claim.id} id={format!("claim-{}", claim.id)} class={is_open.then_some("open")}>
                <span class={classes!("mark", class)} role="img" aria-label={spoken}>{ mark }</span>
                <div>
                    <p><b>{ claim.id }</b>{ " " }{ claim.sentence }</p>
                    if let Some((_, Some(numbers))) = &found { <p class="muted">{ numbers }</p> }
                    <p class="links">{ claim.runs.iter().enumerate().map(show).collect::<Html>() }</p>
                </div>
            </li>
        }
    };
    let claims = props.design.claims().iter().enumerate();
    html! { <ul class="claims">{ claims.map(claim).collect::<Html>() }</ul> }
}
