//! One scenario: its controls, its diagram, its verdict, its story.

use std::rc::Rc;

use designs::design::Role;
use designs::lesson;
use yew::prelude::*;

use super::predict::Reveal;
use crate::asked::Asked;
use crate::browser::window;
use crate::component::Dispatch;
use crate::component::announcer::Announcer;
use crate::component::answer::{answer, blocks};
use crate::component::chart::charts;
use crate::component::claims::Claims;
use crate::component::controls::Controls;
use crate::component::diagram::Diagram;
use crate::component::inspect::Inspect;
use crate::component::link::Linker;
use crate::component::player::Player;
use crate::component::progress::Progress;
use crate::component::settings::Settings;
use crate::component::share::Share;
use crate::component::story::Story;
use crate::component::table::Table;
use crate::component::tabs::Tabs;
use crate::component::verdict::Verdict;
use crate::route::{Panel, Presentation, Theme};
use crate::state::{Lesson, Play, Scene};
use crate::stops;

/// On a window narrower than this, px, the question starts folded away.
const NARROW: f64 = 700.0;
/// Of a run of more events than this nobody asks, slider by slider, where its
/// verdict changes.
const SHORT: u64 = 5_000;

/// Properties of [`LessonPage`].
#[derive(Properties, PartialEq)]
pub struct Props {
    /// What is open.
    pub lesson: Lesson,
    /// How the page is shown.
    pub presentation: Rc<Presentation>,
    /// Light or dark.
    pub theme: Theme,
    /// Whether anybody can see the page.
    pub awake: bool,
    /// Where actions go.
    pub dispatch: Dispatch,
}

/// The page of a lesson.
#[component]
pub fn LessonPage(props: &Props) -> Html {
    let awake = props.awake;
    let unfolded = use_state_eq(|| false);
    let is_wide = use_memo((), |()| {
        let width = window().inner_width().ok().and_then(|it| it.as_f64());
        width.is_none_or(|width| width >= NARROW)
    });
    let fold = {
        let unfolded = unfolded.clone();
        Callback::from(move |()| unfolded.set(!*unfolded))
    };
    let lesson = &props.lesson;
    let asked = &lesson.asked;
    let shown = &props.presentation;
    let is_pending = lesson.is_pending();
    // Nothing competes with a run that is waited for.
    let at_leisure = awake && !is_pending;
    let caption = caption(lesson);
    let has_controls = shown.controls.as_ref().is_none_or(|keys| !keys.is_empty());
    let class = classes!(
        "lesson",
        shown.embed.then_some("embed"),
        (has_controls && shown.editable).then_some("has-controls"),
        (is_pending && lesson.scene.is_some()).then_some("stale")
    );
    let stage = |scene: &Rc<Scene>| {
        let alike = scene.run.lanes.iter();
        let alike = alike.filter(|lane| lane.role == Role::Grantor).count();
        html! {
            <>
                <Diagram scene={scene.clone()} stretch={lesson.stretch(scene)} at={lesson.at}
                    marked={lesson.marked} selected={lesson.selected} orient={shown.orient} unfolded={*unfolded}
                    theme={props.theme} dispatch={props.dispatch.clone()} />
                <Player scene={scene.clone()} stretch={lesson.stretch(scene)} at={lesson.at}
                    play={lesson.play} caption={caption.clone()}
                    unfolded={(alike > 1).then_some(*unfolded)} {fold} dispatch={props.dispatch.clone()} />
            </>
        }
    };
    let verdict = |scene: &Rc<Scene>| {
        html! {
            <Verdict scene={scene.clone()} is_stale={is_pending} marked={lesson.marked} awake={at_leisure}
                editable={shown.editable} dispatch={props.dispatch.clone()} />
        }
    };
    html! {
        <main {class}>
            { title(asked) }
            <div class="middle">
                if let Some(answer) = &lesson.answer { <Reveal answer={answer.clone()} /> }
                if !shown.embed { <Question text={asked.design().lesson()} open={*is_wide} /> }
                if shown.has(Panel::Verdict) {
                    { lesson.scene.as_ref().map_or_else(no_verdict, verdict) }
                }
                <div class="stage" aria-busy={is_pending.then_some("true")}>
                    { lesson.scene.as_ref().map_or_else(no_diagram, stage) }
                    if is_pending {
                        <Progress asked={asked.clone()} {awake} dispatch={props.dispatch.clone()} />
                    }
                </div>
            </div>
            if has_controls {
                <section class="controls scrolls" aria-label="Controls">
                    if shown.editable {
                        <Controls asked={asked.clone()} chosen={shown.controls.clone()} docked={lesson.docked}
                            at_leisure={at_leisure && is_short(lesson)} dispatch={props.dispatch.clone()} />
                    } else {
                        <Settings asked={asked.clone()} chosen={shown.controls.clone()} />
                    }
                </section>
            }
            <Side lesson={lesson.clone()} presentation={shown.clone()} awake={at_leisure}
                dispatch={props.dispatch.clone()} />
            if shown.embed { { way_out(asked) } }
            <Announcer text={verdict_words(lesson)} />
            <Announcer text={if lesson.play == Play::Stopped { caption } else { AttrValue::default() }} />
        </main>
    }
}

/// Whether what is shown has so few events that many such runs are soon made.
fn is_short(lesson: &Lesson) -> bool {
    let scene = lesson.scene.as_ref();
    scene.is_some_and(|scene| scene.run.trace.events <= SHORT)
}

/// In the verdict's place until the first run is done.
fn no_verdict() -> Html {
    html! {
        <section class="verdict" aria-label="Verdict" aria-busy="true">
            <p class="often">{ "No verdict yet." }</p>
        </section>
    }
}

/// In the diagram's place until the first run is done.
fn no_diagram() -> Html {
    html! { <div class="diagram" /> }
}

fn title(asked: &Asked) -> Html {
    let design = asked.design().title();
    let under = match (asked.claim(), asked.named()) {
        (Some(claim), _) => format!("{design} · claim {}", claim.id),
        (None, Some(_)) => format!("{design} lesson"),
        (None, None) if asked.code == asked.design().key() => "the lesson as it starts".into(),
        (None, None) if asked.title() == design => "your own settings".into(),
        (None, None) => format!("{design} · your own settings"),
    };
    html! {
        <div class="title">
            <h1>{ asked.title() }</h1>
            <p>{ under }</p>
        </div>
    }
}

/// What happened last at the playhead.
fn caption(lesson: &Lesson) -> AttrValue {
    let Some((scene, stop)) = lesson
        .scene
        .as_ref()
        .and_then(|scene| Some((scene, scene.stop_at(lesson.at)?)))
    else {
        return AttrValue::default();
    };
    let told = scene.story.iter().find(|it| it.record == stop.record);
    let text = told.map_or_else(
        || stops::caption(&scene.run, stop.record),
        |sentence| sentence.text.clone(),
    );
    format!("{}  {text}", designs::words::instant(stop.at)).into()
}

fn verdict_words(lesson: &Lesson) -> AttrValue {
    let Some(scene) = lesson.scene.as_ref().filter(|_| !lesson.is_pending()) else {
        return "Simulating. The run is long.".into();
    };
    let findings = scene.run.verdict.findings.iter();
    let parts: Vec<String> = findings
        .map(|finding| match finding.word() {
            "broken" => format!("{}: broken, {}", finding.law.name(), finding.words),
            word => format!("{}: {word}", finding.law.name()),
        })
        .collect();
    format!("Verdict. {}.", parts.join("; ")).into()
}

/// Properties of [`Question`].
#[derive(Properties, PartialEq)]
pub struct QuestionProps {
    /// The lesson's text.
    pub text: &'static str,
    /// Whether it starts unfolded.
    pub open: bool,
}

/// The lesson's question, which folds away.
#[component]
pub fn Question(props: &QuestionProps) -> Html {
    let lesson = lesson::read(props.text);
    html! {
        <details class="question" open={props.open}>
            <summary><h2>{ "Question" }</h2></summary>
            { blocks(&lesson.question, &|id| html! { { id } }) }
        </details>
    }
}

#[derive(Properties, PartialEq)]
struct SideProps {
    lesson: Lesson,
    presentation: Rc<Presentation>,
    awake: bool,
    dispatch: Dispatch,
}

#[derive(Clone, Copy, PartialEq)]
enum Tab {
    Story,
    Event,
    Table,
    Claims,
    Answer,
    Chart,
    Share,
}

impl Tab {
    const ALL: [Self; 7] = [
        Self::Story,
        Self::Event,
        Self::Table,
        Self::Claims,
        Self::Answer,
        Self::Chart,
        Self::Share,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Story => "Story",
            Self::Event => "Event",
            Self::Table => "Table",
            Self::Claims => "Claims",
            Self::Answer => "Answer",
            Self::Chart => "Chart",
            Self::Share => "Share",
        }
    }

    /// The part of the page that an address can name; `None` where the page
    /// has it whenever it is no embed.
    const fn panel(self) -> Option<Panel> {
        match self {
            Self::Story => Some(Panel::Story),
            Self::Claims | Self::Answer => Some(Panel::Claims),
            Self::Chart => Some(Panel::Chart),
            Self::Event | Self::Table | Self::Share => None,
        }
    }
}

/// Story, event, table, claims, answer and chart.
#[component]
fn Side(props: &SideProps) -> Html {
    let open = use_state_eq(|| Tab::Story);
    let shown = &props.presentation;
    let tabs: Vec<Tab> = Tab::ALL
        .into_iter()
        .filter(|tab| tab.panel().map_or(!shown.embed, |panel| shown.has(panel)))
        .collect();
    let Some(&first) = tabs.first() else {
        return Html::default();
    };
    let open_tab = if tabs.contains(&open) { *open } else { first };
    let choose = {
        let (open, tabs) = (open.setter(), tabs.clone());
        Callback::from(move |place: usize| open.set(tabs[place]))
    };
    let dispatch = props.dispatch.clone();
    let linker = Linker {
        is_guest: props.presentation.is_guest(),
        editable: props.presentation.editable,
        dispatch: dispatch.clone(),
    };
    let lesson = &props.lesson;
    let (asked, scene) = (&lesson.asked, lesson.scene.as_ref());
    let panel = match (open_tab, scene) {
        (Tab::Story, Some(scene)) => html! {
            <Story scene={scene.clone()} current={scene.sentence_at(lesson.at)} {linker} {dispatch} />
        },
        (Tab::Share, Some(scene)) if !lesson.is_pending() => {
            html! { <Share scene={scene.clone()} /> }
        }
        (Tab::Event, Some(scene)) => html! {
            <Inspect scene={scene.clone()} event={lesson.event(scene)} {dispatch} />
        },
        (Tab::Table, Some(scene)) => html! {
            <Table scene={scene.clone()} at={lesson.at} selected={lesson.selected} {dispatch} />
        },
        (Tab::Story | Tab::Event | Tab::Table | Tab::Share, _) => {
            html! { <p class="muted">{ "As soon as the run is done." }</p> }
        }
        (Tab::Claims, _) => html! {
            <Claims design={asked.design()} code={asked.code.clone()} awake={props.awake} {linker} />
        },
        (Tab::Answer, _) => answer(asked.design(), &linker),
        (Tab::Chart, _) => charts(asked, props.awake, &dispatch),
    };
    html! {
        <section class="side" aria-label="Story and claims">
            <Tabs label="What to read" names={tabs.iter().map(|tab| tab.name()).collect::<Vec<_>>()}
                open={tabs.iter().position(|tab| *tab == open_tab).unwrap_or(0)} {choose}>
                { panel }
            </Tabs>
        </section>
    }
}

/// From an embedded page to the whole one.
fn way_out(asked: &Asked) -> Html {
    html! {
        <p class="way-out">
            <a href={format!("./#{}", asked.code)} target="_blank" rel="noopener">
                { "Open in Fencepost ↗" }
            </a>
        </p>
    }
}
