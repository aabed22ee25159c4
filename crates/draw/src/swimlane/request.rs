//! What is asked of services from outside, and what services ask of others:
//! callers' requests as bars from the request to its answer, each with the
//! answer's word, and calls as diamonds, the repeated ones hollow.

use designs::vocabulary::{Event, Status};
use designs::words;
use sim::Time;

use crate::ink::Ink;
use crate::shape::{Dash, Paint, Segment};

use super::facts::Facts;
use super::frame::{Reach, about, path};
use super::label::{Line, Spot};
use super::scale::Scale;
use super::scene::{Layer, Scene, Sheet, stretch};
use super::sliver::Slivers;

/// A request of a caller.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Request {
    pub lane: u16,
    from: Time,
    record: u32,
    number: u32,
    job: u32,
    /// The lane of whoever serves it.
    served_by: Option<u16>,
    /// What the caller got, and when; `None` where the run ended before.
    answer: Option<(Time, Status)>,
}

/// A call of a service to a system outside.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Call {
    pub lane: u16,
    at: Time,
    record: u32,
    by: u16,
    job: u32,
    performed: bool,
    /// Whether it was carried out for the same job before.
    again: bool,
}

/// All requests and calls of a run, in order.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Asked {
    pub requests: Vec<Request>,
    pub calls: Vec<Call>,
}

/// Reads them from the trace.
pub(super) fn read(facts: &Facts<'_>) -> Asked {
    let mut asked = Asked::default();
    let mut performed = std::collections::BTreeSet::new();
    // By the request's number.
    let mut place: std::collections::BTreeMap<u32, usize> = Default::default();
    for (number, record) in facts.iter() {
        match Event::read(record) {
            Some(Event::ApiRequest { request, job, .. }) => {
                place.insert(request, asked.requests.len());
                asked.requests.push(Request {
                    lane: record.lane,
                    from: record.at,
                    record: number,
                    number: request,
                    job: job.0,
                    served_by: None,
                    answer: None,
                });
            }
            Some(Event::ApiServe { holder, request }) => {
                if let Some(&at) = place.get(&request) {
                    asked.requests[at].served_by = Some(holder.lane());
                }
            }
            Some(Event::ApiResponse {
                request, status, ..
            }) => {
                if let Some(&at) = place.get(&request) {
                    asked.requests[at].answer = Some((record.at, status));
                }
            }
            Some(Event::ExternalCall {
                holder,
                job,
                performed: new,
            }) => {
                asked.calls.push(Call {
                    lane: record.lane,
                    at: record.at,
                    record: number,
                    by: holder.lane(),
                    job: job.0,
                    performed: new,
                    again: performed.contains(&job.0),
                });
                if new {
                    performed.insert(job.0);
                }
            }
            _ => {}
        }
    }
    asked
}

/// Requests at the same time lie in so many rows at most.
const MOST_ROWS: usize = 4;
/// Between rows of requests, in pixels.
pub(super) const PITCH: f32 = 15.0;
/// So many more pixels of a row belong to a request's words.
const WORDS: f32 = 96.0;
/// More of one kind than this are counted instead of told one by one.
const MANY: usize = 12;
/// Where there are many, narrower bars are drawn together, in pixels.
const NARROW: f32 = 24.0;
/// More calls than this are drawn together.
const MOST_CALLS: usize = 60;

/// Each request's row, `None` where all are taken, and how many rows there are.
fn stacked(asked: &Asked, scale: &Scale, words: f32) -> (Vec<Option<usize>>, usize) {
    let mut ends: Vec<f32> = Vec::new();
    let rows = asked
        .requests
        .iter()
        .map(|request| {
            let start = scale.place(request.from);
            let end = scale.place(request.until(scale.until)) + words;
            let free = ends.iter().position(|last| *last <= start);
            let row = match free {
                Some(row) => row,
                None if ends.len() < MOST_ROWS => {
                    ends.push(end);
                    ends.len() - 1
                }
                None => return None,
            };
            ends[row] = end;
            Some(row)
        })
        .collect();
    (rows, ends.len().max(1))
}

/// How many rows a lane's requests need on a time axis.
pub(super) fn rows(asked: &Asked, scale: &Scale) -> usize {
    stacked(asked, scale, room(asked)).1 + above(asked)
}

/// Rows that are left to the words about many.
fn above(asked: &Asked) -> usize {
    usize::from(asked.requests.len() > MANY)
}

/// Where there are many, none has words of its own.
fn room(asked: &Asked) -> f32 {
    if asked.requests.len() > MANY {
        2.0
    } else {
        WORDS
    }
}

/// Draws all that is shown, and says where nothing ever came.
pub(super) fn draw(scene: &Scene<'_>, asked: &Asked, sheet: &mut Sheet) {
    let words = if scene.frame.is_horizontal() {
        room(asked)
    } else {
        4.0
    };
    let (rows, count) = stacked(asked, &scene.frame.scale, words);
    let above = if scene.frame.is_horizontal() {
        above(asked)
    } else {
        0
    };
    let mut slivers = Slivers::default();
    for (request, row) in asked.requests.iter().zip(rows) {
        bar(
            scene,
            asked,
            request,
            (row, count, above),
            &mut slivers,
            sheet,
        );
    }
    let mut diamonds = Diamonds::default();
    for call in &asked.calls {
        diamond(scene, asked, call, &mut diamonds, sheet);
    }
    slivers.paint(&scene.frame, 100, "Short requests", sheet);
    diamonds.paint(sheet);
    summary(scene, asked, sheet);
}

impl Request {
    fn until(&self, end: Time) -> Time {
        self.answer.map_or(end, |(at, _)| at)
    }

    /// `409 held`, `no answer`.
    fn result(&self) -> String {
        match self.answer {
            None => "no answer yet".to_string(),
            Some((_, status)) => result(status),
        }
    }
}

fn result(status: Status) -> String {
    match (status.http(), status) {
        (Some(code), Status::Success) => format!("{code} done"),
        (Some(code), _) => format!("{code} {}", status.word()),
        (None, _) => status.word().to_string(),
    }
}

fn bar(
    scene: &Scene<'_>,
    asked: &Asked,
    request: &Request,
    (row, count, above): (Option<usize>, usize, usize),
    slivers: &mut Slivers,
    sheet: &mut Sheet,
) {
    let until = request.until(scene.frame.scale.until);
    let Some((start, end)) = scene.reach(request.from, until) else {
        return;
    };
    let along: Reach = (start, end.max(start + 1.0));
    let lane = scene.row(request.lane).main;
    let pitch = (lane.1 - lane.0) / (count + above) as f32;
    // What has no row of its own lies in the last.
    let place = row.unwrap_or(count - 1) + above;
    let top = lane.0 + pitch * place as f32 + 1.0;
    let thick = (pitch - 2.0).min(9.0);
    let middle = top + (pitch - 2.0) / 2.0;
    let across = (middle - thick / 2.0, middle + thick / 2.0);
    let (fill, edge) = match request.served_by {
        Some(lane) => (scene.soft(lane), scene.ink(lane)),
        None => (Ink::Grid, Ink::Muted),
    };
    if asked.requests.len() > MANY && (row.is_none() || along.1 - along.0 < NARROW) {
        slivers.add(edge, along, across);
        return;
    }
    let title = format!(
        "Request {} for job {}, {}: {}",
        request.number,
        request.job,
        stretch(request.from, until),
        request.result()
    );
    let paint = Paint::fill(fill).outlined(edge, 1.0);
    let paint = if request.answer.is_none() {
        paint.dashed(Dash::Dashed)
    } else {
        paint
    };
    let shape = scene.frame.rect(along, across, paint);
    sheet.paint(Layer::Bar, about(shape, request.record, title));
    let area = scene.frame.area(along, across);
    sheet.labels.keep_free(area);
    if asked.requests.len() > MANY {
        return;
    }
    let result = request.result();
    let code = result.split(' ').next().unwrap_or_default().to_string();
    let wordings = [
        format!("job {}: {result}", request.job),
        result.clone(),
        code,
    ];
    let line = Line::small("", Ink::Text);
    let mut label = scene.label(request.lane, area, &line, wordings);
    label.rank = 1;
    if !scene.frame.is_horizontal() {
        label.spots = vec![Spot::BelowStart, Spot::Below, Spot::AboveStart, Spot::Right];
        label.backed = true;
    }
    sheet.labels.add(label);
}

fn diamond(
    scene: &Scene<'_>,
    asked: &Asked,
    call: &Call,
    diamonds: &mut Diamonds,
    sheet: &mut Sheet,
) {
    if !scene.shows(call.at) {
        return;
    }
    let along = scene.along(call.at);
    let lane = scene.row(call.lane).main;
    let middle = f32::midpoint(lane.0, lane.1);
    let half = 7.0;
    let points = [
        (along - half, middle),
        (along, middle - half),
        (along + half, middle),
        (along, middle + half),
    ];
    let ink = scene.ink(call.by);
    let paint = if call.performed {
        Paint::fill(ink).outlined(ink, 2.0)
    } else {
        Paint::fill(Ink::Lane).outlined(ink, 2.0)
    };
    if asked.calls.len() > MOST_CALLS {
        diamonds.add(ink, paint, along, || scene.frame.polygon(points));
        return;
    }
    let word = call.word();
    let name = scene.run.name(call.by);
    let title = format!(
        "{name} calls {} for job {} at {}: {word}",
        scene.run.name(call.lane),
        call.job,
        words::instant(call.at)
    );
    let shape = path(scene.frame.polygon(points), paint);
    sheet.paint(Layer::Mark, about(shape, call.record, title));
    let area = scene
        .frame
        .area((along - half, along + half), (middle - half, middle + half));
    sheet.labels.keep_free(area);
    if asked.calls.len() > MANY {
        return;
    }
    let line = Line::small("", Ink::Text);
    let wordings = [
        format!("{name}'s call for job {}: {word}", call.job),
        format!("job {}: {word}", call.job),
        word.to_string(),
    ];
    let mut label = scene.label(call.lane, area, &line, wordings);
    label.rank = 1;
    if !scene.frame.is_horizontal() {
        label.spots = vec![Spot::Below, Spot::Above, Spot::Right];
        label.backed = true;
    }
    sheet.labels.add(label);
}

/// Many calls, drawn together by colour and by whether they are filled; of those
/// that lie on one another, the first.
#[derive(Default)]
struct Diamonds {
    by_ink: Vec<Many>,
}

struct Many {
    ink: Ink,
    paint: Paint,
    last: f32,
    segments: Vec<Segment>,
}

impl Diamonds {
    fn add(&mut self, ink: Ink, paint: Paint, along: f32, shape: impl Fn() -> Vec<Segment>) {
        let known = |many: &&mut Many| many.ink == ink && many.paint == paint;
        match self.by_ink.iter_mut().find(known) {
            Some(many) if along - many.last >= 2.0 => {
                many.segments.extend(shape());
                many.last = along;
            }
            Some(_) => {}
            None => self.by_ink.push(Many {
                ink,
                paint,
                last: along,
                segments: shape(),
            }),
        }
    }

    fn paint(self, sheet: &mut Sheet) {
        for many in self.by_ink {
            sheet.paint(Layer::Mark, path(many.segments, many.paint));
        }
    }
}

impl Call {
    fn word(&self) -> &'static str {
        match (self.performed, self.again) {
            (true, false) => "first, carried out",
            (true, true) => "carried out again",
            (false, _) => "replayed",
        }
    }
}

/// `75 requests: 40 × 200 done, 35 × 409 held`, where there are many.
fn summary(scene: &Scene<'_>, asked: &Asked, sheet: &mut Sheet) {
    if let Some(first) = asked.requests.first()
        && asked.requests.len() > MANY
    {
        let answers = asked.requests.iter().map(Request::result);
        let count = asked.requests.len();
        counted(scene, first.lane, (count, "requests"), answers, sheet);
    }
    if let Some(first) = asked.calls.first()
        && asked.calls.len() > MANY
    {
        let answers = asked.calls.iter().map(|call| call.word().to_string());
        let count = asked.calls.len();
        counted(scene, first.lane, (count, "calls"), answers, sheet);
    }
}

fn counted(
    scene: &Scene<'_>,
    lane: u16,
    (count, what): (usize, &str),
    answers: impl Iterator<Item = String>,
    sheet: &mut Sheet,
) {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for answer in answers {
        match kinds.iter_mut().find(|(known, _)| *known == answer) {
            Some((_, count)) => *count += 1,
            None => kinds.push((answer, 1)),
        }
    }
    kinds.sort_by_key(|(_, count)| core::cmp::Reverse(*count));
    let parts: Vec<String> = kinds
        .iter()
        .map(|(answer, count)| format!("{count} × {answer}"))
        .collect();
    let scale = scene.frame.scale;
    let band = scene.layout.band_of(lane).reach;
    let across = (band.0 + 2.0, band.0 + 17.0);
    let area = scene.frame.area((scale.start, scale.end), across);
    let line = Line::small("", Ink::Text);
    let wordings = [
        format!("{count} {what}: {}", parts.join(", ")),
        format!("{count} {what}"),
    ];
    let mut label = scene.label(lane, area, &line, wordings);
    label.rank = 0;
    label.backed = true;
    label.spots = vec![scene.at_start(), Spot::Inside];
    sheet.labels.add(label);
}
