//! Processes that die and come back, and servers whose clocks jump.

use designs::design::Role;
use designs::words;
use sim::{Kind, Record, Time, flags};

use crate::ink::Ink;
use crate::shape::Paint;

use super::frame::{Lean, about, hatch, path, rect};
use super::label::{Label, Line, Spot};
use super::note::step;
use super::scene::{Layer, Scene, Sheet};

pub(super) fn draw(scene: &Scene<'_>, sheet: &mut Sheet) {
    for (number, record) in scene.facts.iter() {
        match record.world_kind() {
            _ if scene.is_crowd(record.lane) => {}
            Some(Kind::Crash) => {
                let mut later = scene.facts.iter().filter(|(later, _)| *later > number);
                let back = later.find(|(_, later)| {
                    later.lane == record.lane && later.world_kind() == Some(Kind::Restart)
                });
                down(scene, number, record, back.map(|(_, back)| back.at), sheet);
            }
            Some(kind @ (Kind::ClockStep | Kind::ClockDrift))
                if scene.role(record.lane) != Role::Client =>
            {
                clock(scene, number, record, kind, sheet);
            }
            _ => {}
        }
    }
}

fn down(scene: &Scene<'_>, number: u32, record: &Record, back: Option<Time>, sheet: &mut Sheet) {
    let lane = record.lane;
    let until = back.unwrap_or(scene.run.trace.end);
    // What stays down is down to the end of the picture.
    let until = if back.is_none() {
        until.max(scene.frame.scale.until)
    } else {
        until
    };
    let Some(along) = scene.reach(record.at, until) else {
        return;
    };
    let area = scene.frame.area(along, scene.row(lane).main);
    let name = scene.run.name(lane);
    let span = back.map(|back| words::span(back.since(record.at)));
    let fate = if record.flags == flags::WIPED {
        ", comes back empty"
    } else {
        ""
    };
    let who = if scene.role(lane) == Role::Client {
        String::new()
    } else {
        format!("{name} ")
    };
    let wordings = match &span {
        Some(span) => vec![
            format!("{who}crashed, down {span}{fate}"),
            format!("{who}down {span}"),
            "down".to_string(),
        ],
        None => vec![format!("{who}crashed"), "crashed".to_string()],
    };
    let outline = rect(area, 0.0, Paint::stroke(Ink::Muted, 1.0));
    let title = format!("{name} crashes at {}", words::instant(record.at));
    sheet.paint(Layer::Over, about(outline, number, title));
    let lines = hatch(area, 5.0, Lean::Back);
    sheet.paint(
        Layer::Over,
        path(lines, Paint::stroke(Ink::Muted, 1.0).faded(60)),
    );
    if scene.shows(record.at) {
        let (x, y) = (
            along.0,
            f32::midpoint(scene.row(lane).main.0, scene.row(lane).main.1),
        );
        let arm = ((scene.row(lane).main.1 - scene.row(lane).main.0) / 2.0).min(6.0);
        let mut cross = Vec::from(scene.frame.line((x - arm, y - arm), (x + arm, y + arm)));
        cross.extend(scene.frame.line((x - arm, y + arm), (x + arm, y - arm)));
        sheet.paint(Layer::Mark, path(cross, Paint::stroke(Ink::Text, 2.0)));
    }
    sheet.labels.surface(area);
    let line = Line::small("", Ink::Text).bold();
    let mut label = scene.label(lane, scene.caption(lane, along), &line, wordings);
    label.rank = 2;
    label.backed = true;
    label.spots = vec![
        Spot::Inside,
        Spot::InsideStart,
        scene.later(),
        scene.earlier(),
    ];
    sheet.labels.add(label);
}

fn clock(scene: &Scene<'_>, number: u32, record: &Record, kind: Kind, sheet: &mut Sheet) {
    if !scene.shows(record.at) {
        return;
    }
    let name = scene.run.name(record.lane);
    let words = if kind == Kind::ClockStep {
        format!("{name}'s clock jumps {}", step(record))
    } else {
        format!("{name}'s clock runs {:+} ppm", record.x.cast_signed())
    };
    let shorter = if kind == Kind::ClockStep {
        format!("{name}: clock {}", step(record))
    } else {
        format!("{name}: {:+} ppm", record.x.cast_signed())
    };
    let along = scene.along(record.at);
    let row = scene.row(record.lane).main;
    let (triangle, area) = scene.pointer(record.lane, record.at);
    let first = scene.layout.band_of(record.lane).group.first();
    let top = scene.layout.rows[usize::from(first)].main.0;
    let stem = scene.frame.line((along, top), (along, row.1));
    sheet.paint(
        Layer::Mark,
        path(Vec::from(stem), Paint::stroke(Ink::Text, 1.5)),
    );
    let title = format!("{words} at {}", words::instant(record.at));
    let mark = path(triangle, Paint::fill(Ink::Text));
    sheet.paint(Layer::Mark, about(mark, number, title));
    let line = Line::small("", Ink::Text).bold();
    let mut label = scene.label(record.lane, area, &line, [words, shorter]);
    label.rank = 2;
    label.backed = !scene.frame.is_horizontal();
    reach_over(scene, &mut label);
    sheet.labels.add(label);
}

/// A server's column is narrow: words about it reach over the next lanes.
fn reach_over(scene: &Scene<'_>, label: &mut Label) {
    if !scene.frame.is_horizontal() {
        let all = scene.frame.column((0.0, scene.layout.end));
        label.bounds.x0 = (label.bounds.x0 - 40.0).max(all.x0);
        label.bounds.x1 = (label.bounds.x1 + 40.0).min(all.x1);
        label
            .spots
            .extend([Spot::BelowEnd, Spot::AboveEnd, Spot::Below, Spot::Above]);
    }
}
