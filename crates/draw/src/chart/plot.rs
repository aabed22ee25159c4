//! A chart as a picture.

use core::convert::Infallible;

use plotters::chart::{ChartBuilder, ChartContext, LabelAreaPosition};
use plotters::coord::cartesian::Cartesian2d;
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters::element::{Circle, EmptyElement, PathElement, Polygon};
use plotters::series::{LineSeries, PointSeries};
use plotters::style::{Color, FontFamily, IntoFont};

use super::backend::{Sheet, colour, pixels, stroke, tenths};
use super::label::{Area, DOT, Field, Label, Spot};
use super::scale::Scale;
use super::{ChartData, Form, Mark, Series, words};
use crate::ink::Ink;
use crate::shape::{About, Dash, Paint, Picture, Segment, Shape, Size};

/// Around everything, pixels.
const MARGIN: f32 = 6.0;
/// Between words and marks, pixels.
const GAP: f32 = 8.0;
/// The least height of what is plotted, pixels, and what each curve adds.
const LEAST_HEIGHT: f32 = 105.0;
const CURVE_HEIGHT: f32 = 15.0;
/// Half the width of the mark at the scenario that is looked at, pixels.
const POINTER: f32 = 5.0;

/// Draws a chart `width` pixels wide and `height` high; higher where its
/// words need the room.
pub fn draw(data: &ChartData, width: f32, height: f32) -> Picture {
    // Words that find no place on the plot go above it, and then the plot is
    // smaller: so they are all known after at most one more round each.
    let mut above = Vec::new();
    loop {
        match attempt(data, &above, width, height) {
            Ok(picture) => return picture,
            Err(homeless) => above.push(homeless),
        }
    }
}

/// The picture with the words of `above` above the plot, or words that found
/// no place on it.
fn attempt(data: &ChartData, above: &[String], width: f32, height: f32) -> Result<Picture, String> {
    let mut shapes = Vec::new();
    let inner = width - 2.0 * MARGIN;
    let mut y = MARGIN;
    for label in heading(data, inner) {
        shapes.extend(label.shapes((MARGIN, y)));
        y += label.height();
    }
    y += in_rows(&homeless(data, above, inner), y, inner, &mut shapes);
    // The axis' words belong to the plot below them.
    let axis = Label::small(&data.y.label, Ink::Text, inner);
    y += GAP / 2.0;
    shapes.extend(axis.shapes((MARGIN, y)));
    y += axis.height() + GAP + DOT;
    let below = Label::small(&format!("{} →", data.x.label), Ink::Text, inner);
    let bottom = NUMBERS + 2.0 + below.height() + MARGIN;
    let least = LEAST_HEIGHT + CURVE_HEIGHT * data.dots().count() as f32;
    let height = height.max(y + least + bottom);
    let frame = Frame::of(
        data,
        Area {
            x: MARGIN,
            y,
            w: inner,
            h: height - y - bottom,
        },
    );
    let plotted =
        plot(data, &frame, &mut shapes, (width, height)).expect("a sheet takes down every shape");
    name_dots(data, &mut shapes);
    let corner = (
        frame.plot.x + frame.plot.w - below.width(),
        height - MARGIN - below.height(),
    );
    shapes.extend(below.shapes(corner));
    shapes.extend(labels(data, &plotted, frame.plot, above)?);
    Ok(Picture {
        width,
        height,
        shapes,
    })
}

fn heading(data: &ChartData, width: f32) -> [Label; 2] {
    [
        Label::new(&data.title, Size::Large, true, Ink::Text, width),
        Label::small(&data.setting, Ink::Muted, width),
    ]
}

/// The words that found no place on the plot, in the order of the curves and
/// in their colours.
fn homeless(data: &ChartData, above: &[String], width: f32) -> Vec<Label> {
    let of_curves = data.series.iter().filter_map(|series| {
        let words = series.label();
        above.contains(&words).then_some((words, series.ink))
    });
    let of_curves: Vec<(String, Ink)> = of_curves.collect();
    let is_curve = |words: &&String| of_curves.iter().any(|(known, _)| known == *words);
    let others = above.iter().filter(|words| !is_curve(words));
    let others = others.map(|words| Label::small(words, Ink::Muted, width));
    let curves = of_curves.iter();
    others
        .chain(curves.map(|(words, ink)| Label::small(words, *ink, width)))
        .collect()
}

/// Puts labels beside each other in as few rows as hold them, from `top` on,
/// and says how high they are.
fn in_rows(labels: &[Label], top: f32, width: f32, shapes: &mut Vec<Shape>) -> f32 {
    let (mut x, mut y, mut row) = (0.0, 0.0, 0.0_f32);
    for label in labels {
        if x > 0.0 && x + label.width() > width {
            (x, y, row) = (0.0, y + row, 0.0);
        }
        shapes.extend(label.shapes((MARGIN + x, top + y)));
        x += label.width() + 2.0 * GAP;
        row = row.max(label.height());
    }
    y + row
}

/// From an axis to its numbers at the left, pixels.
const LEFT_GAP: f32 = 6.0;
/// The same below, where the lowest number at the left leaves less room.
const BELOW_GAP: f32 = 8.0;
/// The room for the numbers below an axis, pixels.
const NUMBERS: f32 = BELOW_GAP + Size::Small.px();

/// Where the plot lies on the picture, and its axes.
struct Frame {
    plot: Area,
    x: Scale,
    y: Scale,
}

impl Frame {
    /// `area` has the plot and, at its left, the numbers.
    fn of(data: &ChartData, area: Area) -> Self {
        let y = Scale::up(&data.y, area.h);
        let left = (y.widest() + LEFT_GAP).ceil();
        // Half of the last number sticks out at the right.
        let rough = Scale::along(&data.x, area.w - left);
        let right = (rough.widest() / 2.0).ceil();
        let plot = Area {
            x: area.x + left,
            w: area.w - left - right,
            ..area
        };
        Self {
            plot,
            x: Scale::along(&data.x, plot.w),
            y,
        }
    }
}

/// Where marks lie on the picture.
struct Plotted {
    /// By series, its numbers in order; empty where there is none.
    series: Vec<Vec<Option<Spot>>>,
    /// The x of the scenario that is looked at.
    here: Option<f32>,
}

impl Plotted {
    fn spots(&self, series: usize) -> Vec<Spot> {
        self.series[series].iter().copied().flatten().collect()
    }

    /// What labels keep clear of.
    fn field(&self, data: &ChartData, area: Area) -> Field {
        let mut field = Field {
            area,
            dots: Vec::new(),
            lines: Vec::new(),
            upright: self.here,
            taken: Vec::new(),
        };
        for (place, series) in data.series.iter().enumerate() {
            match series.mark {
                Mark::Dots(_) => field.dots.extend(self.spots(place)),
                Mark::Line(_) => field.lines.extend(
                    self.series[place]
                        .windows(2)
                        .filter_map(|pair| Some((pair[0]?, pair[1]?))),
                ),
            }
        }
        field
    }
}

type Canvas<'a, 'b> = ChartContext<'a, Sheet<'b>, Cartesian2d<Scale, Scale>>;
type Painted<T> = Result<T, DrawingAreaErrorKind<Infallible>>;

/// Paints axes and marks, and says where the marks are.
fn plot(data: &ChartData, frame: &Frame, shapes: &mut Vec<Shape>, size: Spot) -> Painted<Plotted> {
    let (width, height) = size;
    let plot = frame.plot;
    let root = Sheet::new(shapes, width, height).into_drawing_area();
    let mut canvas = ChartBuilder::on(&root)
        .margin_top(tenths(plot.y))
        .margin_right(tenths(width - plot.x - plot.w))
        .margin_bottom(tenths(height - plot.y - plot.h - NUMBERS))
        .x_label_area_size(tenths(NUMBERS))
        .y_label_area_size(tenths(plot.x))
        .build_cartesian_2d(frame.x.clone(), frame.y.clone())?;
    let words = colour(Ink::Muted, Dash::Solid);
    let font = (FontFamily::SansSerif, f64::from(Size::Small.px()) * 10.0);
    canvas
        .configure_mesh()
        .bold_line_style(stroke(Ink::Grid, Dash::Solid, 1.0))
        .axis_style(stroke(Ink::Muted, Dash::Solid, 1.0))
        .label_style(font.into_font().color(&words))
        // Plotters leaves twice as much between an axis and its numbers.
        .set_tick_mark_size(LabelAreaPosition::Left, tenths(LEFT_GAP / 2.0))
        .set_tick_mark_size(LabelAreaPosition::Bottom, tenths(BELOW_GAP / 2.0))
        .draw()?;
    if let Some(here) = data.here {
        let (low, high) = data.y.range;
        let style = stroke(Ink::Text, Dash::Dotted, 1.5);
        canvas.draw_series([PathElement::new([(here, low), (here, high)], style)])?;
    }
    for series in &data.series {
        paint(&mut canvas, series)?;
    }
    let spot = |x: f64, y: f64| {
        let (x, y) = canvas.backend_coord(&(x, y));
        (pixels(x), pixels(y))
    };
    let plotted = Plotted {
        series: data
            .series
            .iter()
            .map(|series| {
                let values = series.values.iter();
                values.map(|&(x, y)| Some(spot(x, y?))).collect()
            })
            .collect(),
        here: data.here.map(|here| spot(here, data.y.range.0).0),
    };
    Ok(plotted)
}

/// The corners of a form around its middle, where a disc reaches from −1 to 1;
/// all forms are of about the same weight. A disc has none.
const fn corners(form: Form) -> &'static [Spot] {
    match form {
        Form::Disc => &[],
        Form::Square => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        Form::Triangle => &[(0.0, -1.4), (1.2, 0.7), (-1.2, 0.7)],
        Form::Diamond => &[(0.0, -1.35), (1.35, 0.0), (0.0, 1.35), (-1.35, 0.0)],
        Form::Turned => &[(0.0, 1.4), (-1.2, -0.7), (1.2, -0.7)],
        Form::Plus => &[
            (-0.4, -1.4),
            (0.4, -1.4),
            (0.4, -0.4),
            (1.4, -0.4),
            (1.4, 0.4),
            (0.4, 0.4),
            (0.4, 1.4),
            (-0.4, 1.4),
            (-0.4, 0.4),
            (-1.4, 0.4),
            (-1.4, -0.4),
            (-0.4, -0.4),
        ],
    }
}

fn paint(canvas: &mut Canvas<'_, '_>, series: &Series) -> Painted<()> {
    match series.mark {
        Mark::Dots(form) => {
            let style = colour(series.ink, Dash::Solid).filled();
            let numbers = series.numbers();
            let corners = corners(form);
            if corners.is_empty() {
                canvas.draw_series(PointSeries::of_element(
                    numbers,
                    tenths(DOT),
                    style,
                    &|spot, size, style| Circle::new(spot, size, style),
                ))?;
            } else {
                canvas.draw_series(PointSeries::of_element(
                    numbers,
                    DOT,
                    style,
                    &|spot, size: f32, style| {
                        let corner = |&(x, y): &Spot| (tenths(x * size), tenths(y * size));
                        let corners: Vec<(i32, i32)> = corners.iter().map(corner).collect();
                        EmptyElement::at(spot) + Polygon::new(corners, style)
                    },
                ))?;
            }
        }
        Mark::Line(dash) => {
            for stretch in series.values.split(|(_, y)| y.is_none()) {
                let numbers = stretch.iter().filter_map(|&(x, y)| Some((x, y?)));
                canvas.draw_series(LineSeries::new(numbers, stroke(series.ink, dash, 2.0)))?;
            }
        }
    }
    Ok(())
}

/// Tells each mark what it shows. Plotters knows nothing of that, and paints
/// marks in the order of their numbers; nothing else on a plot is filled.
fn name_dots(data: &ChartData, shapes: &mut [Shape]) {
    let all = data
        .dots()
        .flat_map(|series| series.values.iter().map(move |value| (series, value)));
    let mut numbers = (0..)
        .zip(all)
        .filter_map(|(place, (series, &(x, y)))| Some((place, series, x, y?)));
    for shape in shapes {
        let (Shape::Circle { paint, about, .. }
        | Shape::Rect { paint, about, .. }
        | Shape::Path { paint, about, .. }) = shape
        else {
            continue;
        };
        if paint.fill.is_some()
            && let Some((record, series, x, y)) = numbers.next()
        {
            *about = Some(About {
                record,
                title: words::point(data, series, x, y),
            });
        }
    }
}

/// The words on the plot, or those that find no place there.
fn labels(
    data: &ChartData,
    plotted: &Plotted,
    area: Area,
    above: &[String],
) -> Result<Vec<Shape>, String> {
    let mut field = plotted.field(data, area);
    let mut shapes = Vec::new();
    // Long words break rather than span the plot.
    let widths = [area.w * 0.6, area.w * 0.35];
    if let (Some(here), Some(x)) = (data.here, plotted.here) {
        let words = format!("you are here: {}", words::number(data.x.quantity, here));
        // Above the discs that lie at the top.
        shapes.push(pointer((x, area.y - DOT)));
        // Away from its line it needs to say which.
        let apart = format!("{words}, dotted line");
        if !above.contains(&apart) {
            let label = widths
                .iter()
                .find_map(|&width| field.along(&Label::small(&words, Ink::Text, width)));
            shapes.extend(label.ok_or(apart)?);
        }
    }
    for (place, series) in data.series.iter().enumerate().rev() {
        // The line through a curve's marks is known by them.
        let is_known =
            !series.of.is_empty() && series.mark.is_line() && data.dots().next().is_some();
        let words = series.label();
        if is_known || series.numbers().next().is_none() || above.contains(&words) {
            continue;
        }
        let mut spots = plotted.spots(place);
        let mut short = DOT + 1.0;
        if series.mark.is_line() {
            // Between the dots, and from the far end, away from their words.
            spots.retain(|&spot| !field.is_on_dot(spot));
            spots.reverse();
            short = 2.0;
        }
        let label = widths.iter().find_map(|&width| {
            field.beside(&Label::small(&words, series.ink, width), &spots, short)
        });
        shapes.extend(label.ok_or(words)?);
    }
    if data.series.is_empty() {
        let label = Label::small("no run has given a number yet", Ink::Muted, area.w);
        let middle = (
            area.x + (area.w - label.width()) / 2.0,
            area.y + (area.h - label.height()) / 2.0,
        );
        shapes.extend(label.shapes(middle));
    }
    Ok(shapes)
}

/// A mark that points down at `tip`.
fn pointer((x, y): Spot) -> Shape {
    Shape::Path {
        segments: vec![
            Segment::Move(x - POINTER, y - POINTER),
            Segment::Line(x + POINTER, y - POINTER),
            Segment::Line(x, y),
            Segment::Close,
        ],
        paint: Paint::fill(Ink::Text),
        about: None,
    }
}
