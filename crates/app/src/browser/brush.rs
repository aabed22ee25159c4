//! Shapes on a canvas.

use draw::svg::{FONTS, number};
use draw::{Anchor, Dash, Ink, Paint, Segment, Shape};
use js_sys::Array;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

/// The most pixels that every browser grants a canvas.
const MOST_PIXELS: f64 = 16_000_000.0;

/// Paints on one canvas. It remembers what the canvas is set to: neighbours in
/// a picture are mostly painted alike.
pub struct Brush {
    context: CanvasRenderingContext2d,
    dark: bool,
    fill: Option<Ink>,
    stroke: Option<Ink>,
    width: f32,
    dash: Dash,
    opacity: u8,
    font: Option<(f32, bool)>,
    anchor: Option<Anchor>,
}

impl Brush {
    /// Clears `canvas`, which gets a size in CSS pixels and `density` pixels
    /// of its own for each of them; `None` where the browser gives no canvas.
    pub fn clear(
        canvas: &HtmlCanvasElement,
        (width, height): (f32, f32),
        density: f64,
        dark: bool,
    ) -> Option<Self> {
        use wasm_bindgen::JsCast;
        let context = canvas.get_context("2d").ok().flatten()?;
        let context: CanvasRenderingContext2d = context.dyn_into().ok()?;
        let (w, h) = (f64::from(width), f64::from(height));
        let density = density.min((MOST_PIXELS / (w * h).max(1.0)).sqrt());
        fit(canvas, (w, h), density);
        let _ = context.set_transform(density, 0.0, 0.0, density, 0.0, 0.0);
        context.clear_rect(0.0, 0.0, w, canvas.height().into());
        Some(Self {
            context,
            dark,
            fill: None,
            stroke: None,
            // Nothing that a shape asks for.
            width: -1.0,
            dash: Dash::Solid,
            opacity: 255,
            font: None,
            anchor: None,
        })
        .inspect(|brush| brush.dashes(Dash::Solid))
    }

    /// Paints `shapes` over what is there, the first first.
    pub fn paint(&mut self, shapes: &[Shape]) {
        for shape in shapes {
            self.shape(shape);
        }
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Rect {
                x,
                y,
                w,
                h,
                r,
                paint,
                ..
            } => {
                let [x, y, w, h] = [x, y, w, h].map(|&length| f64::from(length));
                self.context.begin_path();
                if *r > 0.0 {
                    let _ = self.context.round_rect_with_f64(x, y, w, h, f64::from(*r));
                } else {
                    self.context.rect(x, y, w, h);
                }
                self.finish(*paint);
            }
            Shape::Circle { x, y, r, paint, .. } => {
                let [x, y, r] = [x, y, r].map(|&length| f64::from(length));
                self.context.begin_path();
                let _ = self.context.arc(x, y, r, 0.0, core::f64::consts::TAU);
                self.finish(*paint);
            }
            Shape::Path {
                segments, paint, ..
            } => {
                self.context.begin_path();
                for segment in segments {
                    match *segment {
                        Segment::Move(x, y) => self.context.move_to(x.into(), y.into()),
                        Segment::Line(x, y) => self.context.line_to(x.into(), y.into()),
                        Segment::Close => self.context.close_path(),
                    }
                }
                self.finish(*paint);
            }
            Shape::Text {
                x,
                y,
                anchor,
                size,
                bold,
                ink,
                text,
                ..
            } => {
                self.write_as(size.px(), *bold, *anchor);
                self.fade(100);
                self.fill_with(*ink);
                let _ = self.context.fill_text(text, (*x).into(), (*y).into());
            }
        }
    }

    /// Fills and outlines the path of the canvas.
    fn finish(&mut self, paint: Paint) {
        self.fade(paint.opacity);
        if let Some(ink) = paint.fill {
            self.fill_with(ink);
            self.context.fill();
        }
        if let Some(ink) = paint.stroke {
            if self.stroke.replace(ink) != Some(ink) {
                self.context.set_stroke_style_str(ink.colour(self.dark));
            }
            if self.width != paint.width {
                self.width = paint.width;
                self.context.set_line_width(paint.width.into());
            }
            if self.dash != paint.dash {
                self.dash = paint.dash;
                self.dashes(paint.dash);
            }
            self.context.stroke();
        }
    }

    fn fill_with(&mut self, ink: Ink) {
        if self.fill.replace(ink) != Some(ink) {
            self.context.set_fill_style_str(ink.colour(self.dark));
        }
    }

    fn fade(&mut self, opacity: u8) {
        if self.opacity != opacity {
            self.opacity = opacity;
            self.context.set_global_alpha(f64::from(opacity) / 100.0);
        }
    }

    fn write_as(&mut self, px: f32, bold: bool, anchor: Anchor) {
        if self.font.replace((px, bold)) != Some((px, bold)) {
            let weight = if bold { "600 " } else { "" };
            self.context
                .set_font(&format!("{weight}{}px {FONTS}", number(px)));
        }
        if self.anchor.replace(anchor) != Some(anchor) {
            self.context.set_text_align(match anchor {
                Anchor::Start => "left",
                Anchor::Middle => "center",
                Anchor::End => "right",
            });
        }
    }

    fn dashes(&self, dash: Dash) {
        let lengths = dash.lengths().iter().copied().map(f64::from);
        let lengths: Array = lengths.map(wasm_bindgen::JsValue::from_f64).collect();
        let _ = self.context.set_line_dash(&lengths);
    }
}

/// Gives the canvas its size. A canvas that changes its size is made anew,
/// which takes long, so one that is higher than its picture stays as it is.
fn fit(canvas: &HtmlCanvasElement, (w, h): (f64, f64), density: f64) {
    let pixels = |length: f64| (length * density).ceil().max(1.0) as u32;
    if canvas.width() == pixels(w) && canvas.height() >= pixels(h) {
        return;
    }
    canvas.set_width(pixels(w));
    canvas.set_height(pixels(h));
    // The policy forbids style attributes, not this.
    let style = canvas.style();
    let _ = style.set_property("width", &format!("{}px", number(w as f32)));
    let _ = style.set_property("height", &format!("{}px", number(h as f32)));
}
